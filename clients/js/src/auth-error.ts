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
  ) {
    super(`got ${got}; expected ${expected}${fix ? `. ${fix}` : ""}`);
  }
}

/** The error for a missing or invalid credential (401). */
export const unauthenticated = (got: string, expected: string, fix = "") =>
  new AuthError(401, "authentication_required", got, expected, fix);

/** The error for a Vestibule that does not answer (503); an AuthError is returned as it is. */
export function unavailable(error: unknown): AuthError {
  const reason = error instanceof Error ? error.message : String(error);
  return error instanceof AuthError
    ? error
    : new AuthError(503, "issuer_unavailable", `no answer (${reason})`, "an answer from Vestibule");
}
