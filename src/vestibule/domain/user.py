"""A user: the subject of every session and token."""

from dataclasses import dataclass

from vestibule.domain.instant import Instant

USERNAME_LENGTH = (4, 30)
EMAIL_LENGTH = (3, 256)


@dataclass(frozen=True, slots=True)
class User:
    """One row of `users`. Times are microseconds since 1970 UTC; None means it never happened.

    `second_factor_at`: since when the user wants to be asked for a second factor. `pending_until`: registered in
    private mode, and the address has to be confirmed until then; nobody signs in before.
    """

    id: str
    username: str
    username_canonical: str
    email: str
    email_canonical: str
    email_verified_at: Instant | None
    password_hash: str | None
    password_changed_at: Instant | None
    last_login_at: Instant | None
    created_at: Instant
    updated_at: Instant
    disabled_at: Instant | None
    deleted_at: Instant | None
    not_before: Instant
    name: str | None
    locale: str | None
    time_zone: str | None
    metadata: str
    second_factor_at: Instant | None
    pending_until: Instant | None

    @property
    def is_active(self) -> bool:
        """May sign in and hold sessions."""
        return self.is_reachable and self.pending_until is None

    @property
    def is_reachable(self) -> bool:
        """Neither disabled nor deleted: may prove its address."""
        return self.disabled_at is None and self.deleted_at is None

    def __repr__(self) -> str:
        return f"User({self.id})"


@dataclass(frozen=True, slots=True)
class Identifier:
    """What somebody typed to say who they are, and the form that is compared."""

    text: str
    canonical: str


def new_user(
    user_id: str,
    username: Identifier,
    email: Identifier,
    password_hash: str | None,
    now: Instant,
    *,
    locale: str | None = None,
    verified: bool = False,
    pending_until: Instant | None = None,
) -> User:
    """A user as registered at this moment."""
    return User(
        id=user_id,
        username=username.text,
        username_canonical=username.canonical,
        email=email.text,
        email_canonical=email.canonical,
        email_verified_at=now if verified else None,
        password_hash=password_hash,
        password_changed_at=now if password_hash else None,
        last_login_at=None,
        created_at=now,
        updated_at=now,
        disabled_at=None,
        deleted_at=None,
        not_before=0,
        name=None,
        locale=locale,
        time_zone=None,
        metadata="{}",
        second_factor_at=None,
        pending_until=pending_until,
    )
