/** Where Vestibule's addresses are, and its keys (RFC 8414, RFC 7517). */
import { createRemoteJWKSet, type JWTVerifyGetKey } from "jose";

/** Keys are fetched when they are needed and kept five minutes; an unknown one asks anew at most every ten seconds. */
export class Issuer {
  readonly url: string;
  #metadata: Record<string, unknown> | undefined;
  #keys: JWTVerifyGetKey | undefined;

  constructor(url: string) {
    this.url = url;
  }

  /** What verifies tokens. Rejects when Vestibule does not answer. */
  async keys(): Promise<JWTVerifyGetKey> {
    this.#keys ??= createRemoteJWKSet(new URL(await this.endpoint("jwks_uri")), {
      cacheMaxAge: 300_000,
      cooldownDuration: 10_000,
    });
    return this.#keys;
  }

  /** An address of the metadata. Rejects when there is none, or when the issuer calls itself otherwise. */
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
