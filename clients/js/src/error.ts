/** What Vestibule refused, as a program reads it. */
export interface Problem {
  status: number;
  code: string;
  message: string;
  /** Field name to sentence. */
  errors: Record<string, string>;
  requestId: string;
}

/** A refusal: branch on `code`, show `message`, mark the fields of `errors`. */
export class VestibuleError extends Error {
  override readonly name = "VestibuleError";
  readonly status: number;
  readonly code: string;
  readonly errors: Record<string, string>;
  readonly requestId: string;
  /** Seconds to wait before trying again, when the server said so. */
  readonly retryAfter: number | undefined;
  /** Everything the server said: an unfinished sign-in has `attempt` and `steps` here. */
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

/** The answer's JSON. Throws VestibuleError for a refusal, and for what is no JSON. */
export async function answered<T>(response: Response): Promise<T> {
  const body = (await response.json().catch(() => ({}))) as Record<string, unknown>;
  if (response.ok) return body as T;
  const wait = Number(response.headers.get("Retry-After")) || undefined;
  throw new VestibuleError(body, response.status, wait);
}
