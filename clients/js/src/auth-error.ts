/** The error for a refused request. */

/** A refused request. `got`, `expected` and `fix` are texts for developers, without secrets. */
export class AuthError extends Error {
  override readonly name = "AuthError";

  constructor(
    readonly status: 401 | 403 | 500 | 503,
    readonly code: string,
    readonly got: string,
    readonly expected: string,
    readonly fix = "",
    /** A page of Vestibule's that may help; empty without one. */
    readonly helpAt = "",
  ) {
    super(`got ${got}; expected ${expected}${fix ? `. ${fix}` : ""}`);
  }
}

const FIX = "Check that Vestibule runs at VESTIBULE_ISSUER, and that this application can reach it.";

/** The error for a missing or invalid credential (401). */
export const unauthenticated = (got: string, expected: string, fix = "") =>
  new AuthError(401, "authentication_required", got, expected, fix);

/** The error for a setting of the application that is missing or wrong (500, or thrown at the start). */
export const misconfigured = (got: string, expected: string, fix: string) =>
  new AuthError(500, "misconfigured", got, expected, fix);

/** The error for a Vestibule that gives no good answer (503); an AuthError that is not the sender's fault stays as it is. */
export function unavailable(error: unknown, expected: string): AuthError {
  if (error instanceof AuthError && error.status >= 500) return error;
  const cause = error instanceof Error ? error.message : String(error);
  return new AuthError(503, "issuer_unavailable", cause, expected, FIX);
}
