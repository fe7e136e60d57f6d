/** The metadata and the signing keys of Vestibule, fetched and cached (RFC 8414, RFC 7517). */
import { createRemoteJWKSet, type JWTVerifyGetKey } from "jose";

/** An issuer. Keys are fetched on demand and cached for five minutes; unknown ones at most every ten seconds. */
export class Issuer {
  readonly url: string;
  #metadata: Record<string, unknown> | undefined;
  #keys: JWTVerifyGetKey | undefined;

  constructor(url: string) {
    this.url = url;
  }

  /** The key set for `jwtVerify`. Rejects when Vestibule does not answer. */
  async keys(): Promise<JWTVerifyGetKey> {
    this.#keys ??= createRemoteJWKSet(new URL(await this.endpoint("jwks_uri")), {
      cacheMaxAge: 300_000,
      cooldownDuration: 10_000,
    });
    return this.#keys;
  }

  /** An address of the metadata, or "". Rejects when the metadata cannot be fetched or names another issuer. */
  async endpoint(name: string): Promise<string> {
    this.#metadata ??= await this.#discovered();
    return String(this.#metadata[name] ?? "");
  }

  async #discovered(): Promise<Record<string, unknown>> {
    const response = await fetch(`${this.url}/.well-known/oauth-authorization-server`, { redirect: "error" });
    if (!response.ok) throw new Error(`${response.status} from ${this.url}`);
    const found = (await response.json()) as Record<string, unknown>;
    if (found["issuer"] !== this.url)
      throw new Error(`VESTIBULE_ISSUER is ${this.url}, and the server calls itself ${String(found["issuer"])}`);
    return found;
  }
}
