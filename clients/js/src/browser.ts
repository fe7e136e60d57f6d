/** Login with Vestibule in the browser, with either type of session. No dependencies. */
import { answered, reached, VestibuleError } from "./error.js";
import { Tokens } from "./tokens.js";

export { VestibuleError, type Problem } from "./error.js";

/** The signed-in user. `id` never changes and is never reused for another user. */
export interface User {
  id: string;
  username: string;
  email: string;
  emailVerified: boolean;
  name: string | null;
  roles: string[];
}

export interface Options {
  /** The public URL of Vestibule; by default this page's own origin. */
  issuer?: string;
  /**
   * `cookie` for pages on Vestibule's own site: a session cookie and a CSRF token. `token` for pages elsewhere: an access
   * token in memory, and a refresh token in a cookie that no script can read. By default `token` on another origin.
   */
  sessionType?: "cookie" | "token";
}

/** What is known about the user. `error`: why that could not be looked up the last time. */
export interface State {
  /** null: no one is signed in; undefined: not looked up yet. */
  readonly user: User | null | undefined;
  readonly error: VestibuleError | undefined;
}

const UNSAFE = new Set(["POST", "PUT", "PATCH", "DELETE"]);

/** The client of Vestibule; a page needs one. */
export class Vestibule {
  readonly issuer: string;
  readonly sessionType: "cookie" | "token";
  readonly #tokens: Tokens;
  readonly #listeners = new Set<() => void>();
  #csrf: string | undefined;
  #state: State = { user: undefined, error: undefined };
  #asking: Promise<User | null> | undefined;

  constructor(options: Options = {}) {
    this.issuer = (options.issuer ?? location.origin).replace(/\/$/, "");
    const elsewhere = new URL(this.issuer).origin !== location.origin;
    this.sessionType = options.sessionType ?? (elsewhere ? "token" : "cookie");
    this.#tokens = new Tokens(this.issuer, () => this.#changed(undefined));
  }

  /** The signed-in user or null, without a request; `undefined` until that has been looked up. */
  get current(): User | null | undefined {
    return this.#state.user;
  }

  /** What is known about the user, without a request. It is another object after every change. */
  get state(): State {
    return this.#state;
  }

  /**
   * The signed-in user, or null. Concurrent and repeated calls share one request. Throws VestibuleError when that cannot be
   * looked up; the next call tries again.
   */
  async user(): Promise<User | null> {
    if (this.#state.user !== undefined) return this.#state.user;
    this.#asking ??= this.#ask().finally(() => (this.#asking = undefined));
    return this.#asking;
  }

  /** Sign in with a password. Throws VestibuleError; its code is `mfa_required` when a second factor is needed. */
  async signIn(credential: string, password: string): Promise<User> {
    const body = this.sessionType === "token" ? { email: credential, password } : { credential, password };
    return this.#signedIn(this.sessionType === "token" ? "/api/auth/login" : "/api/session", body);
  }

  /** Register a user and sign in. Throws VestibuleError, with the invalid fields in `errors`. */
  async register(username: string, email: string, password: string): Promise<User> {
    const body = { username, email, password };
    if (this.sessionType === "cookie") return this.#signedIn("/api/users", body);
    await this.#send("POST", "/api/auth/register", body);
    return this.signIn(email, password);
  }

  /** Sign out, in every tab. Throws VestibuleError when the session could not be ended: then the user is still signed in. */
  async signOut(): Promise<void> {
    if (this.sessionType === "token") {
      const request = (signal: AbortSignal) =>
        new Request(`${this.issuer}/api/auth/logout`, { method: "POST", signal });
      const response = await reached(this.issuer, (signal) => this.#withToken(request(signal)));
      if (response.status !== 401) await answered(response);
      this.#tokens.forget();
    } else {
      await this.#send("DELETE", "/api/session");
      this.#tokens.tellOthers();
    }
    this.#csrf = undefined;
    this.#changed(null);
  }

  /**
   * Go to Vestibule's own sign-in page, and return to `to` (by default this page) afterwards. Only for pages on
   * Vestibule's own origin with a cookie session: a sign-in there gives a page on another origin no token, so on such a
   * page this throws an Error and goes nowhere.
   */
  redirectToSignIn(to: string = location.href): void {
    const target = new URL(to, location.href);
    const wrong = this.#reasonAgainstRedirect(target);
    if (wrong) throw new Error(`redirectToSignIn: ${wrong}`);
    location.assign(`${this.issuer}/forward-auth/return?to=${encodeURIComponent(target.href)}`);
  }

  /**
   * `fetch` with the user's credentials: the access token (renewed when it is about to expire), or the session cookie
   * and the CSRF token. For Vestibule and for your own API.
   */
  async fetch(input: string | URL, init: RequestInit = {}): Promise<Response> {
    const request = new Request(new URL(input, location.href), init);
    if (this.sessionType === "token") return this.#withToken(request);
    return this.#withCookie(request);
  }

  /** Call `listener` whenever the user signs in or out, in any tab. Returns a function that removes it. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Why the user would not be signed in here after `redirectToSignIn`: what was found, what is needed, how to fix it. */
  #reasonAgainstRedirect(target: URL): string | undefined {
    const { origin } = new URL(this.issuer);
    if (location.origin !== origin) {
      return `this page is on ${location.origin}, and it needs Vestibule's own origin, ${origin}. Use signIn(), or protect the page by forward-auth.`;
    }
    if (this.sessionType !== "cookie") {
      return 'this client uses token sessions, and it needs sessionType: "cookie". Leave the option out on this origin.';
    }
    if (target.origin === origin) return undefined;
    return `the address to return to is on ${target.origin}, and it has to be on ${origin}. Link to the other page instead.`;
  }

  async #ask(): Promise<User | null> {
    const before = this.#state;
    try {
      const user = await this.#lookedUp();
      if (this.#state === before) return this.#changed(user);
    } catch (error) {
      if (this.#state === before) this.#failed(error as VestibuleError);
      throw error;
    }
    // The user signed in or out meanwhile: this answer is older than that.
    return this.#state.user === undefined ? this.#ask() : this.#state.user;
  }

  async #lookedUp(): Promise<User | null> {
    const isToken = this.sessionType === "token";
    if (isToken && !(await this.#tokens.access())) return null;
    const url = `${this.issuer}${isToken ? "/api/auth/profile" : "/api/session"}`;
    const response = await reached(this.issuer, (signal) => this.fetch(url, { signal }));
    if (response.status === 401) return null;
    const { user } = await answered<{ user?: User | null }>(response);
    if (user !== null && typeof user?.id !== "string")
      throw new VestibuleError({ code: "unreadable", message: `${url} names no user.` }, response.status);
    return user;
  }

  async #signedIn(path: string, body: object): Promise<User> {
    const delivery = this.sessionType === "token" ? { tokenDelivery: "cookie" } : {};
    const answer = await this.#send<{ user: User; accessToken?: string }>("POST", path, { ...body, ...delivery });
    if (answer.accessToken) this.#tokens.keep(answer.accessToken);
    else this.#tokens.tellOthers();
    this.#csrf = undefined;
    this.#changed(answer.user);
    return answer.user;
  }

  async #send<T>(method: string, path: string, body?: object): Promise<T> {
    const headers: Record<string, string> = body ? { "Content-Type": "application/json" } : {};
    const init: RequestInit = { method, headers, credentials: "include" };
    if (body) init.body = JSON.stringify(body);
    const response = await reached(this.issuer, (signal) => {
      const request = new Request(`${this.issuer}${path}`, { ...init, signal });
      return this.sessionType === "cookie" ? this.#withCookie(request) : fetch(request);
    });
    return answered<T>(response);
  }

  async #withToken(request: Request): Promise<Response> {
    const again = request.clone();
    const first = await fetch(await this.#bearing(request));
    if (first.status !== 401 || !(await this.#tokens.refresh())) return first;
    return fetch(await this.#bearing(again));
  }

  async #bearing(request: Request): Promise<Request> {
    const token = await this.#tokens.access();
    if (!token) return request;
    const headers = new Headers(request.headers);
    headers.set("Authorization", `Bearer ${token}`);
    return new Request(request, { headers });
  }

  async #withCookie(request: Request): Promise<Response> {
    if (!UNSAFE.has(request.method)) return fetch(new Request(request, { credentials: "include" }));
    const again = request.clone();
    const first = await fetch(await this.#guarded(request));
    const problem =
      first.status === 403
        ? ((await first
            .clone()
            .json()
            .catch(() => ({}))) as { code?: string })
        : {};
    if (problem.code !== "csrf_failed") return first;
    this.#csrf = undefined; // the session has changed meanwhile, perhaps in another tab
    return fetch(await this.#guarded(again));
  }

  async #guarded(request: Request): Promise<Request> {
    const headers = new Headers(request.headers);
    headers.set("X-CSRF-Token", (this.#csrf ??= await this.#restored()));
    return new Request(request, { headers, credentials: "include" });
  }

  async #restored(): Promise<string> {
    const response = await reached(this.issuer, (signal) =>
      fetch(`${this.issuer}/api/csrf/restore`, { credentials: "include", signal }),
    );
    return (await answered<{ "XSRF-Token": string }>(response))["XSRF-Token"];
  }

  #changed(user: User | null): User | null;
  #changed(user: undefined): undefined;
  #changed(user: User | null | undefined): User | null | undefined {
    this.#state = { user, error: undefined };
    if (user === undefined) this.#csrf = undefined;
    for (const listener of this.#listeners) listener();
    return user;
  }

  #failed(error: VestibuleError): void {
    this.#state = { user: undefined, error };
    for (const listener of this.#listeners) listener();
  }
}
