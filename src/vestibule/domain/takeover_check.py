"""Every order in which an intruder can collect things, searched for one that an owner cannot take back.

The table of `taking_back` is compiled to a state machine. The intruder begins with less than the owner (a session and
the password, or an account that they registered with somebody else's address) and collects; the owner then takes the
account back in each way that they have; what the intruder still holds must open nothing. Breadth first, so that a path
that gets past the table is the shortest one.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from vestibule.domain.taking_back import TABLE, Cell, Event, Fate, Thing

Table = Mapping[Thing, Mapping[Event, Cell]]
_MOST_MOVES = 2
# What lets its holder in, or puts the owner out, without anything else.
_OPENS = (
    Thing.SESSIONS, Thing.PASSWORD, Thing.FACTORS, Thing.API_KEYS, Thing.SIGN_IN_CODES, Thing.RESET_LINKS,
    Thing.EMAIL_CHANGE, Thing.YOUNGER_UNDO_LINKS, Thing.NOT_ME_LINKS, Thing.RECOVERY,
)  # fmt: skip
_GONE = frozenset({Fate.VOID, Fate.OTHERS, Fate.SINCE, Fate.REPLACED})


@dataclass(frozen=True, slots=True)
class _State:
    """What the intruder holds, and how the account stands. `moves`: changes of address to mailboxes of theirs."""

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
    """An intruder who is still in, or an owner who is still out: how it came, and by what."""

    path: tuple[str, ...]
    events: tuple[Event, ...]
    left: tuple[str, ...]

    def __str__(self) -> str:
        taken = " then ".join(self.events)
        return f"{' > '.join(self.path)} > owner: {taken} > left: {', '.join(self.left)}"


def check(table: Table = TABLE) -> list[Takeover]:
    """The shortest path for each way of taking back and each thing that is left; none when the table holds."""
    found: dict[tuple[tuple[Event, ...], tuple[str, ...]], Takeover] = {}
    for path, state in _reachable():
        for events in _ways_back(state):
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
    """What the intruder may do next with what they hold."""
    if Thing.SESSIONS not in state.held or state.is_deleted:
        return
    for thing in _within_reach(state) - state.held:
        yield f"gets {thing}", replace(state, held=state.held | {thing})
    if Thing.EMAIL_CHANGE in state.held and state.moves < _MOST_MOVES:
        # Confirming it moves the address. The mailbox before it gets an undo link: the owner's, then one of theirs.
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


def _ways_back(state: _State) -> Sequence[tuple[Event, ...]]:
    """What the owner can do, with the mailbox that the account had before."""
    if not state.is_verified:
        return [(Event.CLAIM,)]
    if state.moves:
        return [(Event.UNDO, Event.RESET)]
    if state.is_deleted:
        return []  # the restore link is the owner's, and everything else comes after it
    thorough: list[tuple[Event, ...]] = [(Event.NOT_ME, Event.RESET), (Event.LOCKDOWN, Event.RESET)]
    # These say themselves what they keep: an owner who is shown a passkey or a key of another's takes a thorough way.
    if Thing.FACTORS not in state.held:
        thorough.append((Event.RESET,))
        if Thing.API_KEYS not in state.held:
            thorough.append((Event.PASSWORD_CHANGE,))
    return thorough


def _left(state: _State, events: Sequence[Event], table: Table) -> tuple[str, ...]:
    """What the intruder can still use, or the owner still lacks."""
    held = state.held
    for event in events:
        held = frozenset(thing for thing in held if table[thing][event].fate not in _GONE)
    left: list[str] = [thing for thing in _OPENS if thing in held]
    restored = any(table[Thing.RESTORE_LINKS][event].fate is Fate.VOID for event in events)
    if state.is_deleted and not restored:
        left.append("the account is deleted")
    return tuple(left)
