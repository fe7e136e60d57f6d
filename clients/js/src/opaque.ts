/** Looks up credentials that only Vestibule can verify: its cookies and API keys. */
import { createHash } from "node:crypto";

import { AuthError, misconfigured, unauthenticated, unavailable } from "./auth-error.js";
import type { Feed } from "./feed.js";
import type { Issuer } from "./issuer.js";
import type { Settings } from "./settings.js";
import { jsonObject, NoAnswer } from "./transport.js";
import { fromClaims, fromSession, type User } from "./user.js";

const REMEMBERED = 10_000;
const LONGEST_MS = 30_000; // names and roles change without a session ending
const PAUSE_MS = 1_000; // after silence, for which no other request waits for Vestibule
const BY_THE_RULES = new Set(["access_denied", "assurance_required", "forward_auth_unclear", "invalid_text"]);
const EXPECTED = "whether this credential is good";

/** A user (null: the session has ended), the last change of the feed that was heard of before the lookup, and when that began. */
interface Entry {
  user: User | null;
  changed: number;
  at: number;
}

/**
 * Looks up session cookies and API keys at Vestibule, and caches the answers: for at most 30 seconds, and only while the
 * feed shows that no session has ended since.
 */
export class Opaque {
  readonly #settings: Settings;
  readonly #issuer: Issuer;
  readonly #feed: Feed;
  readonly #entries = new Map<string, Entry>();
  #silence: { cause: NoAnswer; at: number } | undefined;

  constructor(settings: Settings, issuer: Issuer, feed: Feed) {
    this.#settings = settings;
    this.#issuer = issuer;
    this.#feed = feed;
  }

  /** The user of a session cookie. Rejects with an AuthError. */
  async session(secret: string): Promise<User> {
    return this.#cached(`session ${secret}`, async () => {
      const { issuer, sessionCookie } = this.#settings;
      const address = `${issuer}/api/session`;
      const found = await this.#send(address, { headers: { Cookie: `${sessionCookie}=${secret}` } });
      if (found["user"] === null)
        throw unauthenticated("a session cookie that is not good (any more)", "a live session", "Sign in again.");
      return this.#user(fromSession(found), address);
    });
  }

  /**
   * The user of the cookie that sibling hosts get, if Vestibule's access rules let them open this address; null when the
   * session has ended. Rejects with an AuthError.
   */
  async sibling(value: string, address: string): Promise<User | null> {
    const page = address.split("?", 1)[0] ?? "";
    return this.#cached(`sibling ${value} ${page}`, async () => {
      const { issuer, forwardAuthCookie } = this.#settings;
      const url = `${issuer}/forward-auth/session?${new URLSearchParams({ address: page })}`;
      const found = await this.#send(url, { headers: { Cookie: `${forwardAuthCookie}=${value}` } });
      return found["user"] === null ? null : this.#user(fromSession(found), url);
    });
  }

  /** The user of an API key. Rejects with an AuthError, also when there is no client to look it up with. */
  async apiKey(key: string): Promise<User> {
    const { client } = this.#settings;
    if (!client)
      throw unauthenticated(
        "an API key, which this application does not accept",
        "an access token or a session",
        "To accept API keys, set VESTIBULE_CLIENT_ID and VESTIBULE_CLIENT_SECRET: `vestibule clients create NAME` prints both.",
      );
    return this.#cached(`key ${key}`, () => this.#introspected(key, client));
  }

  async #introspected(key: string, client: readonly [string, string]): Promise<User> {
    const address = await this.#issuer.endpoint("introspection_endpoint");
    const basic = Buffer.from(client.map(encodeURIComponent).join(":")).toString("base64");
    const headers = { Authorization: `Basic ${basic}` };
    const found = await this.#send(address, { method: "POST", headers, body: new URLSearchParams({ token: key }) });
    if (found["active"] === false)
      throw unauthenticated("an API key that is not good (any more), or not for this API", "a good key");
    return this.#user(found["active"] === true ? fromClaims(found, "api_key") : undefined, address);
  }

  #user(user: User | undefined, address: string): User {
    if (!user) throw unavailable(new NoAnswer(`an odd answer from ${address}`), EXPECTED);
    return user;
  }

  async #cached<Result extends User | null>(credential: string, fetch: () => Promise<Result>): Promise<Result> {
    this.#feed.start();
    const place = createHash("sha256").update(credential).digest("base64");
    const entry = this.#entries.get(place);
    const { following, changed } = this.#feed;
    const now = this.#issuer.means.now();
    if (entry && following && entry.changed === changed && now - entry.at < LONGEST_MS) return entry.user as Result; // the kind is part of the place
    if (this.#silence && now - this.#silence.at < PAUSE_MS) throw unavailable(this.#silence.cause, EXPECTED);
    const user = await fetch();
    this.#keep(place, { user, changed, at: now });
    return user;
  }

  #keep(place: string, entry: Entry): void {
    const other = this.#entries.get(place);
    if (other && (other.changed > entry.changed || (other.changed === entry.changed && other.at > entry.at))) return;
    this.#entries.delete(place);
    this.#entries.set(place, entry);
    if (this.#entries.size > REMEMBERED) this.#entries.delete(this.#entries.keys().next().value ?? "");
  }

  async #send(address: string, init: RequestInit): Promise<Record<string, unknown>> {
    try {
      const { status, body } = await this.#issuer.transport.send(address, init);
      if (status === 401 && init.method === "POST")
        throw misconfigured(
          "VESTIBULE_CLIENT_ID and VESTIBULE_CLIENT_SECRET that Vestibule refuses",
          "those of a client",
          "`vestibule clients rotate NAME` makes a new secret.",
        );
      this.#silence = undefined;
      const denied = [400, 401, 403].includes(status) ? byTheRules(jsonObject(body, address)) : undefined;
      if (denied) throw denied;
      if (status !== 200) throw new NoAnswer(`status ${status} from ${address}`);
      return jsonObject(body, address);
    } catch (error) {
      if (error instanceof NoAnswer && error.isSilent) this.#silence = { cause: error, at: this.#issuer.means.now() };
      if (error instanceof AuthError && error.status === 403) throw error;
      throw unavailable(error, EXPECTED);
    }
  }
}

/** The error for a user whom Vestibule's access rules do not admit to an address; undefined for any other problem. */
function byTheRules(problem: Record<string, unknown>): AuthError | undefined {
  if (!BY_THE_RULES.has(String(problem["code"]))) return undefined;
  const page = String(problem["helpAt"] ?? "");
  return new AuthError(
    403,
    "forbidden",
    `a user who is not admitted to this address (${String(problem["detail"])})`,
    "one whom an access rule of Vestibule's admits",
    "See VESTIBULE_FORWARD_AUTH.",
    /^https?:\/\//.test(page) ? page : "",
  );
}
