"""Errors about a request, a setting or the connection to Vestibule: what was received and expected, and the fix."""

from typing import ClassVar


class AuthError(Exception):
    """The request is refused. `got`, `expected` and `fix` are texts for developers, without secrets."""

    status: ClassVar[int] = 500
    code: ClassVar[str] = "error"
    title: ClassVar[str] = "Not possible"

    def __init__(self, got: str, expected: str, fix: str = "") -> None:
        super().__init__(f"got {got}; expected {expected}" + (f". {fix}" if fix else ""))
        self.got = got
        self.expected = expected
        self.fix = fix

    @property
    def problem(self) -> dict[str, object]:
        """The body of the response: a problem document (RFC 9457)."""
        facts = {"got": self.got, "expected": self.expected, "fix": self.fix}
        return {
            "type": f"urn:vestibule-client:error:{self.code}", "title": self.title, "status": self.status,
            "code": self.code, "detail": str(self), **facts,
        }  # fmt: skip

    @property
    def headers(self) -> dict[str, str]:
        """The headers of the response."""
        return {"Cache-Control": "no-store"}


class NotAuthenticated(AuthError):
    """No credential was sent, or it is not valid (401)."""

    status = 401
    code = "authentication_required"
    title = "Authentication required"

    @property
    def headers(self) -> dict[str, str]:
        """The headers of the response, with WWW-Authenticate (RFC 6750 section 3)."""
        return {**super().headers, "WWW-Authenticate": "Bearer"}


class Forbidden(AuthError):
    """The user is signed in, but may not do this (403). `help_at`: a page of Vestibule's that may help; else empty."""

    status = 403
    code = "forbidden"
    title = "Not allowed"

    def __init__(self, got: str, expected: str, fix: str = "", *, help_at: str = "") -> None:
        super().__init__(got, expected, fix)
        self.help_at = help_at


class Unavailable(AuthError):
    """Vestibule does not answer, and the cached data is too old to be used (503)."""

    status = 503
    code = "issuer_unavailable"
    title = "Sign-in is not available"

    @property
    def headers(self) -> dict[str, str]:
        """The headers of the response, with Retry-After."""
        return {**super().headers, "Retry-After": "5"}


class Misconfigured(AuthError):
    """A setting of the application is missing or wrong (500, or raised at the start)."""

    code = "misconfigured"
    title = "The application is not set up for this"
