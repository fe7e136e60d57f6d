"""Demo users, for development only: their well-known passwords would pass no policy."""

from dataclasses import dataclass

from vestibule.crypto.entropy import new_id
from vestibule.domain.ports import Clock, Entropy
from vestibule.domain.user import Identifier, User, new_user
from vestibule.repositories.unit_of_work import Database
from vestibule.services.credentials.identifiers import canonical_identifier
from vestibule.services.credentials.passwords import Passwords

DEMO_USERS = (
    ("Demo-lition", "demo@user.io", "password"),
    ("FakeUser1", "user1@user.io", "password2"),
    ("FakeUser2", "user2@user.io", "password3"),
)


@dataclass(eq=False, repr=False)
class Demo:
    """Adds and removes the demo users. The caller has made sure that this is development."""

    _database: Database
    _clock: Clock
    _entropy: Entropy
    _passwords: Passwords

    async def seed(self) -> list[str]:
        """Add the demo users that are missing. Returns their names."""
        added = []
        for username, email, password in DEMO_USERS:
            async with self._database.reading() as work:
                known = await work.users.find_by_identifier(canonical_identifier(username))
            if known is None:
                user = self._user(username, email, await self._passwords.hash(password))
                async with self._database.writing() as work:
                    await work.users.add(user)
                added.append(username)
        return added

    async def unseed(self) -> list[str]:
        """Remove the demo users and everything of theirs. Returns their names."""
        removed = []
        for username, email, _ in DEMO_USERS:
            async with self._database.writing() as work:
                user = await work.users.find_by_identifier(canonical_identifier(username))
                if user is not None and user.email == email:
                    await work.users.remove(user.id)
                    removed.append(username)
        return removed

    def _user(self, username: str, email: str, password_hash: str) -> User:
        now = self._clock.now()
        name, address = (Identifier(text, canonical_identifier(text)) for text in (username, email))
        return new_user(new_id("user", now, self._entropy), name, address, password_hash, now, verified=True)
