/** Sends JSON requests to the API. */
import {
  fetchBaseQuery,
  type BaseQueryFn,
  type FetchArgs,
  type FetchBaseQueryError,
} from "@reduxjs/toolkit/query/react";

import { apiUrl } from "../app/config";
import i18n from "../app/i18n";
import { asProblem, isObject } from "./problem";

interface Sent extends FetchArgs {
  headers?: Record<string, string>;
}
export type Transport = BaseQueryFn<string | Sent, unknown, FetchBaseQueryError>;

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
    return retryAfter > 0 && isObject(body) ? { ...body, retryAfter } : body;
  },
});

/** Sends a request. During an attack the server demands a proof of work: compute it, and send the request again. */
export const plain: Transport = async (request, api, extra) => {
  const first = await once(request, api, extra);
  const { challenge } = asProblem(first.error);
  if (!challenge) return first;
  const { solve } = await import("./proofOfWork");
  const proof = await solve(challenge.puzzle, challenge.bits);
  return once(withHeader(asArgs(request), "Proof-Of-Work", proof), api, extra);
};

export function asArgs(request: string | Sent): Sent {
  return typeof request === "string" ? { url: request } : request;
}

export function withHeader(args: Sent, name: string, value: string): Sent {
  return { ...args, headers: { ...args.headers, [name]: value } };
}

/** The code of a refused request, such as `csrf_failed`; undefined when it was answered. */
export function codeOf(error: unknown): string | undefined {
  return error === undefined ? undefined : asProblem(error).code;
}
