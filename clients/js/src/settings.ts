/** The settings of an application that uses Vestibule, from options or the environment. */
import { readFileSync } from "node:fs";

import { misconfigured } from "./auth-error.js";

export interface Options {
  /** The public URL of Vestibule; by default VESTIBULE_ISSUER. The only required option. */
  issuer?: string;
  /** The API that access tokens must be for; by default VESTIBULE_AUDIENCE, else Vestibule itself. */
  audience?: string;
  /** The application's origin; by default VESTIBULE_APP_ORIGIN. Without it, a reverse proxy's header is ignored. */
  origin?: string;
  /** A registered client, to look up API keys; by default VESTIBULE_CLIENT_ID and VESTIBULE_CLIENT_SECRET (or _FILE). */
  clientId?: string;
  clientSecret?: string;
  /** Milliseconds for an answer of Vestibule's; by default 5,000. */
  timeout?: number;
  /** Where to say why Vestibule cannot be used; by default `console.warn`. */
  log?: (message: string) => void;
  /** Monotonic milliseconds, for tests. */
  now?: () => number;
}

export interface Settings {
  issuer: string;
  audience: string;
  origin: string;
  client: readonly [string, string] | undefined;
  sessionCookie: string;
  /** The cookie that Vestibule gives to sibling hosts. */
  forwardAuthCookie: string;
}

/** The checked settings. Throws an AuthError that names the setting. */
export function settings(options: Options): Settings {
  const issuer = (options.issuer ?? read("ISSUER")).replace(/\/+$/, "");
  check("VESTIBULE_ISSUER", issuer, "Set it to the public URL of your Vestibule.");
  const origin = (options.origin ?? read("APP_ORIGIN")).replace(/\/+$/, "");
  if (origin) {
    const fix = "Set it to where this application is reached, without a path.";
    check("VESTIBULE_APP_ORIGIN", origin, fix);
    if (new URL(origin).pathname !== "/")
      throw misconfigured(`VESTIBULE_APP_ORIGIN=${origin}`, "scheme and host only", fix);
  }
  return {
    issuer,
    audience: (options.audience ?? read("AUDIENCE")) || issuer,
    origin,
    client: client(options),
    sessionCookie: issuer.startsWith("https:") ? "__Host-vestibule_session" : "vestibule_session",
    forwardAuthCookie: `${issuer.startsWith("https:") ? "__Secure-" : ""}vestibule_forward_auth`,
  };
}

function client(options: Options): readonly [string, string] | undefined {
  const id = options.clientId ?? read("CLIENT_ID");
  const secret = options.clientSecret ?? read("CLIENT_SECRET");
  if (!id !== !secret)
    throw misconfigured(
      "one of VESTIBULE_CLIENT_ID and VESTIBULE_CLIENT_SECRET",
      "both or none",
      "`vestibule clients create NAME` prints both.",
    );
  return id ? [id, secret] : undefined;
}

function check(name: string, value: string, fix: string): void {
  const wrong = (expected: string) => misconfigured(`${name}=${JSON.stringify(value)}`, expected, fix);
  if (!/^https?:\/\/[^/?#@]+(\/[^?#]*)?$/.test(value) || !URL.canParse(value))
    throw wrong("an address such as https://id.example.com");
  const { protocol, hostname } = new URL(value);
  const isLoopback = /^(localhost|127\.0\.0\.1|\[::1\]|.+\.localhost)$/.test(hostname);
  if (protocol === "http:" && !isLoopback) throw wrong("https (http is for loopback names only)");
}

function read(name: string): string {
  const value = process.env[`VESTIBULE_${name}`];
  const path = process.env[`VESTIBULE_${name}_FILE`];
  if (value || !path) return value ?? "";
  try {
    return readFileSync(path, "utf8").trim();
  } catch (error) {
    throw misconfigured(
      `VESTIBULE_${name}_FILE=${path}, which cannot be read (${String((error as { code?: string }).code)})`,
      "a file of text",
      "Check the path, and that the application may read it.",
    );
  }
}
