/** Sends JSON requests to the API. */
import { fetchBaseQuery, type BaseQueryFn, type FetchArgs } from "@reduxjs/toolkit/query/react";

import { apiUrl } from "../app/config";
import i18n from "../app/i18n";

export type Transport = BaseQueryFn<string | FetchArgs>;

const once = fetchBaseQuery({
  baseUrl: apiUrl || "/",
  credentials: apiUrl.startsWith("http") ? "include" : "same-origin",
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

interface Challenge {
  puzzle: string;
  bits: number;
}

/** Sends a request. During an attack the server demands a proof of work: compute it, and send the request again. */
export const plain: Transport = async (request, api, extra) => {
  const first = await once(request, api, extra);
  if (codeOf(first.error) !== "proof_of_work_required") return first;
  const { challenge } = (first.error as unknown as { data: { challenge: Challenge } }).data;
  const { solve } = await import("./proofOfWork");
  const args = asArgs(request);
  const proof = await solve(challenge.puzzle, challenge.bits);
  const headers = { ...(args.headers as Record<string, string> | undefined), "Proof-Of-Work": proof };
  return once({ ...args, headers }, api, extra);
};

export function asArgs(request: string | FetchArgs): FetchArgs {
  return typeof request === "string" ? { url: request } : request;
}

export function codeOf(error: unknown): string | undefined {
  if (typeof error !== "object" || error === null || !("data" in error)) return undefined;
  return (error.data as { code?: string } | undefined)?.code;
}
