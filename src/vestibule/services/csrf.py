"""CSRF tokens for the browser door."""

from vestibule.crypto import tokens
from vestibule.crypto.csrf import CsrfTokens
from vestibule.crypto.tokens import TokenHasher


class Csrf:
    """Before sign-in a token is bound to a random pre-session secret; after it, to the session."""

    def __init__(self, csrf: CsrfTokens, hasher: TokenHasher) -> None:
        self._csrf = csrf
        self._hasher = hasher

    def new_presession(self) -> str:
        """A fresh secret for a browser that is not signed in."""
        return self._hasher.new(tokens.PRESESSION)

    def is_presession(self, secret: str) -> bool:
        """Whether the text can be one of ours."""
        return tokens.is_shaped(tokens.PRESESSION, secret)

    def token_for(self, binding: str) -> str:
        """A token for a session id or a pre-session secret."""
        return self._csrf.new(binding)

    def matches(self, token: str, binding: str) -> bool:
        """Whether the token was made for this binding."""
        return self._csrf.matches(token, binding)
