/** Login with Vestibule for Node servers: Express, and everything with the same kind of middleware. Uses `jose`. */
import { decodeProtectedHeader, errors, jwtVerify } from "jose";

import { AuthError, unauthenticated, unavailable } from "./auth-error.js";
import { authenticating, type Middleware } from "./express.js";
import { Feed } from "./feed.js";
import { Issuer } from "./issuer.js";
import { Opaque } from "./opaque.js";
import { refusal, type Refusal } from "./refusal.js";
import { addressOf, cookie, isForged, values, type Request } from "./request.js";
import { settings, type Options, type Settings } from "./settings.js";
import { fromClaims, type User } from "./user.js";

export { requireUser } from "./express.js";
export { AuthError, Feed, Issuer, type Options, type Refusal, type User };

const ACCESS = "at+jwt";
const FORWARD = "vestibule-forward-auth+jwt";
const BEARER = /^bearer ([A-Za-z0-9\-._~+/]+=*)$/i;
const API_KEY = /^vst_key_[0-9A-Za-z]{49}$/;
const LONGEST = 8_192;
const FORWARD_COOKIE = /^vst_fwd_[0-9A-Za-z_-]{1,200}$/;
const SESSION = /^vst_ses_[0-9A-Za-z]{49}$/;

/** The rights that a user must have. */
export interface Rights {
  role?: string;
  scope?: string;
  aal?: number;
}

/** The client of Vestibule; an application needs one. Throws an AuthError when settings are missing or wrong. */
export class Vestibule {
  readonly #settings: Settings;
  readonly #issuer: Issuer;
  readonly #feed: Feed;
  readonly #opaque: Opaque;

  constructor(options: Options = {}) {
    this.#settings = settings(options);
    this.#issuer = new Issuer(this.#settings.issuer, options);
    this.#feed = new Feed(this.#issuer);
    this.#opaque = new Opaque(this.#settings, this.#issuer, this.#feed);
  }

  /** The user of a request; null without a credential. Throws AuthError for an invalid one. */
  async user(request: Request): Promise<User | null> {
    try {
      return await this.#user(request);
    } catch (error) {
      // Not the fault of the sender: the operator of the application has to know.
      if (error instanceof AuthError && error.status >= 500) this.#issuer.means.log(error.message);
      throw error;
    }
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

  /** The response to a refused request: a redirect to sign in, a page that says why that did not help, or the problem. */
  refusal(request: Request, error: AuthError): Refusal {
    return refusal(this.#settings, request, error);
  }

  /** Close the feed's connection. */
  close(): void {
    this.#feed.close();
  }

  async #user(request: Request): Promise<User | null> {
    const authorization = request.headers.authorization;
    if (authorization !== undefined) return this.#bearer(authorization, values(request, "authorization").length);
    const forwarded = values(request, "x-vestibule-token");
    const { origin, sessionCookie, forwardAuthCookie } = this.#settings;
    if (origin && forwarded.length === 1) return this.#verified(forwarded[0] ?? "", FORWARD, origin);
    const secret = cookie(request, sessionCookie);
    if (secret !== undefined) return this.#session(request, secret);
    // Else the cookie that sibling hosts get. It outlives its session: then the request has no user.
    const sibling = cookie(request, forwardAuthCookie);
    return sibling && FORWARD_COOKIE.test(sibling) ? this.#sibling(request, sibling) : null;
  }

  async #bearer(authorization: string, count: number): Promise<User> {
    const token = count === 1 ? BEARER.exec(authorization)?.[1] : undefined;
    if (!token || token.length > LONGEST)
      throw unauthenticated("an Authorization header of another form", "`Bearer <token>`, once");
    if (API_KEY.test(token)) return this.#opaque.apiKey(token);
    return this.#verified(token, ACCESS, this.#settings.audience);
  }

  async #verified(token: string, typ: string, audience: string): Promise<User> {
    const expected = `a token of ${this.#issuer.url} for ${audience}`;
    const header = read(() => decodeProtectedHeader(token), expected);
    if (Object.keys(header).sort().join() !== "alg,kid,typ") throw unauthenticated("another header", expected);
    const { key, algorithm } = await this.#issuer.key(String(header.kid ?? ""));
    const { payload } = await jwtVerify(token, key, {
      algorithms: [algorithm],
      issuer: this.#issuer.url,
      audience,
      typ,
      requiredClaims: ["sub", "exp", "iat"],
    }).catch((error: unknown) => {
      throw refused(error, expected);
    });
    if (!Number.isInteger(payload.exp) || (payload.iat ?? 0) > Date.now() / 1000 + 60)
      throw unauthenticated("a token with odd times", expected);
    if (typ === ACCESS) await this.#feed.check(payload);
    const user = fromClaims(payload, typ === ACCESS ? "token" : "proxy");
    if (!user) throw unauthenticated("a token without a user", "a token of a user");
    return user;
  }

  async #session(request: Request, secret: string): Promise<User> {
    this.#refuseForged(request);
    if (!SESSION.test(secret)) throw unauthenticated("a cookie that is no session of Vestibule's", "a live session");
    return this.#opaque.session(secret);
  }

  async #sibling(request: Request, value: string): Promise<User | null> {
    this.#refuseForged(request);
    return this.#opaque.sibling(value, addressOf(request, this.#settings.origin));
  }

  #refuseForged(request: Request): void {
    if (isForged(request, this.#settings.origin))
      throw new AuthError(
        403,
        "forbidden",
        `a ${request.method ?? ""} from another origin with the session cookie`,
        "a request from this application",
        "Send it from a page of this origin, or with an access token. Behind a proxy that ends TLS, set VESTIBULE_APP_ORIGIN.",
      );
  }
}

/**
 * `app.use(auth())` sets `request.user` to the signed-in user, or null. An invalid credential is refused.
 * `requireUser({ role })` protects routes that need a user or rights. Throws when settings are missing or wrong.
 */
export function auth(options: Options | Vestibule = {}): Middleware {
  return authenticating(options instanceof Vestibule ? options : new Vestibule(options));
}

function read<T>(decode: () => T, expected: string): T {
  try {
    return decode();
  } catch (error) {
    throw refused(error, expected);
  }
}

function refused(error: unknown, expected: string): unknown {
  if (error instanceof errors.JOSEError || error instanceof TypeError)
    return unauthenticated(`a token that is refused (${error.message})`, expected, fixOf(error));
  return unavailable(error, expected);
}

function fixOf(error: Error): string {
  if (error instanceof errors.JWTExpired) return "Refresh the access token and send the new one.";
  const audience = error instanceof errors.JWTClaimValidationFailed && error.claim === "aud";
  return audience ? "Ask for a token for this API (`resource`), or set VESTIBULE_AUDIENCE." : "";
}
