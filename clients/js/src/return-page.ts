/** The page for a browser that comes back from signing in, and is not signed in here: what is missing, and where. */
import type { AuthError } from "./auth-error.js";
import { values, type Request } from "./request.js";
import type { Settings } from "./settings.js";

export const POLICY =
  "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
const STYLE = `
:root { color-scheme: light dark; --text: #23211d; --soft: #655f55; --back: #f6f4ee; --card: #fffefb; --line: #d9d4c8;
  --strong: #1f5c4d; --on: #fffefb }
@media (prefers-color-scheme: dark) { :root { --text: #eceae4; --soft: #aba699; --back: #151613; --card: #1d1f1c;
  --line: #383b35; --strong: #6fc2a8; --on: #10201a } }
* { box-sizing: border-box }
body { margin: 0; min-height: 100vh; display: grid; place-items: center; padding: 24px 16px; background: var(--back);
  color: var(--text); font: 16px/1.5 system-ui, sans-serif }
main { width: 100%; max-width: 30rem; background: var(--card); border: 1px solid var(--line); border-radius: 14px;
  padding: 32px 28px; overflow-wrap: anywhere }
h1 { font-size: 1.5rem; line-height: 1.25; margin: 0 0 12px }
p { margin: 0 0 20px }
a.button { display: block; text-align: center; padding: 11px 16px; border-radius: 10px; background: var(--strong);
  color: var(--on); font-weight: 600; text-decoration: none }
a.button:focus-visible, summary:focus-visible { outline: 3px solid var(--strong); outline-offset: 3px }
details { margin-top: 24px; color: var(--soft); font-size: .925rem }
summary { cursor: pointer; padding: 6px 0 }
ul { margin: 8px 0 0; padding-left: 1.2em }
li { margin-bottom: 8px }
code { font: .9em ui-monospace, monospace; color: var(--text) }
`;

/** The page as HTML. `address`: the requested one; `signIn`: where to sign in and come back from. */
export function returnPage(
  settings: Settings,
  request: Request,
  address: string,
  signIn: string,
  error: AuthError,
): string {
  const host = escaped(new URL(address).hostname);
  const at = escaped(new URL(settings.issuer).hostname);
  const items = missing(settings, request, address, error).map((text) => `<li>${text}</li>`);
  return [
    '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>You are not signed in here</title>',
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    `<style>${STYLE}</style></head><body><main><h1>You are not signed in here</h1>`,
    `<p>You came back from signing in at ${at}, but ${host} did not get your session.</p>`,
    `<a class="button" href="${escaped(signIn)}">Sign in again</a>`,
    `<details><summary>For the operator of ${host}</summary><ul>${items.join("")}</ul></details></main></body></html>`,
  ].join("");
}

/** What may be missing, for the operator, as pieces of HTML: which setting, and which access rule. */
function missing(settings: Settings, request: Request, address: string, error: AuthError): string[] {
  const here = new URL(address);
  const there = new URL(settings.issuer);
  const found = [`The request had ${escaped(error.got)}; expected ${escaped(error.expected)}.`];
  if (values(request, "x-vestibule-token").length > 0 && !settings.origin)
    found.push(
      `A proxy names the user, but this application ignores that: set ${code(`VESTIBULE_APP_ORIGIN=${here.origin}`)} for it.`,
    );
  if (there.protocol === "https:" && here.protocol !== "https:")
    found.push(
      "This application is reached over http, so browsers keep the cookie back: open it by https. If a proxy ends TLS in " +
        `front of it, set ${code(`VESTIBULE_APP_ORIGIN=https://${here.host}`)} for it.`,
    );
  if (here.hostname === there.hostname)
    return [...found, "The browser may block cookies, or a proxy in front of the application may remove them."];
  const domain = sharedDomain(here.hostname, there.hostname);
  if (!domain)
    return [
      ...found,
      `${escaped(here.hostname)} and ${escaped(there.hostname)} share no domain, so no cookie reaches both. Use sibling ` +
        "hosts such as app.example.com and id.example.com.",
    ];
  return [
    ...found,
    `At Vestibule, ${code(`VESTIBULE_FORWARD_AUTH_DOMAIN=${domain}`)} sends the cookie ${code(settings.forwardAuthCookie)} ` +
      `to this host, and an access rule must name it: ${code(`VESTIBULE_FORWARD_AUTH=${here.hostname}/* signed-in`)}.`,
    "The browser may block cookies, or a proxy in front of the application may remove this one. A proxy that Vestibule " +
      "protects removes it, and sends a header instead, which needs VESTIBULE_APP_ORIGIN here.",
  ];
}

/** The longest domain of two labels or more that both hosts belong to; empty without one. */
export function sharedDomain(host: string, other: string): string {
  const its = other.split(".").reverse();
  const labels: string[] = [];
  for (const [index, label] of host.split(".").reverse().entries()) {
    if (label !== its[index]) break;
    labels.unshift(label);
  }
  const isAddress = /^\d+$/.test(labels.at(-1) ?? "");
  return labels.length > 1 && !isAddress ? labels.join(".") : "";
}

function code(text: string): string {
  return `<code>${escaped(text)}</code>`;
}

function escaped(text: string): string {
  const signs: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#x27;" };
  return text.replace(/[&<>"']/g, (sign) => signs[sign] ?? sign);
}
