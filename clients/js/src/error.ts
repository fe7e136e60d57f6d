/** A problem document of Vestibule (RFC 9457). */
export interface Problem {
  status: number;
  code: string;
  message: string;
  /** A message for each invalid field, by name. */
  errors: Record<string, string>;
  requestId: string;
}

/** A request that Vestibule refused: branch on `code`, show `message`, mark the fields of `errors`. */
export class VestibuleError extends Error {
  override readonly name = "VestibuleError";
  readonly status: number;
  readonly code: string;
  readonly errors: Record<string, string>;
  readonly requestId: string;
  /** Seconds to wait before trying again, if the server sent Retry-After. */
  readonly retryAfter: number | undefined;
  /** The whole answer: an unfinished sign-in has `attempt` with its `steps` here. */
  readonly body: Record<string, unknown>;

  constructor(body: Partial<Problem> & Record<string, unknown>, status: number, retryAfter?: number) {
    super(body.message ?? `The server answered ${status}.`);
    this.status = status;
    this.code = body.code ?? "unknown";
    this.errors = body.errors ?? {};
    this.requestId = body.requestId ?? "";
    this.retryAfter = retryAfter;
    this.body = body;
  }
}

/** The JSON of a successful response ({} if it has none). Throws VestibuleError for any other status. */
export async function answered<T>(response: Response): Promise<T> {
  const body = (await response.json().catch(() => ({}))) as Record<string, unknown>;
  if (response.ok) return body as T;
  const wait = Number(response.headers.get("Retry-After")) || undefined;
  throw new VestibuleError(body, response.status, wait);
}
