"""Reads and writes cookies; no other module does."""

import re
from collections.abc import Iterable, Mapping

_NAME_VALUE = re.compile(r"\A([!#$%&'*+\-.^_`|~0-9A-Za-z]+)=([\x21\x23-\x2b\x2d-\x3a\x3c-\x5b\x5d-\x7e]*)\Z")
_MAX_HEADER = 16 * 1024


class Cookies:
    """The cookies of this service. Over HTTPS their names start with `__Host-` (RFC 6265bis section 4.1.3)."""

    def __init__(
        self,
        *,
        secure: bool,
        session_seconds: int,
        cross_site_refresh: bool,
        forward_domain: str = "",
        prefix: str = "",
    ) -> None:
        self._secure = secure
        self._session_seconds = session_seconds
        # SameSite=None needs Secure: without HTTPS the refresh cookie stays on its own site.
        self._refresh_same_site = "None" if secure and cross_site_refresh else "Lax"
        self.session_name = self._host("vestibule_session")
        self.presession_name = self._host("vestibule_presession")
        self.attempt_name = self._host("vestibule_attempt")
        self.trusted_device_name = self._host("vestibule_trusted_device")
        self.device_cookie_name = self._host("vestibule_device")
        self._forward_domain = forward_domain
        self.forward_auth_name = ("__Secure-" if secure else "") + "vestibule_forward_auth"
        self.refresh_name = ("__Secure-" if secure else "") + "vestibule_refresh"
        self.xsrf_name = "XSRF-TOKEN"
        self._refresh_path = f"{prefix}/api/auth"

    def read(self, headers: Iterable[str]) -> Mapping[str, str]:
        """Return the cookies of these Cookie headers, by name. Left out are malformed pairs, names that come twice
        (cookie tossing), and what lies beyond the first 16 KiB of all lines together.
        """
        found: dict[str, str] = {}
        doubled: set[str] = set()
        left = _MAX_HEADER
        for header in headers:
            if left <= 0:
                break
            line, left = header[:left], left - len(header) - 1
            for pair in line.split(";"):
                match = _NAME_VALUE.match(pair.strip())
                if match is None:
                    continue
                name, value = match.groups()
                if name in found:
                    doubled.add(name)
                found[name] = value
        return {name: value for name, value in found.items() if name not in doubled}

    def session(self, secret: str) -> str:
        """Return a Set-Cookie value with the session secret (HttpOnly)."""
        return self._write(self.session_name, secret, self._session_seconds, http_only=True)

    def presession(self, secret: str) -> str:
        """Return a Set-Cookie value with the secret that binds CSRF tokens before sign-in; ends with the browser."""
        return self._write(self.presession_name, secret, None, http_only=True)

    def attempt(self, secret: str, seconds: int) -> str:
        """Return a Set-Cookie value that binds a sign-in attempt to this browser. It authenticates no one."""
        return self._write(self.attempt_name, secret, seconds, http_only=True)

    def trusted_device(self, secret: str, seconds: int) -> str:
        """Return a Set-Cookie value with a trusted device's secret: it replaces the second factor, never the first."""
        return self._write(self.trusted_device_name, secret, seconds, http_only=True)

    def device_cookie(self, secret: str, seconds: int) -> str:
        """Return the device cookie of a browser where this user signed in before (OWASP). It authenticates no one."""
        return self._write(self.device_cookie_name, secret, seconds, http_only=True)

    def xsrf(self, token: str) -> str:
        """Return a Set-Cookie value with the CSRF token: pages read it (no HttpOnly) and copy it into a header."""
        return self._write(self.xsrf_name, token, self._session_seconds, http_only=False)

    def refresh(self, secret: str, seconds: int) -> str:
        """Return a Set-Cookie value with the refresh token of a front end on another origin; sent to /api/auth only."""
        return self._write(
            self.refresh_name,
            secret,
            seconds,
            http_only=True,
            path=self._refresh_path,
            same_site=self._refresh_same_site,
        )

    def forward_auth(self, value: str) -> str:
        """Return the forward-auth cookie: a signed session id, for all hosts of the domain that the operator chose."""
        cookie = self._write(self.forward_auth_name, value, self._session_seconds, http_only=True)
        return f"{cookie}; Domain={self._forward_domain}"

    def drop_refresh(self) -> str:
        """Return a Set-Cookie value that deletes the refresh cookie."""
        return self.refresh("", 0)

    def drop(self, name: str) -> str:
        """Return a Set-Cookie value that deletes a cookie of path `/`: ours, or one that another system has set."""
        return self._write(name, "", 0, http_only=True)

    def _host(self, name: str) -> str:
        return f"__Host-{name}" if self._secure else name

    def _write(
        self, name: str, value: str, seconds: int | None, *, http_only: bool, path: str = "/", same_site: str = "Lax"
    ) -> str:
        parts = [f"{name}={value}", f"Path={path}", f"SameSite={same_site}"]
        if seconds is not None:
            parts.append(f"Max-Age={seconds}")
        if http_only:
            parts.append("HttpOnly")
        if self._secure:
            parts.append("Secure")
        return "; ".join(parts)
