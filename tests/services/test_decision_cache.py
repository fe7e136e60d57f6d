"""The decision cache by itself: bounded, one signature a minute, and no decision that was made for another session."""

import jwt
import pytest

from vestibule.domain.access_rule import SIGNED_IN, Requirement
from vestibule.domain.instant import MINUTE, SECOND
from vestibule.services.access.decision_cache import DecisionCache
from vestibule.services.access.forward_auth import Allowed

APP, OTHER = "https://app.example.com", "https://other.example.com"
PUBLIC = Requirement(public=True)


@pytest.fixture
def decisions(vestibule):
    """The answer is the token itself."""
    return DecisionCache(vestibule.services.access.forward_auth, vestibule.clock, lambda _, token: token)


@pytest.fixture
async def session(vestibule):
    browser = vestibule.browser()
    await browser.register()
    checked = await vestibule.services.access.session_check.by_cookie(browser.http.cookies["vestibule_session"])
    return checked.session


@pytest.fixture
async def remembered(decisions, session):
    """The cache, which allowed this session's request `key` before, and the token that it answered with."""
    allowed = Allowed(APP, SIGNED_IN, session)
    decisions.remember("key", allowed)
    return decisions, await decisions.answer(allowed)


class TestRequests:
    def test_what_was_never_allowed_is_not_there(self, decisions, session):
        assert decisions.cached("key", session) is decisions.cached("key", None) is None

    async def test_what_was_allowed_is_there_for_whom_the_rule_admits(self, remembered, session):
        decisions, token = remembered
        assert decisions.cached("key", session) == token
        assert decisions.cached("key", None) is None

    @pytest.mark.parametrize(
        "requirement",
        [Requirement(closed=True), Requirement(aal=2), Requirement(roles=frozenset({"admin"})),
         Requirement(verified_email=True)],
    )  # fmt: skip
    async def test_every_session_is_held_against_the_rule_anew(self, remembered, session, requirement):
        decisions, _ = remembered
        decisions.remember("key", Allowed(APP, requirement, session))
        assert decisions.cached("key", session) is None

    async def test_a_public_one_is_for_strangers_too_and_names_who_is_signed_in(self, remembered, session):
        decisions, _ = remembered
        decisions.remember("key", Allowed(APP, PUBLIC, None))
        assert decisions.cached("key", None) == ""
        assert said(decisions.cached("key", session))["sub"] == session.user_id

    def test_the_oldest_is_dropped_first(self, decisions):
        for number in range(2_001):
            decisions.remember(number, Allowed(APP, PUBLIC, None))
        assert decisions.cached(0, None) is None
        assert decisions.cached(1, None) == decisions.cached(2_000, None) == ""


class TestAnswers:
    async def test_one_signature_serves_every_path_of_an_origin(self, remembered, session):
        decisions, token = remembered
        for path in range(30):
            allowed = Allowed(APP, SIGNED_IN, session)
            decisions.remember(path, allowed)
            assert await decisions.answer(allowed) == decisions.cached(path, session) == token

    async def test_another_origin_has_one_of_its_own(self, remembered, session):
        decisions, token = remembered
        decisions.remember("other", Allowed(OTHER, SIGNED_IN, session))
        assert [said(decisions.cached(key, session))["aud"] for key in ("key", "other", "key")] == [APP, OTHER, APP]
        assert decisions.cached("key", session) == token

    async def test_it_lasts_a_minute_and_no_longer(self, vestibule, remembered, session):
        decisions, token = remembered
        vestibule.clock.advance(MINUTE - SECOND)
        await vestibule.services.tokens.signing_keys.signer()
        assert decisions.cached("key", session) == token
        vestibule.clock.advance(SECOND)
        again = decisions.cached("key", session)
        assert again not in (None, token)
        assert said(again)["exp"] > said(token)["exp"]
        assert decisions.cached("key", session) == again

    async def test_without_a_key_at_hand_nothing_is_signed_at_once(self, vestibule, remembered, session):
        decisions, token = remembered
        vestibule.clock.advance(MINUTE)
        assert decisions.cached("key", session) is None
        assert await decisions.answer(Allowed(APP, SIGNED_IN, session)) not in ("", token)

    async def test_a_session_that_was_only_used_keeps_it(self, remembered, session):
        decisions, token = remembered
        used = session._replace(last_seen_at=session.last_seen_at + 1, idle_expires_at=session.idle_expires_at + 1)
        assert decisions.cached("key", used) == token

    async def test_any_other_change_makes_a_new_one(self, remembered, session):
        decisions, token = remembered
        for name in set(session._fields) - {"last_seen_at", "idle_expires_at"}:
            await decisions.answer(Allowed(APP, SIGNED_IN, session))
            other = OTHERS.get(type(getattr(session, name)), "other")
            assert decisions.cached("key", session._replace(**{name: other})) not in (None, token), name

    async def test_long_names_are_signed_each_time_and_not_kept(self, remembered, session):
        decisions, _ = remembered
        long = session._replace(id="session_long", roles=tuple(f"role-{number}" for number in range(500)))
        one, other = (decisions.cached("key", long) for _ in range(2))
        assert said(one)["roles"] == said(other)["roles"] == list(long.roles)
        assert one != other

    async def test_the_oldest_is_dropped_first(self, remembered, session):
        decisions, token = remembered
        for number in range(2_000):
            decisions.cached("key", session._replace(id=f"session_{number}"))
        newest = session._replace(id="session_1999")
        assert decisions.cached("key", newest) == decisions.cached("key", newest)
        assert decisions.cached("key", session) not in (None, token)


OTHERS = {int: 7, tuple: ("other",)}


def said(token):
    return jwt.decode(token, options={"verify_signature": False})
