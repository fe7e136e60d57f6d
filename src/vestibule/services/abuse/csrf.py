"""CSRF tokens for cookie sessions."""

from vestibule.crypto import tokens
from vestibule.crypto.csrf import CsrfTokens
from vestibule.crypto.tokens import TokenHasher


class Csrf:
    """Creates and checks CSRF tokens. Before sign-in a token is bound to a random pre-session secret; after it, to the
    session.
    """

    def __init__(self, csrf: CsrfTokens, hasher: TokenHasher) -> None:
        self._csrf = csrf
        self._hasher = hasher

    def new_presession(self) -> str:
        """Return a new secret for a browser that is not signed in."""
        return self._hasher.new(tokens.PRESESSION)

    def is_presession(self, secret: str) -> bool:
        """Return whether the text has the form of a pre-session secret."""
        return tokens.is_shaped(tokens.PRESESSION, secret)

    def token_for(self, binding: str) -> str:
        """Return a CSRF token bound to `binding`, a session id or a pre-session secret."""
        return self._csrf.new(binding)

    def matches(self, token: str, binding: str) -> bool:
        """Return whether the CSRF token was made for this binding."""
        return self._csrf.matches(token, binding)
