/** A problem document (RFC 9457), or its stand-in for a request that failed without one. */
export interface Problem {
  code: string;
  detail: string;
  errors: Record<string, string>;
  errorCodes: Record<string, string>;
  requestId: string;
  retryAfter?: number;
  fix?: string;
}

/** What the problems have in common that this page states itself. */
export const standIn = { detail: "", errors: {}, errorCodes: {}, requestId: "" };
const offline: Problem = { ...standIn, code: "offline" };
const unreadable: Problem = { ...standIn, code: "internal_error" };

function isProblem(data: unknown): data is Problem {
  return typeof data === "object" && data !== null && "code" in data && "detail" in data;
}

/** Turns any error of RTK Query into a problem: a refused request, no network, or an unreadable answer. */
export function asProblem(error: unknown): Problem {
  if (typeof error !== "object" || error === null || !("status" in error)) return unreadable;
  if (error.status === "FETCH_ERROR") return offline;
  const data = "data" in error ? error.data : undefined;
  return isProblem(data) ? data : unreadable;
}
