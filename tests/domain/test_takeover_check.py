"""The search for a way past the table: it finds none, and it finds each hole when its mend is taken out."""

import pytest

from vestibule.domain.takeover_check import check
from vestibule.domain.taking_back import TABLE, Cell, Event, Fate, Thing

KEEP = Cell(Fate.KEEP, "a mutant")
# The holes that were found by attacking, each by the cell that closes it.
MUTANTS = {
    "B1: a change of address outlives a reset": (Thing.EMAIL_CHANGE, Event.RESET),
    "B1: and a change of the password": (Thing.EMAIL_CHANGE, Event.PASSWORD_CHANGE),
    "B2: an undo link to a younger address outlives the undo": (Thing.YOUNGER_UNDO_LINKS, Event.UNDO),
    "B3: a factor added since outlives the undo": (Thing.FACTORS, Event.UNDO),
    "B3: and a lockdown": (Thing.FACTORS, Event.LOCKDOWN),
    "B3: and the password, until the reset": (Thing.FACTORS, Event.NOT_ME),
    "B4: an API key outlives the claim": (Thing.API_KEYS, Event.CLAIM),
    "B5: a deletion outlives the undo": (Thing.RESTORE_LINKS, Event.UNDO),
    "B9: a password outlives the claim": (Thing.PASSWORD, Event.CLAIM),
}


def mutant(*cells):
    table = {thing: dict(row) for thing, row in TABLE.items()}
    for thing, event in cells:
        table[thing][event] = KEEP
    return table


def test_nobody_gets_past_the_table():
    assert check() == []


@pytest.mark.parametrize("name", MUTANTS)
def test_a_table_with_a_hole_is_found(name):
    found = check(mutant(MUTANTS[name]))
    assert found, name
    assert all(MUTANTS[name][1] in takeover.events for takeover in found)


def test_an_old_not_me_link_is_found():
    """B6: the undo voids it, and so does the reset after it; without both it removes the owner's new password."""
    found = check(mutant((Thing.NOT_ME_LINKS, Event.UNDO), (Thing.NOT_ME_LINKS, Event.RESET)))
    assert any("not-me links" in takeover.left for takeover in found)
    assert str(found[0]).startswith("a session and the password > ")


@pytest.mark.parametrize("thing", [Thing.SESSIONS, Thing.API_KEYS, Thing.PASSWORD, Thing.RECOVERY, Thing.SIGN_IN_CODES])
def test_a_thing_that_no_event_voids_is_found(thing):
    assert check(mutant(*((thing, event) for event in Event)))
