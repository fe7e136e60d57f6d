/** A problem document of Vestibule (RFC 9457). */
export interface Problem {
  status: number;
  code: string;
  message: string;
  /** A message for each invalid field, by name; without one, `message` again. */
  errors: Record<string, string>;
  /** A stable code for each invalid field, by name. */
  errorCodes: Record<string, string>;
  requestId: string;
}

/** A request that Vestibule refused: branch on `code`, show `message`, mark the fields of `errors`. */
export class VestibuleError extends Error {
  override readonly name = "VestibuleError";
  readonly status: number;
  readonly code: string;
  /** A message for each invalid field, by name; empty when no field is at fault. */
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
    const { errors = {}, errorCodes = {} } = body;
    this.errors = Object.fromEntries(Object.entries(errors).filter(([name]) => Object.hasOwn(errorCodes, name)));
    this.requestId = body.requestId ?? "";
    this.retryAfter = retryAfter;
    this.body = body;
  }
}

const LIMIT_MS = 10_000;

/** The JSON of a successful response ({} if it has no body). Throws VestibuleError for any other. */
export async function answered<T>(response: Response): Promise<T> {
  const text = await response.text().catch(() => "");
  const body = parsed(response.ok && !text ? "{}" : text);
  if (response.ok && body) return body as T;
  const wait = Number(response.headers.get("Retry-After")) || undefined;
  const odd = {
    code: "unreadable",
    message: `The answer from ${response.url} is not Vestibule's. Is the address right?`,
  };
  throw new VestibuleError(body ?? (response.ok ? odd : {}), response.status, wait);
}

/**
 * The response to a request to Vestibule, limited in time. Throws VestibuleError (`unreachable`, status 0) when there is
 * none: browsers do not tell scripts why.
 */
export async function reached(issuer: string, send: (signal: AbortSignal) => Promise<Response>): Promise<Response> {
  try {
    return await send(AbortSignal.timeout(LIMIT_MS));
  } catch (error) {
    if (error instanceof VestibuleError) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    const fix = `Is it running, is the scheme right, and is ${location.origin} in its VESTIBULE_CORS_ORIGINS?`;
    throw new VestibuleError({ code: "unreachable", message: `No answer from ${issuer} (${reason}). ${fix}` }, 0);
  }
}

function parsed(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
