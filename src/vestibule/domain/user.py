"""A user: the subject of every session and token."""

from dataclasses import dataclass

from vestibule.domain.instant import Instant

USERNAME_LENGTH = (4, 30)
EMAIL_LENGTH = (3, 256)
# The names of a person: fields of `User`, and the members of requests and responses.
NAMES = {"first_name": "firstName", "last_name": "lastName", "name": "name"}


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """One row of `users`. Times are microseconds since 1970 UTC; None means that it never happened. What
    restricts a user has no default: a row that was read without it would make a user without restrictions.

    `second_factor_at`: since when the user demands a second factor at sign-in. `pending_until`: registered in private
    mode; the address must be confirmed until then, and there is no sign-in before. `not_before`: tokens and sessions
    from before this time are void. `profile`: a JSON object with the values of further fields.
    """

    id: str
    username: str
    username_canonical: str
    email: str
    email_canonical: str
    email_verified_at: Instant | None
    password_hash: str | None
    password_changed_at: Instant | None
    last_login_at: Instant | None = None
    created_at: Instant
    updated_at: Instant
    disabled_at: Instant | None
    deleted_at: Instant | None
    not_before: Instant
    name: str | None = None
    locale: str | None = None
    time_zone: str | None = None
    metadata: str = "{}"
    second_factor_at: Instant | None
    pending_until: Instant | None
    first_name: str | None = None
    last_name: str | None = None
    profile: str = "{}"

    @property
    def display_name(self) -> str | None:
        """The name that others see: the stored one, else first and last name; None without any."""
        return display_name(self.name, self.first_name, self.last_name)

    @property
    def is_active(self) -> bool:
        """Whether the user may sign in and have sessions."""
        return self.is_reachable and self.pending_until is None

    @property
    def is_reachable(self) -> bool:
        """Whether the user is neither disabled nor deleted, and so may confirm the address."""
        return self.disabled_at is None and self.deleted_at is None

    @property
    def lost_its_address(self) -> bool:
        """Whether the address in `email` is another user's, or is not this one's yet: nothing sent there proves it."""
        return self.email_canonical.startswith("?")

    def __repr__(self) -> str:
        return f"User({self.id})"


def display_name(name: str | None, first_name: str | None, last_name: str | None) -> str | None:
    """Return the name that others see: `name`, else first and last name joined; None without any."""
    return name or " ".join(filter(None, (first_name, last_name))) or None


@dataclass(frozen=True, slots=True)
class Identifier:
    """A username or email address as typed (`text`), and the form that is compared (`canonical`)."""

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
) -> User:
    """Build a user who registers at `now` (microseconds since 1970 UTC). `verified`: the address is already proved."""
    return User(
        id=user_id,
        username=username.text,
        username_canonical=username.canonical,
        email=email.text,
        email_canonical=email.canonical,
        email_verified_at=now if verified else None,
        password_hash=password_hash,
        password_changed_at=now if password_hash else None,
        created_at=now,
        updated_at=now,
        disabled_at=None,
        deleted_at=None,
        not_before=0,
        second_factor_at=None,
        pending_until=None,
        locale=locale,
    )
