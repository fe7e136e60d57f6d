"""New passwords: which are accepted, and how they are hashed."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from vestibule.crypto.passwords import PasswordHashes
from vestibule.domain.errors import Denied, FieldError, ValidationFailed
from vestibule.domain.ports import BreachedPasswords
from vestibule.domain.typed_text import folded, normalized_password, password_forms
from vestibule.domain.user import User

_CONTEXT_MINIMUM = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class PasswordPolicy:
    """The rules for new passwords, of which the normalized form is measured: minimum length in code points, maximum in
    bytes, and `context`, words that are easy to guess for this service (ASVS 6.2).
    """

    minimum: int
    maximum_bytes: int
    context: tuple[str, ...]


class Passwords:
    """Accepts and hashes new passwords, for registration, change and reset. Every password is normalized first (RFC
    8265 section 4.2), so that it is the same one on every keyboard.
    """

    def __init__(self, hashes: PasswordHashes, breached: BreachedPasswords, policy: PasswordPolicy) -> None:
        self._hashes = hashes
        self._breached = breached
        self._policy = policy

    def error(self, password: str, context: Iterable[str] = ()) -> FieldError | None:
        """Return the first rule that this new password breaks, or None. `context`: words of the account that it may not
        contain. There are no composition rules (ASVS 6.2.5).
        """
        policy, normalized = self._policy, normalized_password(password)
        if len(normalized) < policy.minimum:
            return FieldError("password_too_short", f"Password must be {policy.minimum} characters or more.")
        if len(normalized.encode()) > policy.maximum_bytes:
            return FieldError("password_too_long", f"Password must be at most {policy.maximum_bytes} bytes.")
        plain = folded(normalized)
        if plain in _common_passwords():
            return FieldError("password_common", "This password is one of the first that attackers try.")
        if any(word in plain for word in _words((*policy.context, *context))):
            return FieldError("password_has_context", "Leave your name, your email address and ours out of it.")
        return None

    async def hash(self, password: str) -> str:
        """Return the hash of the password under the current policy. Raises Overloaded."""
        with self._hashes.room():
            return await self._hashes.hash(normalized_password(password))

    async def breach(self, password: str) -> FieldError | None:
        """Return the validation error when the password is on a list of stolen passwords, normalized or as typed, else
        None; the lookup takes a moment (ASVS 6.2.12).

        Raises PasswordCheckUnavailable when the lookup fails and the operator accepts no password without it.
        """
        for form in password_forms(password):
            if await self._breached.contains(form):
                return FieldError("password_breached", "This password stands in a list of stolen passwords.")
        return None

    async def hash_new(self, password: str, user: User, field: str) -> str | Denied:
        """Return the hash of a new password of this user. Denied (ValidationFailed, about `field`) when it breaks a
        rule. Raises Overloaded, PasswordCheckUnavailable.
        """
        error = self.error(password, context_of(user.username, user.email, user.display_name))
        if error := error or await self.breach(password):
            return Denied(ValidationFailed(fields={field: error}))
        return await self.hash(password)


def context_of(username: str, email: str, name: str | None) -> tuple[str, ...]:
    """Return the words of an account that its password may not contain: the username, parts of the address, and the
    name that others see, with its spaces and without.
    """
    local, _, domain = email.partition("@")
    shown = (name or "").strip()
    return (username, local, domain, domain.partition(".")[0], shown, "".join(shown.split()))


def _words(context: Iterable[str]) -> list[str]:
    return [plain for plain in map(folded, context) if len(plain) >= _CONTEXT_MINIMUM]


@cache
def _common_passwords() -> frozenset[str]:
    path = Path(__file__).parent / "data" / "common_passwords.txt"
    return frozenset(path.read_text(encoding="utf-8").splitlines())
