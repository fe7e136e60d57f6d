/** The metadata and the signing keys of Vestibule, fetched and kept (RFC 8414, RFC 7517). */
import { importJWK, type CryptoKey, type JWK } from "jose";

import { misconfigured, unauthenticated, unavailable } from "./auth-error.js";
import { Kept, type Answer, type Means } from "./kept.js";
import { isObject, jsonObject, NoAnswer, Transport } from "./transport.js";

const FRESH_MS = 300_000;
const TOLERATED_MS = 3_600_000;
const NEW_KEYS_MS = 10_000;
const ALGORITHMS: Record<string, string> = { "EC P-256": "ES256", "OKP Ed25519": "EdDSA" };

/** A public key, and the algorithm that it is for. */
export interface Key {
  key: CryptoKey;
  algorithm: string;
}

/** How an issuer is reached; all of it has a default. */
export interface IssuerOptions {
  /** Milliseconds for an answer of Vestibule's. */
  timeout?: number;
  /** Where to say why Vestibule cannot be used. */
  log?: (message: string) => void;
  /** Monotonic milliseconds, for tests. */
  now?: () => number;
}

/**
 * An issuer. Keys are fetched on demand, in the background when they are five minutes old, and for an unknown `kid` at
 * most every ten seconds. When Vestibule does not answer, the kept ones are used for up to an hour.
 */
export class Issuer {
  readonly url: string;
  readonly transport: Transport;
  readonly means: Means;
  readonly #metadata: Kept<Record<string, unknown>>;
  readonly #keys: Kept<Map<string, Key>>;

  constructor(url: string, options: IssuerOptions = {}) {
    let ticks = 0;
    this.url = url;
    this.transport = new Transport(options.timeout);
    this.means = {
      now: options.now ?? (() => performance.now()),
      tick: () => ++ticks,
      log: notices(options.log ?? ((message) => console.warn(`vestibule: ${message}`))),
    };
    this.#metadata = new Kept(`the metadata of ${url}`, () => this.#discovered(), this.means);
    this.#keys = new Kept(`the signing keys of ${url}`, () => this.#fetchedKeys(), this.means);
  }

  /** The signing key with this id. Rejects with an AuthError: 401 when Vestibule has none, 503 when that is uncertain. */
  async key(kid: string): Promise<Key> {
    const known = (await this.#keys.get({ fresh: FRESH_MS })).get(kid);
    const found = known ?? (await this.#keys.get({ fresh: FRESH_MS, atMost: NEW_KEYS_MS })).get(kid);
    if (found) return found;
    throw unauthenticated(
      `a token signed with the unknown key ${JSON.stringify(kid.slice(0, 64))}`,
      `a token of ${this.url}`,
      "Was it made by another Vestibule, or for another environment?",
    );
  }

  /** An address of the metadata. Rejects with an AuthError, also when the metadata has none of this name. */
  async endpoint(name: string): Promise<string> {
    const address = (await this.#metadata.get({ fresh: FRESH_MS }))[name];
    if (!this.#isOwn(address)) throw unavailable(`metadata of ${this.url} without ${name}`, `its ${name}`);
    return address;
  }

  async #fetchedKeys(): Promise<Answer<Map<string, Key>>> {
    const address = await this.endpoint("jwks_uri");
    const { keys } = jsonObject(await this.transport.get(address), address);
    const value = new Map<string, Key>();
    for (const jwk of Array.isArray(keys) ? keys : []) {
      const key = await usable(jwk);
      if (key) value.set((jwk as { kid: string }).kid, key);
    }
    if (value.size === 0) throw new NoAnswer(`no signing key that can be used from ${address}`);
    return { value, milliseconds: TOLERATED_MS };
  }

  async #discovered(): Promise<Answer<Record<string, unknown>>> {
    const address = `${this.url}/.well-known/oauth-authorization-server`;
    const value = jsonObject(await this.transport.get(address), address);
    const { issuer } = value;
    if (typeof issuer !== "string") throw new NoAnswer(`metadata without an issuer from ${address}`);
    if (issuer !== this.url)
      throw misconfigured(
        `VESTIBULE_ISSUER=${this.url}`,
        `${issuer.slice(0, 200)}, as it calls itself`,
        "Use the public URL of the server, letter by letter.",
      );
    if (!this.#isOwn(value["jwks_uri"])) throw new NoAnswer(`metadata without a jwks_uri from ${address}`);
    return { value, milliseconds: Infinity };
  }

  /** Whether this is an address below the issuer's: tokens and secrets are sent nowhere else. */
  #isOwn(address: unknown): address is string {
    return typeof address === "string" && address.startsWith(`${this.url}/`);
  }
}

/** A public key of the two kinds that Vestibule signs with; undefined for anything else, however it is shaped. */
async function usable(jwk: unknown): Promise<Key | undefined> {
  if (!isObject(jwk) || typeof jwk["kid"] !== "string" || !jwk["kid"]) return undefined;
  const algorithm = ALGORITHMS[`${String(jwk["kty"])} ${String(jwk["crv"])}`];
  if (!algorithm || jwk["alg"] !== algorithm || jwk["use"] !== "sig" || "d" in jwk) return undefined;
  // Only what makes the key: `key_ops` and other members of odd shapes could make the import fail.
  const { kty, crv, x, y } = jwk as JWK;
  try {
    const members = kty === "EC" ? { kty, crv, x, y } : { kty, crv, x };
    return { key: (await importJWK(members as JWK, algorithm)) as CryptoKey, algorithm };
  } catch {
    return undefined;
  }
}

/** Passes each message on at most once a minute, so that an outage does not fill the log. */
function notices(log: (message: string) => void): (message: string) => void {
  const written = new Map<string, number>();
  return (message) => {
    const now = Date.now();
    if (now - (written.get(message) ?? -Infinity) < 60_000) return;
    if (written.size >= 100) written.clear();
    written.set(message, now);
    log(message);
  };
}
