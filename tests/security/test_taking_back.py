"""Taking an account back takes everything back: each cell of the table, for real."""

import pytest
from accounts import WITHOUT_LIMITS
from taken import FIRED, HELD, Account

from vestibule.domain.taking_back import TABLE, Event, Fate, Thing

# What an account whose address was never proved cannot have.
NEVER_UNVERIFIED = {Thing.OLDER_UNDO_LINKS, Thing.YOUNGER_UNDO_LINKS, Thing.RECOVERY}
UNDOS = {Thing.OLDER_UNDO_LINKS, Thing.YOUNGER_UNDO_LINKS}
# What the account of every story has; these come with it.
OLD = {"an old passkey", "an old demand", "an attempt under way"}


@pytest.fixture
async def vestibule(start):
    async with start(**WITHOUT_LIMITS, RECOVERY_DELAY="2d") as system:
        yield system


def expected(event: Event, held: str) -> bool | None:
    """Whether the thing still works after the event; None when the event replaces it."""
    thing, _, is_old = HELD[held]
    fate = TABLE[thing][event].fate
    if fate is Fate.REPLACED:
        return None if thing is Thing.RECOVERY else False
    return fate is Fate.KEEP or (fate is Fate.SINCE and is_old)


@pytest.mark.parametrize("event", Event)
async def test_every_cell_of_the_table_holds(vestibule, event):
    came, wanted = {}, {}
    for number, (held, (thing, make, _)) in enumerate(HELD.items()):
        if event is Event.CLAIM and (thing in NEVER_UNVERIFIED or held in OLD):
            continue
        account = Account(vestibule, f"user{number}{event.name.lower().replace('_', '')}")
        await account.register(verified=event is not Event.CLAIM)
        if event is Event.UNDO or thing in UNDOS:
            for letter in "bcd":
                await account.move(letter)
        alive = await make(account)
        await FIRED[event](account)
        if (wanted_now := expected(event, held)) is not None:
            came[held], wanted[held] = await alive(), wanted_now
    assert came == wanted


def test_the_table_says_something_of_every_event_and_thing():
    assert set(TABLE) == set(Thing)
    for thing, row in TABLE.items():
        assert set(row) == set(Event), thing
        for cell in row.values():
            assert cell.reason or cell.fate not in (Fate.KEEP, Fate.UNREACHABLE)
    assert set(FIRED) == set(Event)
