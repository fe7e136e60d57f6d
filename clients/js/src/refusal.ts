/** The response to a refused request: a redirect to sign in, a page that says what is missing, or the problem document. */
import { createHash } from "node:crypto";

import type { AuthError } from "./auth-error.js";
import { addressOf, cookie, wantsPage, type Request } from "./request.js";
import { POLICY, returnPage } from "./return-page.js";
import type { Settings } from "./settings.js";

const JUST_BACK_SECONDS = 60;

/** A response. */
export interface Refusal {
  status: number;
  headers: Record<string, string>;
  body: string;
}

/**
 * The response to a refused request. A browser that opens a page is sent to sign in. One that has just come back from there
 * is not sent again: it would come back for ever, so it gets a page that says what is missing. Programs get the problem
 * document (RFC 9457).
 */
export function refusal(settings: Settings, request: Request, error: AuthError): Refusal {
  if (wantsPage(request) && error.status === 401) return sentToSignIn(settings, request, error);
  if (wantsPage(request) && error.helpAt) return { status: 302, headers: { Location: error.helpAt }, body: "" };
  const { status, code, message: detail, got, expected, fix } = error;
  const body = JSON.stringify({ type: `urn:vestibule-client:error:${code}`, status, code, detail, got, expected, fix });
  const headers = { "Content-Type": "application/problem+json", ...commonHeaders(status) };
  return { status, headers, body };
}

function sentToSignIn(settings: Settings, request: Request, error: AuthError): Refusal {
  const address = addressOf(request, settings.origin);
  const to = `${settings.issuer}/forward-auth/return?to=${encodeURIComponent(address)}`;
  const marker = `vestibule_return_${createHash("sha256").update(address).digest("hex").slice(0, 12)}`;
  if (!URL.canParse(address) || !cookie(request, marker))
    return { status: 302, headers: { Location: to, "Set-Cookie": mark(marker, address, JUST_BACK_SECONDS) }, body: "" };
  const headers = {
    "Content-Type": "text/html; charset=utf-8",
    "Content-Security-Policy": POLICY,
    "Set-Cookie": mark(marker, address, 0),
    ...commonHeaders(401),
  };
  return { status: 401, headers, body: returnPage(settings, request, address, to, error) };
}

function commonHeaders(status: number): Record<string, string> {
  const headers: Record<string, string> = { "Cache-Control": "no-store" };
  if (status === 401) headers["WWW-Authenticate"] = "Bearer";
  if (status === 503) headers["Retry-After"] = "5";
  return headers;
}

/** The mark of a browser that was sent to sign in from this address. It authenticates no one. */
function mark(name: string, address: string, seconds: number): string {
  const secure = address.startsWith("https:") ? "; Secure" : "";
  return `${name}=1; Path=/; Max-Age=${seconds}; HttpOnly; SameSite=Lax${secure}`;
}
