/** The revocation feed: events when sessions end, and the lists of ended ones (IETF Token Status List). */
import { inflateSync } from "node:zlib";

import { jwtVerify } from "jose";

import type { Issuer } from "./issuer.js";

const POLL_MS = 2_000;
const MOST_BYTES = 1 << 20;

interface List {
  bits: Uint8Array;
  fetched: number;
  expires: number;
}

/** Follows the revocation feed for as long as the process lives; once a list is cached, no request waits for it. */
export class Feed {
  readonly #issuer: Issuer;
  readonly #lists = new Map<string, List>();
  readonly #stopped = new AbortController();
  #started = false;
  generation = -1;
  following = false;

  constructor(issuer: Issuer) {
    this.#issuer = issuer;
  }

  /** Whether the session at this place of this list has ended. Rejects when that cannot be determined. */
  async hasEnded(uri: string, place: number): Promise<boolean> {
    this.start();
    const { bits } = await this.#list(uri);
    return (((bits[place >> 3] ?? 0) >> (place & 7)) & 1) === 1;
  }

  /** Start following; does nothing if it has started. */
  start(): void {
    if (this.#started) return;
    this.#started = true;
    void this.#run();
  }

  /** Stop following. */
  close(): void {
    this.#started = true;
    this.following = false;
    this.#stopped.abort();
  }

  async #list(uri: string): Promise<List> {
    const known = this.#lists.get(uri);
    const now = Date.now();
    if (known && now < known.expires && (this.following || now - known.fetched < POLL_MS)) return known;
    try {
      return await this.#fetched(uri);
    } catch (error) {
      if (known && now < known.expires) return known;
      throw error;
    }
  }

  async #fetched(uri: string): Promise<List> {
    if (!uri.startsWith(`${this.#issuer.url}/oauth/status-lists/`)) throw new Error("a list of another issuer");
    const response = await fetch(uri, { headers: { "Cache-Control": "no-cache" }, redirect: "error" });
    if (!response.ok) throw new Error(`${response.status} from ${uri}`);
    const { payload } = await jwtVerify(await response.text(), await this.#issuer.keys(), {
      algorithms: ["ES256", "EdDSA"],
      issuer: this.#issuer.url,
      subject: uri,
      typ: "statuslist+jwt",
      requiredClaims: ["exp", "iat"],
    });
    const packed = payload["status_list"] as { bits: number; lst: string };
    if (packed.bits !== 1) throw new Error("a list of another kind");
    const bits = inflateSync(Buffer.from(packed.lst, "base64url"), { maxOutputLength: MOST_BYTES });
    const now = Date.now();
    const list = { bits, fetched: now, expires: now + ((payload.exp ?? 0) - (payload.iat ?? 0)) * 1000 };
    this.#lists.set(uri, list);
    return list;
  }

  async #run(): Promise<void> {
    while (!this.#stopped.signal.aborted) {
      try {
        await this.#follow();
      } catch {
        // No stream gets through: poll instead.
        this.following = false;
        await this.#poll().catch(() => undefined);
      }
    }
  }

  async #follow(): Promise<void> {
    const headers: Record<string, string> = { Accept: "text/event-stream" };
    if (this.generation >= 0) headers["Last-Event-ID"] = String(this.generation);
    const address = await this.#issuer.endpoint("status_changes_endpoint");
    const response = await fetch(address, { headers, signal: this.#stopped.signal, redirect: "error" });
    if (!response.body || !response.headers.get("Content-Type")?.startsWith("text/event-stream"))
      throw new Error("no stream");
    let rest = "";
    for await (const chunk of response.body.pipeThrough(new TextDecoderStream())) {
      const lines = (rest + chunk).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) await this.#heard(line);
    }
    this.following = false;
  }

  async #heard(line: string): Promise<void> {
    if (line.startsWith("data: "))
      await this.#changed((JSON.parse(line.slice(6)) as { generation: number }).generation);
    else if (line.startsWith(":")) await this.#refreshed(); // nothing has changed for a while, but lists expire
    if (line.startsWith("data: ") || line.startsWith(":")) this.following = true;
  }

  async #poll(): Promise<void> {
    await new Promise((done) => setTimeout(done, POLL_MS).unref());
    const response = await fetch(await this.#issuer.endpoint("status_changes_endpoint"), { redirect: "error" });
    if (response.ok) await this.#changed(((await response.json()) as { generation: number }).generation);
  }

  async #changed(generation: number): Promise<void> {
    if (generation === this.generation) return;
    this.generation = generation;
    await this.#refreshed();
  }

  async #refreshed(): Promise<void> {
    for (const uri of this.#lists.keys()) await this.#fetched(uri);
  }
}
