/** The access token of a page, renewed by one tab for all of them. */

const EARLY_MS = 30_000;

interface Told {
  accessToken?: string;
  /** Somebody signed in or out elsewhere: ask anew. */
  changed?: true;
}

/**
 * In memory only. Tabs hear of each other's tokens through a BroadcastChannel, and a lock lets one of them refresh at a
 * time: a refresh token is good for one use, and two that use it at once look like a thief.
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
    this.#channel.onmessage = ({ data }: MessageEvent<Told>) => {
      this.#ended = false;
      this.#access = data.accessToken;
      if (data.changed) changed();
    };
  }

  /** A token that is good for a while yet; none when nobody is signed in. */
  async access(): Promise<string | undefined> {
    if (this.#access && expiry(this.#access) - Date.now() > EARLY_MS) return this.#access;
    return this.#ended ? undefined : this.refresh();
  }

  /** A fresh one; none when the session has ended. */
  async refresh(): Promise<string | undefined> {
    this.#refreshing ??= this.#alone().finally(() => (this.#refreshing = undefined));
    return this.#refreshing;
  }

  /** After a sign-in here. */
  keep(access: string): void {
    this.#access = access;
    this.#ended = false;
    this.#channel.postMessage({ accessToken: access, changed: true } satisfies Told);
  }

  /** After a sign-out here. */
  forget(): void {
    this.#access = undefined;
    this.#ended = true;
    this.tellOthers();
  }

  /** Somebody signed in or out in this tab. */
  tellOthers(): void {
    this.#channel.postMessage({ changed: true } satisfies Told);
  }

  async #alone(): Promise<string | undefined> {
    const before = this.#access;
    return navigator.locks.request(`vestibule refresh ${this.#issuer}`, async () => {
      // While this tab waited for its turn another one may have done it.
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
    this.#channel.postMessage({ accessToken } satisfies Told);
    return accessToken;
  }
}

/** When a token ends, in milliseconds since 1970 UTC. Read, not verified: that is the server's business. */
function expiry(token: string): number {
  const payload = token.split(".")[1] ?? "";
  const { exp } = JSON.parse(atob(payload.replace(/-/g, "+").replace(/_/g, "/"))) as { exp: number };
  return exp * 1000;
}
