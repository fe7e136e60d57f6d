"""Pending items: one struct for each purpose, of which a challenge or a seed is used once, and none is shown."""

import json
from typing import get_type_hints

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vestibule.domain.login import AttemptPurpose, LoginAttempt, NeedsStep, Offer
from vestibule.domain.new_user import NewUser, WaitingRegistration
from vestibule.domain.pending import (
    Context,
    Delivery,
    EnrolmentChallenge,
    PasskeyChallenge,
    PendingItem,
    PendingItems,
    RequestOrigin,
    SingleUse,
    TokenDelivery,
    TotpSeed,
)
from vestibule.domain.session import SessionType

SECRET = "vA1ue-that-is-shown-nowhere"


class AuthorizationRequest(SingleUse, frozen=True):
    """A kind as the next release may add one: one class, and no other edit."""

    client_id: str
    scopes: tuple[str, ...]
    claims: dict[str, list[str]]
    nonce: str | None = None
    max_age: int | None = None


class FederationState(Context, frozen=True):
    """Another."""

    provider: str
    code_verifier: str
    started_at: int


def kinds(base=PendingItem):
    """Every class of items that the program has, and those above."""
    found = [base] if base.__struct_fields__ and not base.__name__.startswith("_") else []
    return sorted(
        {*found, *(kind for below in base.__subclasses__() for kind in kinds(below))}, key=lambda k: k.__name__
    )


# What their makers guarantee: ids, sealed values and addresses have no blank; a waiting registration has no password.
WORD = st.text(st.characters(exclude_characters=" ", exclude_categories=["Cs"]))
TEXT = st.text(st.characters(exclude_categories=["Cs"]))
JSON_VALUE = st.one_of(st.none(), st.booleans(), st.integers(-(2**53), 2**53), TEXT)
FIELDS = {
    (TotpSeed, "id"): WORD,
    (TotpSeed, "sealed"): WORD,
    (RequestOrigin, "address"): WORD,
    (WaitingRegistration, "new"): st.builds(
        NewUser, TEXT, TEXT, st.none(), st.none() | TEXT, st.dictionaries(TEXT, st.none() | TEXT),
        st.dictionaries(TEXT, JSON_VALUE),
    ),
    (AuthorizationRequest, "max_age"): st.none() | st.integers(0, 2**53),
    (FederationState, "started_at"): st.integers(0, 2**53),
}  # fmt: skip


def field_of(kind, name, hint):
    if (kind, name) in FIELDS:
        return FIELDS[kind, name]
    return TEXT if hint is str else st.from_type(hint)


def items_of(kind):
    hints = get_type_hints(kind)
    return st.builds(kind, **{name: field_of(kind, name, hints[name]) for name in kind.__struct_fields__})


def attempt(*items):
    purpose = AttemptPurpose.SIGN_IN
    new = LoginAttempt("a", purpose, SessionType.COOKIE, None, None, "", None, (), PendingItems(), 0, 5, 9)
    return new.awaiting(*items)


def stored(items):
    """The items as they come back from the row."""
    return PendingItems(json.loads(json.dumps(dict(items.texts), sort_keys=True)))


# Other tests in this process may have classes of their own.
EVERY = [kind for kind in kinds() if kind.__module__ == __name__ or kind.__module__.startswith("vestibule.")]


def test_the_kinds_are_these():
    assert {kind.__name__ for kind in EVERY} == {
        "AuthorizationRequest", "Delivery", "EnrolmentChallenge", "FederationState", "PasskeyChallenge", "RequestOrigin",
        "TotpSeed", "WaitingRegistration",
    }  # fmt: skip


@pytest.mark.parametrize("kind", EVERY)
class TestEveryKind:
    @given(data=st.data())
    def test_comes_back_from_the_row_as_it_was(self, kind, data):
        item = data.draw(items_of(kind))
        assert stored(PendingItems().plus(item)).find(kind) == item

    @given(data=st.data())
    def test_is_stored_as_texts_in_one_way_only(self, kind, data):
        item = data.draw(items_of(kind))
        texts = item.to_texts()
        assert all(isinstance(name, str) and isinstance(text, str) for name, text in texts.items())
        again = stored(PendingItems().plus(item)).find(kind)
        assert again.to_texts() == texts

    @given(data=st.data())
    def test_leaves_the_others_alone(self, kind, data):
        every = [data.draw(items_of(other)) for other in EVERY]
        (mine,) = (item for item in every if type(item) is kind)
        rest = stored(attempt(*every).pending.minus(mine))
        assert rest.find(kind) is None
        assert [rest.find(type(item)) for item in every if item is not mine] == [i for i in every if i is not mine]

    @given(data=st.data())
    def test_shows_no_value(self, kind, data):
        item = data.draw(items_of(kind))
        text = f"{item!r} {item} {attempt(item)!r} {attempt(item).pending!r} {Offer('m', {}, item)!r}"
        assert text.count("…") == 3

    @pytest.mark.parametrize("text", ["", "{}", "[]", "null", "1", "x", '{"type":"Other"}', "\x00", "[1,2,3,4]"])
    def test_that_cannot_be_read_has_expired(self, kind, text):
        items = PendingItems(dict.fromkeys(("challenge", "wanted", *kind_names(kind)), text))
        assert items.find(kind) is None or kind in (PasskeyChallenge, EnrolmentChallenge)

    def test_has_a_place_of_its_own(self, kind):
        others = {name for other in EVERY if other is not kind for name in kind_names(other)}
        assert kind_names(kind).isdisjoint(others)


def kind_names(kind):
    return {kind.__struct_config__.tag} if kind is not WaitingRegistration else {"challenge", "wanted"}


SINGLE = [kind for kind in EVERY if issubclass(kind, SingleUse)]


@pytest.mark.parametrize("kind", SINGLE)
@given(data=st.data())
def test_a_single_use_item_is_taken_once(kind, data):
    item = data.draw(items_of(kind))
    taken, rest = attempt(Delivery(TokenDelivery.COOKIE), item).take(kind)
    assert taken == item
    assert rest.take(kind) is None
    assert rest.context(Delivery) == Delivery(TokenDelivery.COOKIE)


def test_a_new_item_takes_the_place_of_the_one_of_its_class():
    before = attempt(PasskeyChallenge("one"), EnrolmentChallenge("two"))
    after = before.awaiting(PasskeyChallenge("three"))
    assert [after.pending.find(kind).challenge for kind in (PasskeyChallenge, EnrolmentChallenge)] == ["three", "two"]


def test_secrets_of_an_offer_and_of_an_attempt_are_in_no_repr():
    offer = Offer("passkey", {"publicKey": {"challenge": SECRET}}, PasskeyChallenge(SECRET))
    assert SECRET not in repr(NeedsStep(attempt(offer.pending), (offer,), SECRET))


# What code of revision 0013 and before wrote, in the column `notes`; it serves beside this code during an upgrade.
SEED = "totp_01k sealed.text=="
OLDER = [
    ({"passkey": "Y2hhbGxlbmdl"}, PasskeyChallenge("Y2hhbGxlbmdl")),
    ({"enrolment": "Y2hhbGxlbmdl"}, EnrolmentChallenge("Y2hhbGxlbmdl")),
    ({"totp": SEED}, TotpSeed("totp_01k", "sealed.text==")),
    ({"delivery": "cookie"}, Delivery(TokenDelivery.COOKIE)),
    ({"delivery": "body"}, Delivery(TokenDelivery.BODY)),
    ({"from": "17 - Firefox on Linux"}, RequestOrigin(17, "-", "Firefox on Linux")),
    ({"from": "17 2001:db8::1 -"}, RequestOrigin(17, "2001:db8::1", "-")),
    (
        {
            "challenge": "Y2hhbGxlbmdl",
            "wanted": '["user_01k", "ada", "ada@example.com", null]',
            "names": '{"name": "Ad\\u00e4"}',
            "profile": '{"plan": "free"}',
        },
        WaitingRegistration(
            "user_01k", "Y2hhbGxlbmdl",
            NewUser("ada", "ada@example.com", None, None, {"name": "Adä"}, {"plan": "free"}),
        ),
    ),
]  # fmt: skip


@pytest.mark.parametrize(("texts", "item"), OLDER)
class TestARollingUpgrade:
    def test_reads_what_the_older_release_wrote(self, texts, item):
        assert PendingItems(texts).find(type(item)) == item

    def test_writes_what_the_older_release_reads(self, texts, item):
        assert item.to_texts() == texts


def test_a_registration_before_revision_0013_has_no_names():
    texts = {"challenge": "Yw", "wanted": '["user_01k", "ada", "ada@example.com", "de"]'}
    item = PendingItems(texts).find(WaitingRegistration)
    assert (item.new.locale, item.new.names, item.new.profile) == ("de", {}, {})


def test_what_a_newer_release_added_is_kept_as_it_is():
    newer = PendingItems({"FutureKind": '{"of": ["a", "newer", "release"]}', "passkey": "Yw"})
    rest = newer.minus(PasskeyChallenge("Yw")).plus(Delivery(TokenDelivery.BODY))
    assert rest.texts == {"FutureKind": '{"of": ["a", "newer", "release"]}', "delivery": "body"}
