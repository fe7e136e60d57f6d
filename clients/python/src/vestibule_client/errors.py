"""What can be wrong with a request, a setting or the way to Vestibule: what was got, what is expected, the fix."""

from typing import ClassVar


class AuthError(Exception):
    """A request that may not go on. `got`, `expected` and `fix` are for developers and hold no secret."""

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
        """The body of the answer (RFC 9457)."""
        told = {"got": self.got, "expected": self.expected, "fix": self.fix}
        return {
            "type": f"urn:vestibule-client:error:{self.code}", "title": self.title, "status": self.status,
            "code": self.code, "detail": str(self), **told,
        }  # fmt: skip

    @property
    def headers(self) -> dict[str, str]:
        """Headers that belong to the status."""
        return {"Cache-Control": "no-store"}


class NotAuthenticated(AuthError):
    """Nobody is signed in, or the credential is not good (401)."""

    status = 401
    code = "authentication_required"
    title = "Authentication required"

    @property
    def headers(self) -> dict[str, str]:
        """RFC 6750 section 3."""
        return {**super().headers, "WWW-Authenticate": "Bearer"}


class Forbidden(AuthError):
    """Somebody is signed in, and may not do this (403)."""

    status = 403
    code = "forbidden"
    title = "Not allowed"


class Unavailable(AuthError):
    """Vestibule does not answer, and what is remembered is too old to be believed (503)."""

    status = 503
    code = "issuer_unavailable"
    title = "Sign-in is not available"

    @property
    def headers(self) -> dict[str, str]:
        """When to come back."""
        return {**super().headers, "Retry-After": "5"}


class Misconfigured(AuthError):
    """A setting of the application is missing or wrong (500, or raised at the start)."""

    code = "misconfigured"
    title = "The application is not set up for this"
