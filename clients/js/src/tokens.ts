/** The access token of a page, which one tab renews for all of them. */
import { answered, reached } from "./error.js";

const EARLY_MS = 30_000;

interface TokenMessage {
  accessToken?: string;
  /** The user signed in or out in another tab: look the user up again. */
  changed?: true;
}

/**
 * The access token, in memory only. Tabs share it through a BroadcastChannel, and a lock lets only one of them refresh
 * at a time: a refresh token is valid for one use, and using it twice looks like theft.
 */
export class Tokens {
  readonly #issuer: string;
  readonly #channel: BroadcastChannel;
  #access: string | undefined;
  #refreshing: Promise<string | undefined> | undefined;
  #ended = false;

  constructor(issuer: string, changed: () => void) {
    this.#issuer = issuer;
    this.#channel = new BroadcastChannel(`vestibule ${issuer}`);
    this.#channel.onmessage = ({ data }: MessageEvent<TokenMessage>) => {
      this.#ended = false;
      this.#access = data.accessToken;
      if (data.changed) changed();
    };
  }

  /**
   * An access token that is valid for at least 30 more seconds (for less while Vestibule does not answer); undefined when
   * no one is signed in. Throws VestibuleError when that is uncertain.
   */
  async access(): Promise<string | undefined> {
    const left = this.#access ? expiry(this.#access) - Date.now() : 0;
    if (this.#access && left > EARLY_MS) return this.#access;
    if (this.#ended) return undefined;
    try {
      return await this.refresh();
    } catch (error) {
      if (this.#access && left > 0) return this.#access;
      throw error;
    }
  }

  /** A new access token; undefined when the session has ended. Throws VestibuleError when that is uncertain. */
  async refresh(): Promise<string | undefined> {
    this.#refreshing ??= this.#alone().finally(() => (this.#refreshing = undefined));
    return this.#refreshing;
  }

  /** Store the token of a sign-in in this tab, and share it with the others. */
  keep(access: string): void {
    this.#access = access;
    this.#ended = false;
    this.#channel.postMessage({ accessToken: access, changed: true } satisfies TokenMessage);
  }

  /** Forget the token after a sign-out in this tab, and notify the others. */
  forget(): void {
    this.#access = undefined;
    this.#ended = true;
    this.tellOthers();
  }

  /** Notify the other tabs that the user signed in or out in this one. */
  tellOthers(): void {
    this.#channel.postMessage({ changed: true } satisfies TokenMessage);
  }

  async #alone(): Promise<string | undefined> {
    const before = this.#access;
    return navigator.locks.request(`vestibule refresh ${this.#issuer}`, async () => {
      // While this tab waited for the lock, another one may have refreshed.
      await new Promise((done) => setTimeout(done));
      if (this.#access && this.#access !== before) return this.#access;
      return this.#fetched();
    });
  }

  async #fetched(): Promise<string | undefined> {
    const response = await reached(this.#issuer, (signal) =>
      fetch(`${this.#issuer}/api/auth/refresh`, { method: "POST", credentials: "include", signal }),
    );
    if (response.status === 204 || response.status === 401) {
      this.#access = undefined;
      this.#ended = true;
      return undefined;
    }
    const { accessToken } = await answered<{ accessToken: string }>(response);
    this.#access = accessToken;
    this.#channel.postMessage({ accessToken } satisfies TokenMessage);
    return accessToken;
  }
}

/** When a token expires, in milliseconds since 1970 UTC; 0 if it does not say. Read without verification: the server's. */
function expiry(token: string): number {
  try {
    const payload = token.split(".")[1] ?? "";
    const { exp } = JSON.parse(atob(payload.replace(/-/g, "+").replace(/_/g, "/"))) as { exp: number };
    return exp * 1000;
  } catch {
    return 0;
  }
}
