/** The access token of a page, which one tab renews for all of them. */

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

  /** An access token that is valid for at least 30 more seconds; undefined when no one is signed in. */
  async access(): Promise<string | undefined> {
    if (this.#access && expiry(this.#access) - Date.now() > EARLY_MS) return this.#access;
    return this.#ended ? undefined : this.refresh();
  }

  /** A new access token; undefined when the session has ended. */
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
    const response = await fetch(`${this.#issuer}/api/auth/refresh`, { method: "POST", credentials: "include" });
    if (response.status === 401) {
      this.#access = undefined;
      this.#ended = true;
      return undefined;
    }
    if (!response.ok) return this.#access;
    const { accessToken } = (await response.json()) as { accessToken: string };
    this.#access = accessToken;
    this.#channel.postMessage({ accessToken } satisfies TokenMessage);
    return accessToken;
  }
}

/** When a token expires, in milliseconds since 1970 UTC. Read without verification, which is up to the server. */
function expiry(token: string): number {
  const payload = token.split(".")[1] ?? "";
  const { exp } = JSON.parse(atob(payload.replace(/-/g, "+").replace(/_/g, "/"))) as { exp: number };
  return exp * 1000;
}
