/** Login with Vestibule for Node servers: Express, and everything with the same kind of middleware. Uses `jose`. */
import { createHash } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";

import { decodeProtectedHeader, errors, jwtVerify, type JWTPayload } from "jose";

import { AuthError, unauthenticated, unavailable } from "./auth-error.js";
import { Feed } from "./feed.js";
import { Issuer } from "./issuer.js";
import { cookie, isForged, values, wantsPage } from "./request.js";
import { fromClaims, type User } from "./user.js";

export { AuthError, Feed, Issuer, type User };

const ACCESS = "at+jwt";
const FORWARD = "vestibule-forward-auth+jwt";
const BEARER = /^bearer ([A-Za-z0-9\-._~+/]+=*)$/i;
const API_KEY = /^vst_key_[0-9A-Za-z]{49}$/;
const SESSION = /^vst_ses_[0-9A-Za-z]{49}$/;
const REMEMBERED = 10_000;
const LONGEST_MS = 30_000;

export interface Options {
  /** The public URL of Vestibule; by default VESTIBULE_ISSUER. The only required option. */
  issuer?: string;
  /** The API that access tokens must be for; by default VESTIBULE_AUDIENCE, else Vestibule itself. */
  audience?: string;
  /** The application's origin; by default VESTIBULE_APP_ORIGIN. Without it, a reverse proxy's header is ignored. */
  origin?: string;
  /** A registered client, to look up API keys; by default VESTIBULE_CLIENT_ID and VESTIBULE_CLIENT_SECRET. */
  clientId?: string;
  clientSecret?: string;
}

/** The rights that a user must have. */
export interface Rights {
  role?: string;
  scope?: string;
  aal?: number;
}

type Request = IncomingMessage & { user?: User | null; originalUrl?: string; protocol?: string };
type Next = (error?: unknown) => void;
type Middleware = (request: Request, response: ServerResponse, next: Next) => void;

/** The client of Vestibule; an application needs one. */
export class Vestibule {
  readonly #issuer: Issuer;
  readonly #feed: Feed;
  readonly #audience: string;
  readonly #origin: string;
  readonly #client: readonly [string, string] | undefined;
  readonly #cookie: string;
  readonly #known = new Map<string, { user: User; generation: number; at: number }>();

  constructor(options: Options = {}) {
    const issuer = options.issuer ?? process.env["VESTIBULE_ISSUER"] ?? "";
    if (!/^https:\/\/|^http:\/\/(localhost|127\.0\.0\.1|\[::1\]|[\w.-]+\.localhost)(:|\/|$)/.test(issuer))
      throw new AuthError(
        500,
        "misconfigured",
        `VESTIBULE_ISSUER=${issuer}`,
        "an address such as https://id.example.com",
      );
    this.#issuer = new Issuer(issuer.replace(/\/$/, ""));
    this.#feed = new Feed(this.#issuer);
    this.#audience = options.audience ?? process.env["VESTIBULE_AUDIENCE"] ?? this.#issuer.url;
    this.#origin = options.origin ?? process.env["VESTIBULE_APP_ORIGIN"] ?? "";
    const [id, secret] = [
      options.clientId ?? process.env["VESTIBULE_CLIENT_ID"],
      options.clientSecret ?? process.env["VESTIBULE_CLIENT_SECRET"],
    ];
    this.#client = id && secret ? [id, secret] : undefined;
    this.#cookie = issuer.startsWith("https:") ? "__Host-vestibule_session" : "vestibule_session";
  }

  /** The user of a request; null without a credential. Throws AuthError for an invalid one. */
  async user(request: Request): Promise<User | null> {
    const authorization = request.headers.authorization;
    if (authorization !== undefined) return this.#bearer(authorization, values(request, "authorization").length);
    const forwarded = values(request, "x-vestibule-token");
    if (this.#origin && forwarded.length === 1)
      return fromClaims(await this.#verified(forwarded[0] ?? "", FORWARD, this.#origin), "proxy");
    const secret = cookie(request, this.#cookie);
    return secret === undefined ? null : this.#session(request, secret);
  }

  /** Returns the user if it has these rights. Throws AuthError. */
  require(user: User | null, rights: Rights = {}): User {
    if (!user)
      throw unauthenticated(
        "no credential",
        "a bearer token, an API key or a session",
        "Sign in, or send `Authorization: Bearer …`.",
      );
    const lacks = (got: string, expected: string) => new AuthError(403, "forbidden", got, expected);
    if (rights.role && !user.roles.includes(rights.role))
      throw lacks(`roles ${user.roles.join(", ") || "none"}`, `the role ${rights.role}`);
    const limited = user.via === "token" || user.via === "api_key";
    if (rights.scope && limited && !user.scopes.includes(rights.scope))
      throw lacks(`scopes ${user.scopes.join(", ") || "none"}`, `the scope ${rights.scope}`);
    if (user.aal < (rights.aal ?? 1)) throw lacks(`assurance level ${user.aal}`, `level ${rights.aal}`);
    return user;
  }

  /** The address where a browser that opens a page can sign in and return; undefined for programs and other errors. */
  signInAddress(request: Request, error: unknown): string | undefined {
    if (!(error instanceof AuthError) || error.status !== 401 || !wantsPage(request)) return undefined;
    const scheme = request.protocol ?? ((request.socket as { encrypted?: boolean }).encrypted ? "https" : "http");
    const url = `${scheme}://${request.headers.host ?? ""}${request.originalUrl ?? request.url ?? "/"}`;
    return `${this.#issuer.url}/forward-auth/return?to=${encodeURIComponent(url)}`;
  }

  /** Close the feed's connection. */
  close(): void {
    this.#feed.close();
  }

  async #bearer(authorization: string, count: number): Promise<User> {
    const token = count === 1 ? BEARER.exec(authorization)?.[1] : undefined;
    if (!token) throw unauthenticated("an Authorization header of another form", "`Bearer <token>`, once");
    if (API_KEY.test(token)) return this.#remembered(`key ${token}`, () => this.#introspected(token));
    const claims = await this.#verified(token, ACCESS, this.#audience);
    await this.#checkStatus(claims);
    return fromClaims(claims, "token");
  }

  async #verified(token: string, typ: string, audience: string): Promise<JWTPayload> {
    const expected = `a token of ${this.#issuer.url} for ${audience}`;
    try {
      const header = decodeProtectedHeader(token);
      if (Object.keys(header).sort().join() !== "alg,kid,typ") throw unauthenticated("another header", expected);
      const { payload } = await jwtVerify(token, await this.#issuer.keys(), {
        algorithms: ["ES256", "EdDSA"],
        issuer: this.#issuer.url,
        audience,
        typ,
        requiredClaims: ["sub", "exp", "iat"],
      });
      if (!Number.isInteger(payload.exp) || (payload.iat ?? 0) > Date.now() / 1000 + 60)
        throw unauthenticated("a token with odd times", expected);
      return payload;
    } catch (error) {
      if (error instanceof AuthError) throw error;
      if (error instanceof errors.JOSEError || error instanceof TypeError)
        throw unauthenticated(`a token that is refused (${error.message})`, expected, fixOf(error));
      throw unavailable(error);
    }
  }

  async #checkStatus(claims: JWTPayload): Promise<void> {
    const status = claims["status"] as { status_list?: { idx: number; uri: string } } | undefined;
    if (!status?.status_list) return;
    let ended: boolean;
    try {
      ended = await this.#feed.hasEnded(status.status_list.uri, status.status_list.idx);
    } catch (error) {
      throw unavailable(error);
    }
    if (ended) throw unauthenticated("a token of a session that has ended", "a session that goes on", "Sign in again.");
  }

  async #session(request: Request, secret: string): Promise<User> {
    if (isForged(request))
      throw new AuthError(
        403,
        "forbidden",
        "a change from another origin with the session cookie",
        "one of this origin",
      );
    if (!SESSION.test(secret)) throw unauthenticated("a cookie that is no session of Vestibule's", "a live session");
    return this.#remembered(`session ${secret}`, async () => {
      const headers = { Cookie: `${this.#cookie}=${secret}` };
      const found = await this.#send<SessionAnswer>(`${this.#issuer.url}/api/session`, { headers });
      if (!found.user) throw unauthenticated("a session cookie that is not good (any more)", "a live session");
      const { user } = found;
      return {
        id: user.id, via: "session", username: user.username, name: user.name, email: user.email, roles: user.roles,
        scopes: [], aal: found.aal ?? 1, sessionId: found.sessionId,
      }; // prettier-ignore
    });
  }

  async #introspected(key: string): Promise<User> {
    if (!this.#client)
      throw new AuthError(500, "misconfigured", "an API key", "VESTIBULE_CLIENT_ID and VESTIBULE_CLIENT_SECRET",
        "`vestibule clients create NAME` prints both."); // prettier-ignore
    const basic = Buffer.from(this.#client.map(encodeURIComponent).join(":")).toString("base64");
    const address = await this.#issuer.endpoint("introspection_endpoint").catch((error: unknown) => {
      throw unavailable(error);
    });
    const found = await this.#send<JWTPayload & { active: boolean }>(address, {
      method: "POST",
      headers: { Authorization: `Basic ${basic}` },
      body: new URLSearchParams({ token: key }),
    });
    if (!found.active)
      throw unauthenticated("an API key that is not good (any more), or not for this API", "a good key");
    return fromClaims(found, "api_key");
  }

  async #remembered(credential: string, ask: () => Promise<User>): Promise<User> {
    this.#feed.start();
    const place = createHash("sha256").update(credential).digest("base64");
    const known = this.#known.get(place);
    const { following, generation } = this.#feed;
    if (known && following && known.generation === generation && Date.now() - known.at < LONGEST_MS) return known.user;
    const user = await ask();
    this.#known.delete(place);
    this.#known.set(place, { user, generation, at: Date.now() });
    if (this.#known.size > REMEMBERED) this.#known.delete(this.#known.keys().next().value ?? "");
    return user;
  }

  async #send<T>(address: string, init: RequestInit): Promise<T> {
    const response = await fetch(address, { ...init, redirect: "error" }).catch((error: unknown) => {
      throw unavailable(error);
    });
    if (response.status === 401)
      throw new AuthError(500, "misconfigured", "a client id and secret that Vestibule refuses", "those of a client");
    if (!response.ok) throw unavailable(new Error(`${response.status} from ${address}`));
    return (await response.json()) as T;
  }
}

interface SessionAnswer {
  user: { id: string; username: string; name: string | null; email: string; roles: string[] } | null;
  sessionId: string | null;
  aal: number | null;
}

/**
 * `app.use(auth())` sets `request.user` to the signed-in user, or null. An invalid credential is refused.
 * `requireUser({ role })` protects routes that need a user or rights.
 */
export function auth(options: Options | Vestibule = {}): Middleware {
  const client = options instanceof Vestibule ? options : new Vestibule(options);
  return (request, response, next) => {
    clients.set(request, client);
    client.user(request).then(
      (user) => {
        request.user = user;
        next();
      },
      (error: unknown) => refuse(client, request, response, next, error),
    );
  };
}

/** Behind `auth()`: answers requests without a user with 401 or a redirect to sign in, lacking rights with 403. */
export function requireUser(rights: Rights = {}): Middleware {
  return (request, response, next) => {
    const client = clients.get(request);
    if (!client) throw new Error("requireUser: put app.use(auth()) before it.");
    try {
      client.require(request.user ?? null, rights);
    } catch (error) {
      refuse(client, request, response, next, error);
      return;
    }
    next();
  };
}

const clients = new WeakMap<IncomingMessage, Vestibule>();

function refuse(client: Vestibule, request: Request, response: ServerResponse, next: Next, error: unknown): void {
  if (!(error instanceof AuthError)) {
    next(error);
    return;
  }
  const to = client.signInAddress(request, error);
  if (to) {
    response.writeHead(302, { Location: to }).end();
    return;
  }
  const { status, code, message: detail, got, expected, fix } = error;
  const body = JSON.stringify({ type: `urn:vestibule-client:error:${code}`, status, code, detail, got, expected, fix });
  const headers: Record<string, string> = { "Content-Type": "application/problem+json", "Cache-Control": "no-store" };
  if (status === 401) headers["WWW-Authenticate"] = "Bearer";
  if (status === 503) headers["Retry-After"] = "5";
  response.writeHead(status, headers).end(body);
}

function fixOf(error: Error): string {
  if (error instanceof errors.JWTExpired) return "Refresh the access token and send the new one.";
  const audience = error instanceof errors.JWTClaimValidationFailed && error.claim === "aud";
  return audience ? "Ask for a token for this API (`resource`), or set VESTIBULE_AUDIENCE." : "";
}
