/** A plain JSON request. */
import { fetchBaseQuery, type BaseQueryFn, type FetchArgs } from "@reduxjs/toolkit/query/react";

import { apiUrl } from "../app/config";
import i18n from "../app/i18n";

export type Door = BaseQueryFn<string | FetchArgs>;

export const plain = fetchBaseQuery({
  baseUrl: apiUrl || "/",
  credentials: apiUrl ? "include" : "same-origin",
  prepareHeaders: (headers) => {
    headers.set("Accept-Language", i18n.language);
    return headers;
  },
  responseHandler: async (response) => {
    const body: unknown = await response.json();
    const retryAfter = Number(response.headers.get("Retry-After"));
    return retryAfter > 0 ? { ...(body as object), retryAfter } : body;
  },
});

export function asArgs(request: string | FetchArgs): FetchArgs {
  return typeof request === "string" ? { url: request } : request;
}

export function codeOf(error: unknown): string | undefined {
  if (typeof error !== "object" || error === null || !("data" in error)) return undefined;
  return (error.data as { code?: string } | undefined)?.code;
}
