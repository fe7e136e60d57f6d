/** The parts of a request that authenticate its sender, and its origin. */
import type { IncomingMessage } from "node:http";

import type { User } from "./user.js";

export type Request = IncomingMessage & { user?: User | null; originalUrl?: string; protocol?: string };

const SAFE = new Set(["GET", "HEAD", "OPTIONS"]);

/** All values of this header (name in lower case), as they were sent: `headers` joins some and drops others. */
export function values(request: IncomingMessage, name: string): string[] {
  const { rawHeaders } = request;
  return rawHeaders.filter((_, index) => index % 2 === 1 && rawHeaders[index - 1]?.toLowerCase() === name);
}

export function cookie(request: IncomingMessage, name: string): string | undefined {
  const found = values(request, "cookie")
    .flatMap((line) => line.split(";"))
    .map((pair) => pair.trim())
    .filter((pair) => pair.startsWith(`${name}=`));
  return found.length === 1 ? found[0]?.slice(name.length + 1).replace(/^"(.*)"$/, "$1") : undefined;
}

/**
 * Whether a page of another origin may have made the browser send this change with its cookies (CSRF). An origin is
 * scheme, host and port. `own`: the application's configured one, which counts at its host instead of what the server sees
 * behind a proxy that ends TLS.
 */
export function isForged(request: Request, own = ""): boolean {
  if (SAFE.has(request.method ?? "")) return false;
  const site = request.headers["sec-fetch-site"];
  if (site !== undefined) return site !== "same-origin" && site !== "none";
  const { origin } = request.headers;
  if (origin === undefined) return false;
  const here = parsed(seenAddress(request));
  const configured = parsed(own);
  const expected = configured && configured.hostname === here?.hostname ? configured : here;
  return !expected || parsed(origin)?.origin !== expected.origin;
}

/**
 * The complete address that was requested, as the browser has it. `own`: the application's configured origin, whose scheme
 * and port count at its host instead of what the server sees behind a proxy that ends TLS.
 */
export function addressOf(request: Request, own = ""): string {
  const here = seenAddress(request);
  const configured = parsed(own);
  if (!configured || parsed(here)?.hostname !== configured.hostname) return here;
  return configured.origin + here.replace(/^[a-z]+:\/\/[^/]*/, "");
}

function seenAddress(request: Request): string {
  const scheme = request.protocol ?? ((request.socket as { encrypted?: boolean }).encrypted ? "https" : "http");
  return `${scheme}://${request.headers.host ?? ""}${request.originalUrl ?? request.url ?? "/"}`;
}

function parsed(address: string): URL | undefined {
  return URL.canParse(address) ? new URL(address) : undefined;
}

export function wantsPage(request: IncomingMessage): boolean {
  if (request.method !== "GET" && request.method !== "HEAD") return false;
  const mode = request.headers["sec-fetch-mode"];
  if (mode !== undefined) return mode === "navigate";
  return (request.headers.accept ?? "").includes("text/html") && !request.headers["x-requested-with"];
}
