/** The revocation feed: events when sessions end, and the lists of ended ones (IETF Token Status List). */
import type { JWTPayload } from "jose";

import { unauthenticated, unavailable } from "./auth-error.js";
import type { Issuer } from "./issuer.js";
import { Kept } from "./kept.js";
import { fetched } from "./loopback.js";
import { fetchList, placeOf, type StatusList } from "./status-list.js";
import { isObject, jsonObject } from "./transport.js";

const POLL_MS = 2_000;
const RECONNECT_MS = 1_000;
const REFRESH_MS = 60_000;
const SILENCE_MS = 25_000; // the stream sends something every 15 seconds
const LONGEST_LINE = 1 << 16;
const CHANGES = "status_changes_endpoint";

/**
 * Follows the revocation feed for as long as the process lives. Once it heard that sessions have ended, a list that was
 * requested before counts no more. Otherwise no request waits for a list that is there.
 */
export class Feed {
  readonly #issuer: Issuer;
  readonly #lists = new Map<string, Kept<StatusList>>();
  readonly #stopped = new AbortController();
  #started = false;
  generation = -1;
  /** The last event (a tick of the issuer's) that said that sessions have ended. */
  changed = 0;
  following = false;

  constructor(issuer: Issuer) {
    this.#issuer = issuer;
  }

  /** Rejects with an AuthError: 401 when the session of these claims has ended, 503 when that is uncertain. */
  async check(claims: JWTPayload): Promise<void> {
    if (!("status" in claims)) return; // a session from before there were lists
    const { uri, place } = placeOf(claims, this.#issuer.url);
    this.start();
    const kept = this.#list(uri);
    if (kept.latest?.hasEnded(place)) throw ended(); // what has ended stays ended, however old the list is
    const preferred = this.following ? Infinity : POLL_MS;
    const list = await kept.get({ fresh: REFRESH_MS, preferred, after: this.changed });
    if (list.hasEnded(place)) throw ended();
    if (!list.has(place)) throw unavailable(`a list that ends before place ${place}`, `a longer one from ${uri}`);
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

  #list(uri: string): Kept<StatusList> {
    let kept = this.#lists.get(uri);
    if (!kept) {
      const fetch = () => fetchList(this.#issuer, uri);
      kept = new Kept(`a list of ended sessions from ${uri}`, fetch, this.#issuer.means);
      this.#lists.set(uri, kept);
    }
    return kept;
  }

  async #run(): Promise<void> {
    while (!this.#stopped.signal.aborted) {
      try {
        await this.#follow();
        this.following = false;
        await pause(RECONNECT_MS);
      } catch {
        // No stream gets through: poll instead. Lists say why, to the requests that need them.
        this.following = false;
        await pause(POLL_MS);
        await this.#poll().catch(() => undefined);
      }
    }
  }

  async #follow(): Promise<void> {
    // Without Last-Event-ID: the stream then begins with the present number, and there is no cursor that could be ahead
    // of the work.
    const address = await this.#issuer.endpoint(CHANGES);
    const silent = new AbortController();
    let watch = setTimeout(() => silent.abort(), SILENCE_MS).unref();
    try {
      const signal = AbortSignal.any([this.#stopped.signal, silent.signal]);
      const response = await fetched(address, { headers: { Accept: "text/event-stream" }, signal, redirect: "error" });
      if (!response.ok || !response.body || !response.headers.get("Content-Type")?.startsWith("text/event-stream"))
        throw new Error("no stream");
      let rest = "";
      for await (const chunk of response.body.pipeThrough(new TextDecoderStream())) {
        clearTimeout(watch);
        watch = setTimeout(() => silent.abort(), SILENCE_MS).unref();
        const lines = (rest + chunk).split("\n");
        rest = lines.pop() ?? "";
        if (rest.length > LONGEST_LINE) throw new Error("a line without an end");
        for (const line of lines) this.#heard(line.trimEnd());
      }
    } finally {
      clearTimeout(watch);
    }
  }

  #heard(line: string): void {
    if (line.startsWith("data: ")) {
      this.#heardOf(JSON.parse(line.slice(6)));
    } else if (line.startsWith(":")) {
      for (const kept of this.#lists.values()) if (kept.isOlderThan(REFRESH_MS)) kept.refresh(this.changed);
    }
    if (line.startsWith("data: ") || line.startsWith(":")) this.following = true;
  }

  async #poll(): Promise<void> {
    const address = await this.#issuer.endpoint(CHANGES);
    this.#heardOf(jsonObject(await this.#issuer.transport.get(address), address));
  }

  /** Take in the feed's number. If it changed, sessions have ended: all that was fetched before is void. */
  #heardOf(message: unknown): void {
    const generation = isObject(message) ? message["generation"] : undefined;
    if (typeof generation !== "number" || !Number.isInteger(generation)) throw new Error("no number");
    if (generation === this.generation) return;
    this.changed = this.#issuer.means.tick();
    this.generation = generation;
    for (const kept of this.#lists.values()) kept.refresh(this.changed);
  }
}

const ended = () => unauthenticated("a token of a session that has ended", "a session that goes on", "Sign in again.");

const pause = (milliseconds: number) => new Promise((done) => setTimeout(done, milliseconds).unref());
