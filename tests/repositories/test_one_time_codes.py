from dataclasses import replace

import pytest

from factories import NOW
from repositories.contracts import already_exists, contract, takes_portions_of_three
from vestibule.domain.instant import HOUR
from vestibule.domain.one_time_code import CodeForm, CodePurpose
from vestibule.repositories.one_time_codes import OneTimeCodes

SIGN_IN, RESET, UNDO = CodePurpose.SIGN_IN, CodePurpose.PASSWORD_RESET, CodePurpose.EMAIL_UNDO
ENDED = {"used": {"used_at": NOW}, "voided": {"voided_at": NOW}, "expired": {"expires_at": NOW}}


async def ended(work, *codes) -> list[str]:
    """Why each does not work, in the words of the domain; empty: it does."""
    return [(await work.one_time_codes.find_flow(code.flow_id)).ended(NOW) for code in codes]


class TestFinding:
    @pytest.mark.parametrize("state", [{}, *ENDED.values()], ids=["live", *ENDED])
    @contract(OneTimeCodes.add, OneTimeCodes.find_link, OneTimeCodes.find_flow)
    async def test_a_link_is_found_in_any_state_by_its_hash_and_purpose(self, work, make, state):
        link = await make.code(await make.user(), **state)
        assert await work.one_time_codes.find_link(SIGN_IN, link.code_hash) == link
        assert await work.one_time_codes.find_flow(link.flow_id) == link
        assert await work.one_time_codes.find_link(RESET, link.code_hash) is None
        assert await work.one_time_codes.find_link(SIGN_IN, "another") is None
        assert await work.one_time_codes.find_flow("flow_none") is None

    @contract(OneTimeCodes.find_link)
    async def test_six_digits_are_no_link(self, work, make):
        digits = await make.code(await make.user(), form=CodeForm.DIGITS)
        assert await work.one_time_codes.find_link(SIGN_IN, digits.code_hash) is None

    @contract(OneTimeCodes.add)
    async def test_a_hash_is_stored_once_for_a_purpose(self, work, make):
        alice = await make.user()
        code = await make.code(alice)
        await make.code(alice, code_hash=code.code_hash, purpose=RESET)
        with already_exists():
            await make.code(alice, code_hash=code.code_hash)

    @contract(OneTimeCodes.latest_digits, OneTimeCodes.newest_digits)
    async def test_the_newest_digits_of_a_user_bound_to_a_value_or_to_any(self, work, make):
        alice, bob = await make.user(), await make.user("bob")
        six = {"form": CodeForm.DIGITS}
        await make.code(alice, **six, bound_value="a")
        bound = await make.code(alice, **six, bound_value="a", used_at=NOW)
        await make.code(alice, **six, bound_value="b", created_at=NOW + 1)
        elsewhere = await make.code(alice, **six, bound_value="b", created_at=NOW + 1)
        await make.code(alice, **six, bound_value="a", created_at=NOW - 1)
        await make.code(alice, bound_value="a", created_at=NOW + 2)
        await make.code(alice, **six, bound_value="a", created_at=NOW + 2, purpose=RESET)
        await make.code(bob, **six, bound_value="a", created_at=NOW + 2)
        assert await work.one_time_codes.latest_digits(SIGN_IN, alice.id, "a") == bound
        assert await work.one_time_codes.newest_digits(SIGN_IN, alice.id) == elsewhere
        assert await work.one_time_codes.latest_digits(SIGN_IN, alice.id, "c") is None
        assert await work.one_time_codes.newest_digits(UNDO, alice.id) is None


class TestConsuming:
    @contract(OneTimeCodes.consume)
    async def test_a_code_works_once_and_takes_the_others_of_its_email_along(self, work, make):
        alice = await make.user()
        link = await make.code(alice)
        digits = await make.code(alice, flow_id=link.flow_id, form=CodeForm.DIGITS)
        voided = await make.code(alice, flow_id=link.flow_id, voided_at=NOW)
        other = await make.code(alice)
        assert [await work.one_time_codes.consume(link.id, SIGN_IN, NOW) for _ in range(2)] == [True, False]
        assert not await work.one_time_codes.consume(digits.id, SIGN_IN, NOW)
        assert (await work.one_time_codes.newest_digits(SIGN_IN, alice.id)).used_at == NOW
        assert await work.one_time_codes.find_link(SIGN_IN, link.code_hash) == replace(link, used_at=NOW)
        assert await work.one_time_codes.find_link(SIGN_IN, voided.code_hash) == voided
        assert await ended(work, other) == [""]

    @contract(OneTimeCodes.consume)
    async def test_a_code_works_for_its_purpose_only(self, work, make):
        code = await make.code(await make.user())
        assert not await work.one_time_codes.consume(code.id, RESET, NOW)
        assert not await work.one_time_codes.consume("code_none", SIGN_IN, NOW)
        assert await ended(work, code) == [""]

    @pytest.mark.parametrize("state", ENDED.values(), ids=ENDED)
    @contract(OneTimeCodes.consume)
    async def test_what_has_ended_works_no_more_and_spends_nothing(self, work, make, state):
        alice = await make.user()
        code = await make.code(alice, **state)
        sibling = await make.code(alice, flow_id=code.flow_id, form=CodeForm.DIGITS)
        assert not await work.one_time_codes.consume(code.id, SIGN_IN, NOW)
        assert await work.one_time_codes.newest_digits(SIGN_IN, alice.id) == sibling

    @contract(OneTimeCodes.consume)
    async def test_a_code_works_until_a_microsecond_before_its_expiry(self, work, make):
        code = await make.code(await make.user())
        assert not await work.one_time_codes.consume(code.id, SIGN_IN, NOW + HOUR)
        assert await work.one_time_codes.consume(code.id, SIGN_IN, NOW + HOUR - 1)


class TestVoiding:
    @contract(OneTimeCodes.void)
    async def test_a_user_s_live_codes_of_a_purpose_or_those_bound_to_one_value(self, work, make):
        alice, bob = await make.user(), await make.user("bob")
        bound, other = await make.code(alice, bound_value="a"), await make.code(alice, bound_value="b")
        used, reset, bobs = (
            await make.code(alice, used_at=NOW),
            await make.code(alice, purpose=RESET),
            await make.code(bob),
        )
        assert await work.one_time_codes.void(alice.id, SIGN_IN, NOW, bound_value="a") == 1
        assert await ended(work, bound, other) == ["void", ""]
        assert [await work.one_time_codes.void(alice.id, SIGN_IN, NOW) for _ in range(2)] == [1, 0]
        assert await ended(work, bound, other, used, reset, bobs) == ["void", "void", "used", "", ""]

    @contract(OneTimeCodes.void_bound_elsewhere)
    async def test_those_bound_to_another_value(self, work, make):
        alice, bob = await make.user(), await make.user("bob")
        here, there = await make.code(alice, bound_value="a"), await make.code(alice, bound_value="b")
        bobs = await make.code(bob, bound_value="b")
        assert [await work.one_time_codes.void_bound_elsewhere(alice.id, SIGN_IN, "a", NOW) for _ in range(2)] == [1, 0]
        assert await ended(work, here, there, bobs) == ["", "void", ""]


class TestUndoing:
    async def chain(self, make, user, *moments, **changes):
        """Undo links to the addresses that the account had, each made when the next address became the account's."""
        return [
            await make.code(user, purpose=UNDO, bound_value=f"address {at}", created_at=NOW + at, **changes)
            for at in moments
        ]

    @contract(OneTimeCodes.void_younger_undos)
    async def test_links_to_addresses_that_came_at_a_moment_or_later(self, work, make):
        alice, bob = await make.user(), await make.user("bob")
        first, second, third = await self.chain(make, alice, 1, 2, 3)
        bobs = await self.chain(make, bob, 1, 2)
        other = await make.code(alice, created_at=NOW + 9)
        # The address of the third link became the account's when the second was made: at NOW + 2.
        assert await work.one_time_codes.void_younger_undos(alice.id, NOW + 2, NOW, live=False) == 1
        assert await ended(work, first, second, third, other, *bobs) == ["", "", "void", "", "", ""]
        assert await work.one_time_codes.void_younger_undos(alice.id, NOW + 1, NOW, live=False) == 1
        assert await ended(work, first, second) == ["", "void"]

    @pytest.mark.parametrize("state", ENDED.values(), ids=ENDED)
    @contract(OneTimeCodes.void_younger_undos)
    async def test_with_live_an_ended_link_is_none_before_another(self, work, make, state):
        alice = await make.user()
        await self.chain(make, alice, 1, **state)
        (second,) = await self.chain(make, alice, 2)
        assert await work.one_time_codes.void_younger_undos(alice.id, NOW, NOW, live=True) == 0
        assert await work.one_time_codes.void_younger_undos(alice.id, NOW, NOW, live=False) == 1
        assert await ended(work, second) == ["void"]

    @contract(OneTimeCodes.void_undos_after)
    async def test_links_that_were_made_after_a_moment(self, work, make):
        alice, bob = await make.user(), await make.user("bob")
        at, after = await self.chain(make, alice, 1, 2)
        (bobs,) = await self.chain(make, bob, 2)
        await work.one_time_codes.void_undos_after(alice.id, NOW + 1, NOW)
        assert await ended(work, at, after, bobs) == ["", "void", ""]

    @contract(OneTimeCodes.open_undos, OneTimeCodes.open_undo_addresses)
    async def test_addresses_that_may_still_take_the_account_back_oldest_first(self, work, make):
        alice, bob = await make.user(), await make.user("bob")
        await self.chain(make, alice, 2, 1)
        for number, state in enumerate(ENDED.values(), start=3):
            await self.chain(make, alice, number, **state)
        await self.chain(make, bob, 1)
        await make.code(alice)
        assert await work.one_time_codes.open_undos(alice.id, NOW) == [("address 1", NOW + 1), ("address 2", NOW + 2)]
        assert await work.one_time_codes.open_undo_addresses(alice.id, NOW) == ["address 1", "address 2"]


class TestPurging:
    @contract(OneTimeCodes.purge)
    async def test_expired_ones_go_in_portions(self, work, make):
        alice = await make.user()
        for at in (NOW - 1, NOW - 1, NOW - 1):
            await make.code(alice, expires_at=at)
        kept = await make.code(alice, expires_at=NOW)
        await takes_portions_of_three(lambda count: work.one_time_codes.purge(NOW, count))
        assert await work.one_time_codes.find_flow(kept.flow_id) == kept
