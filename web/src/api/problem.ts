import type { Problem as Refusal } from "./generated";

/** A problem document (RFC 9457), or its stand-in for a request that failed without one. */
export type Problem = Pick<
  Refusal,
  "code" | "detail" | "errors" | "errorCodes" | "requestId" | "attempt" | "challenge"
> & { retryAfter?: number };

/** What the problems have in common that this page states itself. */
export const standIn = { detail: "", errors: {}, errorCodes: {}, requestId: "" };

export function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}

function isProblem(data: unknown): data is Partial<Problem> & { code: string } {
  return isObject(data) && "code" in data && typeof data.code === "string";
}

/** Turns any error of RTK Query into a problem: a refused request, no network, or an unreadable answer. */
export function asProblem(error: unknown): Problem {
  if (isObject(error) && "status" in error && error.status === "FETCH_ERROR")
    return { ...standIn, code: "offline" };
  const data = isObject(error) && "data" in error ? error.data : undefined;
  return isProblem(data) ? { ...standIn, ...data } : { ...standIn, code: "internal_error" };
}
