"""Model check of account takeovers: searches every order of an intruder's steps for one that an owner cannot undo.

The table of `taking_back` is compiled to a state machine. The intruder begins with less than the owner (a session and
the password, or an account registered with another person's address) and collects more. The owner then takes the
account back in each possible way. What the intruder has left must not open the account. The search is breadth first,
so that a path that evades the table is a shortest one.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from vestibule.domain.taking_back import TABLE, Cell, Event, Fate, Thing

Table = Mapping[Thing, Mapping[Event, Cell]]
_MOST_MOVES = 2
# Things that by themselves let an intruder in or lock the owner out.
_OPENS = (
    Thing.SESSIONS,
    Thing.PASSWORD,
    Thing.FACTORS,
    Thing.API_KEYS,
    Thing.SIGN_IN_CODES,
    Thing.RESET_LINKS,
    Thing.EMAIL_CHANGE,
    Thing.YOUNGER_UNDO_LINKS,
    Thing.NOT_ME_LINKS,
    Thing.RECOVERY,
)
_GONE = frozenset({Fate.VOID, Fate.OTHERS, Fate.ELSEWHERE, Fate.SINCE, Fate.REPLACED})


@dataclass(frozen=True, slots=True)
class _State:
    """What the intruder has, and the account's state. `moves`: how often they changed its address to theirs."""

    held: frozenset[Thing]
    moves: int = 0
    is_verified: bool = True
    is_deleted: bool = False


_BEGINNINGS = {
    "a session and the password": _State(frozenset({Thing.SESSIONS, Thing.PASSWORD})),
    "an account registered with another's address": _State(
        frozenset({Thing.SESSIONS, Thing.PASSWORD}), is_verified=False
    ),
}


@dataclass(frozen=True, slots=True)
class Takeover:
    """A takeover that the owner cannot undo: the intruder's path, the owner's events, and what is left to the intruder
    (or still denied to the owner).
    """

    path: tuple[str, ...]
    events: tuple[Event, ...]
    left: tuple[str, ...]

    def __str__(self) -> str:
        taken = " then ".join(self.events)
        return f"{' > '.join(self.path)} > owner: {taken} > left: {', '.join(self.left)}"


def check(table: Table = TABLE) -> list[Takeover]:
    """Return a shortest path for each way of taking back and each set of things left; empty when the table is sound."""
    found: dict[tuple[tuple[Event, ...], tuple[str, ...]], Takeover] = {}
    for path, state in _reachable():
        for events in _recoveries(state):
            left = _left(state, events, table)
            if left:
                found.setdefault((events, left), Takeover(path, events, left))
    return list(found.values())


def _reachable() -> Iterator[tuple[tuple[str, ...], _State]]:
    waiting: list[tuple[tuple[str, ...], _State]] = [((name,), state) for name, state in _BEGINNINGS.items()]
    seen = {state for _, state in waiting}
    for path, state in waiting:
        yield path, state
        for step, after in _steps(state):
            if after not in seen:
                seen.add(after)
                waiting.append(((*path, step), after))


def _steps(state: _State) -> Iterator[tuple[str, _State]]:
    """The next steps open to the intruder, with the state after each."""
    if Thing.SESSIONS not in state.held or state.is_deleted:
        return
    for thing in _within_reach(state) - state.held:
        yield f"gets {thing}", replace(state, held=state.held | {thing})
    if Thing.EMAIL_CHANGE in state.held and state.moves < _MOST_MOVES:
        # Confirming the change moves the address. The mailbox before it gets an undo link: first the owner's mailbox,
        # then one of the intruder's.
        more = {Thing.YOUNGER_UNDO_LINKS} if state.moves else set()
        held = state.held - {Thing.EMAIL_CHANGE} | more
        yield "moves the address", replace(state, held=held, moves=state.moves + 1)
    if state.is_verified:
        restore = {Thing.RESTORE_LINKS} if state.moves else set()
        yield "deletes the account", replace(state, held=state.held | restore, is_deleted=True)


def _within_reach(state: _State) -> set[Thing]:
    reach = {Thing.FACTORS, Thing.API_KEYS, Thing.TRUSTED_DEVICES, Thing.RECOVERY}
    if state.is_verified:
        reach.add(Thing.EMAIL_CHANGE)
    if state.moves:
        reach |= {Thing.RESET_LINKS, Thing.SIGN_IN_CODES, Thing.NOT_ME_LINKS}
    return reach


def _recoveries(state: _State) -> Sequence[tuple[Event, ...]]:
    """The ways in which the owner can take the account back, with the mailbox that it had at first."""
    if not state.is_verified:
        return [(Event.CLAIM,)]
    if state.moves:
        return [(Event.UNDO, Event.RESET)]
    if state.is_deleted:
        return []  # the restore link is the owner's, and everything else comes after it
    thorough: list[tuple[Event, ...]] = [(Event.NOT_ME, Event.RESET), (Event.LOCKDOWN, Event.RESET)]
    # A reset and a password change show what they keep. An owner who sees a passkey or an API key that is not theirs
    # uses one of the thorough ways instead.
    if Thing.FACTORS not in state.held:
        thorough.append((Event.RESET,))
        if Thing.API_KEYS not in state.held:
            thorough.append((Event.PASSWORD_CHANGE,))
    return thorough


def _left(state: _State, events: Sequence[Event], table: Table) -> tuple[str, ...]:
    """What the intruder can still use, or the owner still lacks, after these events."""
    held = state.held
    for event in events:
        held = frozenset(thing for thing in held if table[thing][event].fate not in _GONE)
    left: list[str] = [thing for thing in _OPENS if thing in held]
    restored = any(table[Thing.RESTORE_LINKS][event].fate is Fate.VOID for event in events)
    if state.is_deleted and not restored:
        left.append("the account is deleted")
    return tuple(left)
