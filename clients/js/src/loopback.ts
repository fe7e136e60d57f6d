/** `fetch`, also for names that end in `.localhost` where the system's resolver does not know them. */
import { lookup } from "node:dns/promises";
import http, { type IncomingMessage } from "node:http";
import https from "node:https";
import type { LookupFunction } from "node:net";
import { Readable } from "node:stream";

const WITHOUT_BODY = new Set([204, 205, 304]);

/** As `fetch`. Names that end in `.localhost` are this machine (RFC 6761 section 6.3), as they are in browsers. */
export async function fetched(address: string, init: RequestInit): Promise<Response> {
  const url = new URL(address);
  if (!url.hostname.endsWith(".localhost") || (await resolves(url.hostname))) return fetch(address, init);
  return overLoopback(url, init);
}

/** Whether the resolver knows the name: in a container it may be another machine. */
async function resolves(hostname: string): Promise<boolean> {
  return lookup(hostname).then(
    () => true,
    () => false,
  );
}

const loopback: LookupFunction = (_hostname, options, done) => {
  if (options.all) done(null, [{ address: "127.0.0.1", family: 4 }]);
  else done(null, "127.0.0.1", 4);
};

function overLoopback(url: URL, init: RequestInit): Promise<Response> {
  const { body, signal } = init;
  const headers = new Headers(init.headers);
  if (body instanceof URLSearchParams) headers.set("Content-Type", "application/x-www-form-urlencoded;charset=UTF-8");
  const options = { method: init.method ?? "GET", headers: Object.fromEntries(headers), lookup: loopback };
  return new Promise((resolve, reject) => {
    const request = (url.protocol === "https:" ? https : http).request(
      url,
      signal ? { ...options, signal } : options,
      (response) => resolve(answered(response)),
    );
    request.on("error", (error) => reject(signal?.aborted ? (signal.reason as Error) : error));
    request.end(body == null ? undefined : String(body));
  });
}

function answered(response: IncomingMessage): Response {
  const status = response.statusCode ?? 502;
  const headers = new Headers();
  for (const [name, value] of Object.entries(response.headers)) headers.set(name, String(value));
  if (WITHOUT_BODY.has(status)) response.resume();
  const body = WITHOUT_BODY.has(status) ? null : (Readable.toWeb(response) as ReadableStream<Uint8Array>);
  return new Response(body, { status, headers });
}
