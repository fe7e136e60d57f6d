"""The table of what each event that returns an account to its owner does to everything that might still open it.

One cell per event and thing. `services/sessions/take_back` executes the table, docs/security/taking-back.md is
generated from it, and `domain/takeover_check` searches for a takeover that evades it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Event(StrEnum):
    """Events that affect an account as a whole."""

    RESET = "password reset"
    PASSWORD_CHANGE = "password change or removal"
    LOCKDOWN = "lockdown"
    NOT_ME = "not me"
    UNDO = "undo of an address change"
    CLAIM = "claim of an unverified account"
    END_ALL = "sessions ended"
    DISABLE = "account disabled"
    DELETE = "account deleted"
    FACTOR_RECOVERY = "factor recovery"


class Thing(StrEnum):
    """Things that open an account, or may open it later."""

    SESSIONS = "sessions, tokens, attempts under way"
    EMAIL_CHANGE = "pending change of address"
    RESET_LINKS = "reset links"
    SIGN_IN_CODES = "sign-in codes and links"
    OLDER_UNDO_LINKS = "undo links to an older address"
    YOUNGER_UNDO_LINKS = "undo links to younger addresses"
    NOT_ME_LINKS = "not-me links"
    RESTORE_LINKS = "restore links"
    RECOVERY = "running factor recovery"
    PASSWORD = "password"
    FACTORS = "passkeys, authenticator app, recovery codes"
    DEMAND = "demand for a second factor"
    TRUSTED_DEVICES = "trusted devices"
    API_KEYS = "API keys"
    QUEUED_EMAIL = "queued email with a live secret"
    PASSWORD_FAILURES = "counted failures of the password"
    FACTOR_FAILURES = "counted failures of the second factor"


class Fate(StrEnum):
    """What an event does to a thing."""

    VOID = "void"
    OTHERS = "void, except for the session that made the request"
    SINCE = "void if added since"
    ELSEWHERE = "void, except at the account's address"
    KEEP = "keep"
    REPLACED = "replaced by the event itself"
    UNREACHABLE = "not reachable"


@dataclass(frozen=True, slots=True)
class Cell:
    """A fate and its reason; KEEP and UNREACHABLE always have one."""

    fate: Fate
    reason: str = ""


VOID = Cell(Fate.VOID)
_OTHERS = Cell(Fate.OTHERS)
_SINCE = Cell(Fate.SINCE, "what is older stays")
_REPLACED = Cell(Fate.REPLACED)


def _keep(reason: str) -> Cell:
    return Cell(Fate.KEEP, reason)


def _unreachable(reason: str) -> Cell:
    return Cell(Fate.UNREACHABLE, reason)


def _row(default: Cell, cells: Mapping[Event, Cell] | None = None) -> Mapping[Event, Cell]:
    return {event: (cells or {}).get(event, default) for event in Event}


_OWNERS = _keep("an older address is the owner's way back")
_GRACE = _keep("deletion can be undone while its grace lasts")
_NOT_DELETED = _unreachable("there is a restore link only while the account is deleted")
_SIGNED_OUT_ONLY = _keep("it ends sessions, and is no sign that a secret was stolen")

TABLE: Mapping[Thing, Mapping[Event, Cell]] = {
    Thing.SESSIONS: _row(VOID, {Event.PASSWORD_CHANGE: _OTHERS, Event.END_ALL: _OTHERS}),
    Thing.EMAIL_CHANGE: _row(VOID),
    Thing.RESET_LINKS: _row(VOID, {Event.END_ALL: _SIGNED_OUT_ONLY}),
    Thing.SIGN_IN_CODES: _row(VOID),
    Thing.OLDER_UNDO_LINKS: _row(_OWNERS, {Event.CLAIM: VOID}),
    Thing.YOUNGER_UNDO_LINKS: _row(
        _OWNERS,
        {
            Event.CLAIM: VOID,
            Event.NOT_ME: Cell(Fate.SINCE),
            Event.UNDO: Cell(Fate.SINCE, "every address that came after the one that takes the account back"),
        },
    ),
    # The owner may have ignored the first alert. Were its link void after the next event, which the intruder can cause,
    # only younger alerts would be left, and what was added before them would stay.
    Thing.NOT_ME_LINKS: _row(
        _keep("an older alert reaches further back; it works only at the account's own addresses"),
        {Event.UNDO: Cell(Fate.ELSEWHERE, "the younger address may be an intruder's"), Event.CLAIM: VOID},
    ),
    Thing.RESTORE_LINKS: _row(
        _NOT_DELETED,
        {
            Event.UNDO: Cell(Fate.VOID, "a deletion since then is undone"),
            Event.CLAIM: VOID,
            Event.DELETE: Cell(Fate.REPLACED, "a new one, to the address and to each with an open undo"),
        },
    ),
    Thing.RECOVERY: _row(VOID, {Event.FACTOR_RECOVERY: _REPLACED}),
    Thing.PASSWORD: _row(
        VOID,
        {
            Event.RESET: _REPLACED,
            Event.PASSWORD_CHANGE: _REPLACED,
            Event.END_ALL: _SIGNED_OUT_ONLY,
            Event.DISABLE: _keep("refused while the account is disabled"),
            Event.DELETE: _GRACE,
            Event.FACTOR_RECOVERY: _keep("it was just proved"),
        },
    ),
    Thing.FACTORS: _row(
        VOID,
        {
            Event.RESET: _keep("a reset touches no second factor (ASVS 6.4.3)"),
            Event.PASSWORD_CHANGE: _keep("the owner sees them listed"),
            Event.LOCKDOWN: _SINCE,
            Event.NOT_ME: _SINCE,
            Event.UNDO: _SINCE,
            Event.END_ALL: _SIGNED_OUT_ONLY,
            Event.DISABLE: _keep("refused while the account is disabled"),
            Event.DELETE: _GRACE,
        },
    ),
    # Access to the mailbox must not be enough to remove a second factor. When nothing of the factor is left, there is
    # the delayed recovery with its warnings (ASVS 6.4.4). A newer address, and so a demand made since, may have been an
    # intruder's.
    Thing.DEMAND: _row(
        _keep("where nothing of the factor is left, the delayed recovery applies"),
        {
            Event.UNDO: Cell(Fate.SINCE, "a demand from before the change of address stays"),
            Event.CLAIM: VOID,
            Event.FACTOR_RECOVERY: VOID,
        },
    ),
    Thing.TRUSTED_DEVICES: _row(VOID),
    Thing.API_KEYS: _row(
        VOID,
        {
            Event.PASSWORD_CHANGE: _keep("programs go on; the email lists them"),
            Event.END_ALL: _keep("programs go on; the email lists them"),
            Event.DISABLE: _keep("refused while the account is disabled"),
        },
    ),
    Thing.QUEUED_EMAIL: _row(_unreachable("it is worth what its secret is worth, which has a row of its own")),
    Thing.PASSWORD_FAILURES: _row(
        _keep("an attacker goes on guessing"), {Event.RESET: _REPLACED, Event.PASSWORD_CHANGE: _REPLACED}
    ),
    Thing.FACTOR_FAILURES: _row(_keep("an attacker goes on guessing"), {Event.FACTOR_RECOVERY: _REPLACED}),
}


@dataclass(frozen=True, slots=True)
class TakenBack:
    """What an event voided and kept: the number of each thing, for things of which there were any."""

    voided: Mapping[Thing, int] = field(default_factory=dict)
    kept: Mapping[Thing, int] = field(default_factory=dict)

    def lists(self) -> dict[str, Mapping[Thing, int]]:
        """Return the non-empty ones of the two lists, under the names `taken_back` and `kept`."""
        return {name: things for name, things in (("taken_back", self.voided), ("kept", self.kept)) if things}

    def detail(self) -> dict[str, str]:
        """Return the lists for the audit log, each as a text of `name=count` pairs."""
        return {
            name: " ".join(f"{thing.name.lower()}={count}" for thing, count in things.items())
            for name, things in self.lists().items()
        }
