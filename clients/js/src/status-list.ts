/** A status list: which sessions have ended (IETF Token Status List). */
import { inflateSync } from "node:zlib";

import { decodeProtectedHeader, jwtVerify, type JWTPayload } from "jose";

import { unavailable } from "./auth-error.js";
import type { Issuer } from "./issuer.js";
import type { Answer } from "./kept.js";
import { isObject, NoAnswer } from "./transport.js";

const MOST_BYTES = 1 << 20;

/** A bit for each session, set when it has ended. */
export class StatusList {
  constructor(readonly bits: Uint8Array) {}

  /** Whether the list reaches to this place. Beyond it nothing is known. */
  has(place: number): boolean {
    return place < 8 * this.bits.length;
  }

  /** Whether the session at this place has ended; false for a place beyond the list. */
  hasEnded(place: number): boolean {
    return this.has(place) && (((this.bits[place >> 3] ?? 0) >> (place & 7)) & 1) === 1;
  }
}

/**
 * The address of the list, and the place in it, that a token of this issuer names. Throws 503 for a `status` of any other
 * shape: the issuer signed it, so the sender of the token is not at fault, and whether the session has ended cannot be known.
 */
export function placeOf(claims: JWTPayload, issuer: string): { uri: string; place: number } {
  const status = claims["status"];
  const named = isObject(status) ? status["status_list"] : undefined;
  const members = isObject(named) ? named : undefined;
  const uri = members?.["uri"];
  const place = members?.["idx"];
  const isOwn = typeof uri === "string" && uri.startsWith(`${issuer}/oauth/status-lists/`);
  if (!isOwn || !Number.isSafeInteger(place) || (place as number) < 0 || (place as number) > 0x7fffffff)
    throw unavailable("a token that names no status list of this issuer", "whether its session has ended");
  return { uri, place: place as number };
}

/** Fetch and verify the list with this address. Rejects when there is no good answer. */
export async function fetchList(issuer: Issuer, uri: string): Promise<Answer<StatusList>> {
  const token = (await issuer.transport.get(uri, { "Cache-Control": "no-cache" })).toString();
  const { key, algorithm } = await issuer.key(String(decodeProtectedHeader(token).kid ?? ""));
  const { payload } = await jwtVerify(token, key, {
    algorithms: [algorithm],
    issuer: issuer.url,
    subject: uri,
    typ: "statuslist+jwt",
    requiredClaims: ["exp", "iat"],
  });
  const list = payload["status_list"];
  if (!isObject(list) || list["bits"] !== 1 || typeof list["lst"] !== "string")
    throw new NoAnswer(`a list of another kind from ${uri}`);
  const bits = inflateSync(Buffer.from(list["lst"], "base64url"), { maxOutputLength: MOST_BYTES });
  const [exp, iat] = [payload.exp ?? 0, payload.iat ?? 0];
  // An instance may have signed it a while ago; a clock that is late must not make it live longer than it was made for.
  const left = Math.min(exp - iat, exp - Date.now() / 1000 + 1);
  return { value: new StatusList(bits), milliseconds: left * 1000 };
}
