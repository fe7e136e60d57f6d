"""The page for a browser that comes back from signing in, and is not signed in here: what is missing, and where."""

from html import escape
from urllib.parse import urlsplit

from vestibule_client.errors import AuthError
from vestibule_client.request import FORWARD_HEADER, Incoming
from vestibule_client.settings import Settings

POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
_STYLE = """
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
"""


def return_page(settings: Settings, request: Incoming, address: str, sign_in: str, error: AuthError) -> str:
    """Return the page as HTML. `address`: the requested one; `sign_in`: where to sign in and come back from."""
    host, at = escape(urlsplit(address).hostname or ""), escape(urlsplit(settings.issuer).hostname or "")
    items = "".join(f"<li>{text}</li>" for text in missing(settings, request, address, error))
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>You are not signed in here</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<style>{_STYLE}</style></head><body><main><h1>You are not signed in here</h1>"
        f"<p>You came back from signing in at {at}, but {host} did not get your session.</p>"
        f'<a class="button" href="{escape(sign_in)}">Sign in again</a>'
        f"<details><summary>For the operator of {host}</summary><ul>{items}</ul></details></main></body></html>"
    )


def missing(settings: Settings, request: Incoming, address: str, error: AuthError) -> list[str]:
    """Return what may be missing, for the operator, as pieces of HTML: which setting, and which access rule."""
    here, there = urlsplit(address), urlsplit(settings.issuer)
    host, issuer_host = here.hostname or "", there.hostname or ""
    found = [f"The request had {escape(error.got)}; expected {escape(error.expected)}."]
    if request.all(FORWARD_HEADER) and not settings.origin:
        value = _code(f"VESTIBULE_APP_ORIGIN={here.scheme}://{here.netloc}")
        found.append(f"A proxy names the user, but this application ignores that: set {value} for it.")
    if there.scheme == "https" and here.scheme != "https":
        found.append(
            "This application is reached over http, so browsers keep the cookie back: open it by https. If a proxy "
            f"ends TLS in front of it, set {_code(f'VESTIBULE_APP_ORIGIN=https://{here.netloc}')} for it."
        )
    if host == issuer_host:
        return [*found, "The browser may block cookies, or a proxy in front of the application may remove them."]
    domain = shared_domain(host, issuer_host)
    if not domain:
        text = "share no domain, so no cookie reaches both. Use hosts such as app.example.com and id.example.com."
        return [*found, f"{escape(host)} and {escape(issuer_host)} {text}"]
    cookie, rule = _code(settings.forward_auth_cookie), _code(f"VESTIBULE_FORWARD_AUTH={host}/* signed-in")
    setting = _code(f"VESTIBULE_FORWARD_AUTH_DOMAIN={domain}")
    found.append(
        f"At Vestibule, {setting} sends the cookie {cookie} to this host, and an access rule must name it: {rule}."
    )
    found.append(
        "The browser may block cookies, or a proxy in front of the application may remove this one. A proxy that "
        "Vestibule protects removes it, and sends a header instead, which needs VESTIBULE_APP_ORIGIN here."
    )
    return found


def shared_domain(host: str, other: str) -> str:
    """Return the longest domain of two labels or more that both hosts belong to; empty without one."""
    labels: list[str] = []
    for mine, its in zip(reversed(host.split(".")), reversed(other.split(".")), strict=False):
        if mine != its:
            break
        labels.insert(0, mine)
    is_address = labels[-1:] and labels[-1].isdecimal()
    return ".".join(labels) if len(labels) > 1 and not is_address else ""


def _code(text: str) -> str:
    return f"<code>{escape(text)}</code>"
