"""What a registration is made of, as it was sent."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, repr=False)
class NewUser:
    """The values of a registration request. Without a password, a passkey comes instead. `names`: those of a person, by
    the fields of `User` (`NAMES`); they are optional. `profile`: values of declared profile fields, by their names.
    """

    username: str
    email: str
    password: str | None
    locale: str | None = None
    names: Mapping[str, str | None] = field(default_factory=dict)
    profile: Mapping[str, object] = field(default_factory=dict)

    def notes(self, user_id: str) -> dict[str, str]:
        """Return the notes of a login attempt by which this waits for its passkey. `wanted` has the form that code
        before revision 0013 writes and reads.
        """
        wanted = json.dumps([user_id, self.username, self.email, self.locale])
        return {"wanted": wanted, "names": json.dumps(dict(self.names)), "profile": json.dumps(dict(self.profile))}

    def __repr__(self) -> str:
        return "NewUser(…)"


def noted(notes: Mapping[str, str]) -> tuple[str, NewUser]:
    """Return the id and the values of the user whose registration waits for a passkey, from the attempt's notes."""
    user_id, username, email, locale = json.loads(notes["wanted"])
    names, profile = (json.loads(notes.get(note, "{}")) for note in ("names", "profile"))
    return user_id, NewUser(username, email, None, locale, names, profile)
