/** One exchange with Vestibule, limited in time and size. */
import { fetched } from "./loopback.js";

/** Milliseconds for a whole answer. */
export const LIMIT_MS = 5_000;
const LARGEST = 1 << 20;

/** No usable answer came. The message is the cause, without secrets; `isSilent`: nothing at all came. */
export class NoAnswer extends Error {
  override readonly name = "NoAnswer";

  constructor(
    cause: string,
    readonly isSilent = false,
  ) {
    super(cause);
  }
}

export interface Reply {
  status: number;
  body: Buffer;
}

/** Sends requests to Vestibule. `limit`: milliseconds for a whole answer, however slowly its bytes arrive. */
export class Transport {
  constructor(readonly limit: number = LIMIT_MS) {}

  /** The body of an answer with status 200; a server error is tried again once. Rejects with NoAnswer. */
  async get(address: string, headers: Record<string, string> = {}): Promise<Buffer> {
    let reply = await this.send(address, { headers });
    if (reply.status >= 500) reply = await this.send(address, { headers });
    if (reply.status !== 200) throw new NoAnswer(`status ${reply.status} from ${address}`);
    return reply.body;
  }

  /** The answer to a request that changes nothing: it is sent again when the connection broke. */
  async send(address: string, init: RequestInit): Promise<Reply> {
    try {
      return await this.#once(address, init);
    } catch (error) {
      if (error instanceof NoAnswer || isTimeout(error)) throw silence(address, error);
      return this.#once(address, init).catch((again: unknown) => {
        throw silence(address, again);
      });
    }
  }

  async #once(address: string, init: RequestInit): Promise<Reply> {
    const signal = AbortSignal.timeout(this.limit);
    const response = await fetched(address, { ...init, redirect: "manual", signal });
    const parts: Uint8Array[] = [];
    let size = 0;
    for await (const part of response.body ?? []) {
      parts.push(part);
      size += part.length;
      if (size > LARGEST) throw new NoAnswer(`an answer from ${address} of more than ${LARGEST} bytes`);
    }
    return { status: response.status, body: Buffer.concat(parts) };
  }
}

/** The JSON object in this body. Throws NoAnswer for anything else. */
export function jsonObject(body: Buffer, address: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(body.toString());
  } catch {
    throw new NoAnswer(`something that is no JSON from ${address}`);
  }
  if (!isObject(value)) throw new NoAnswer(`JSON that is no object from ${address}`);
  return value;
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isTimeout(error: unknown): boolean {
  return error instanceof Error && error.name === "TimeoutError";
}

function silence(address: string, error: unknown): NoAnswer {
  if (error instanceof NoAnswer) return error;
  const { cause, message } = error as Error & { cause?: { code?: string } };
  return new NoAnswer(`no answer from ${address}: ${cause?.code ?? message}`, true);
}
