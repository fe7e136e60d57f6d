/** Why a request may not go on. */

/** A request that may not go on: what was got, what is expected, how to fix it. */
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

/** Nobody is signed in, or the credential is not good. */
export const unauthenticated = (got: string, expected: string, fix = "") =>
  new AuthError(401, "authentication_required", got, expected, fix);

/** Vestibule does not answer. */
export function unavailable(error: unknown): AuthError {
  const told = error instanceof Error ? error.message : String(error);
  return error instanceof AuthError
    ? error
    : new AuthError(503, "issuer_unavailable", `no answer (${told})`, "an answer from Vestibule");
}
