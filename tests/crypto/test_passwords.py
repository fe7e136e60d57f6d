"""Password hashes at their edges: 72 bytes, full queues, hashes of every kind, and what a wrong password costs."""

import os
import threading

import bcrypt
import pytest

from vestibule.crypto.passwords import HashPolicy, PasswordHashes, profile
from vestibule.domain.errors import Overloaded

CHEAP = {"argon2_memory_kib": 64, "argon2_time": 1, "bcrypt_cost": 4}
LONG = "é" * 36  # 72 bytes


@pytest.fixture
def argon2():
    hashes = PasswordHashes(HashPolicy(**CHEAP))
    yield hashes
    hashes.close()


@pytest.fixture
def old_style():
    hashes = PasswordHashes(HashPolicy(scheme="bcrypt", **CHEAP))
    yield hashes
    hashes.close()


class TestSeventyTwoBytes:
    @pytest.mark.parametrize(("password", "marked"), [("a" * 71, False), (LONG, False), (LONG + "a", True)])
    async def test_nothing_is_cut_on_either_side_of_the_limit(self, old_style, password, marked):
        stored = await old_style.hash(password)
        assert stored.startswith("bcrypt-sha384:") is marked
        assert await old_style.verify(stored, password)
        assert not await old_style.verify(stored, password[:-1])
        assert not await old_style.verify(stored, password + "b")

    async def test_a_longer_one_is_not_what_made_a_plain_hash_of_its_beginning(self, old_style):
        """Hashes that were imported: another program would have cut."""
        stored = bcrypt.hashpw(LONG.encode(), bcrypt.gensalt(4)).decode()
        assert await old_style.verify(stored, LONG)
        assert not await old_style.verify(stored, LONG + "anything")


class TestKinds:
    @pytest.mark.parametrize("password", ["short", LONG + "a"])
    @pytest.mark.parametrize("scheme", ["argon2", "old_style"])
    async def test_an_example_of_a_hash_is_of_its_kind(self, request, scheme, password):
        hashes = request.getfixturevalue(scheme)
        stored = await hashes.hash(password)
        example = await hashes.like(stored)
        assert profile(example) == profile(stored)
        assert not await hashes.verify(example, password)

    async def test_kinds_differ_by_algorithm_cost_and_marker(self, argon2, old_style):
        stored = [await argon2.hash("x"), await old_style.hash("x"), await old_style.hash(LONG + "a")]
        dearer = bcrypt.hashpw(b"x", bcrypt.gensalt(5)).decode()
        assert len({profile(text) for text in (*stored, dearer)}) == 4
        assert profile(stored[1]) == "$2b$04"
        assert profile(stored[2]) == "bcrypt-sha384:$2b$04"


class Counting(PasswordHashes):
    """Notes the kind of every hash that is checked."""

    def __init__(self, policy: HashPolicy) -> None:
        self.checked: list[str] = []
        super().__init__(policy)

    def _verify(self, stored: str, password: str) -> bool:
        self.checked.append(profile(stored))
        return super()._verify(stored, password)


class TestAWrongPasswordCostsTheSame:
    """Whoever it is for, one hash of every kind that is in use is checked (ASVS 6.3.8)."""

    @pytest.fixture
    async def counting(self, argon2, old_style):
        hashes = Counting(HashPolicy(**CHEAP))
        self.stored = {"argon2": await argon2.hash("right"), "bcrypt": await old_style.hash("right")}
        yield hashes
        hashes.close()

    @pytest.mark.parametrize("owner", ["argon2", "bcrypt", None])
    async def test_for_every_kind_of_user(self, counting, owner):
        examples = [await counting.like(stored) for stored in self.stored.values()]
        kinds = sorted(profile(stored) for stored in self.stored.values())
        assert not await counting.verify_alike(self.stored.get(owner), ["wrong"], examples)
        assert sorted(counting.checked) == kinds

    @pytest.mark.parametrize("owner", ["argon2", "bcrypt", None])
    async def test_once_for_each_form_that_it_may_have_been_hashed_from(self, counting, owner):
        examples = [await counting.like(stored) for stored in self.stored.values()]
        kinds = sorted(profile(stored) for stored in self.stored.values())
        assert not await counting.verify_alike(self.stored.get(owner), ["wrong", "as typed"], examples)
        assert sorted(counting.checked) == sorted(kinds * 2)

    async def test_and_the_right_one_is_checked_once(self, counting):
        examples = [await counting.like(stored) for stored in self.stored.values()]
        assert await counting.verify_alike(self.stored["bcrypt"], ["right", "as typed"], examples) == "right"
        assert counting.checked == [profile(self.stored["bcrypt"])]


class TestRoom:
    def test_is_for_as_many_as_work_and_wait_and_not_one_more(self):
        hashes = PasswordHashes(HashPolicy(**CHEAP, threads=2, queue=3))
        held = [hashes.room() for _ in range(5)]
        for room in held:
            room.__enter__()
        for _ in range(2):
            with pytest.raises(Overloaded), hashes.room():
                pass
        held.pop().__exit__(None, None, None)
        with hashes.room():
            pass
        # Hashes of requests that are gone count too, also when they are more than there is room for.
        hashes._running = 9
        with pytest.raises(Overloaded), hashes.room():
            pass
        hashes.close()


@pytest.mark.linux
async def test_hashing_threads_give_way():
    hashes = PasswordHashes(HashPolicy(**CHEAP))
    nice = await hashes._run(lambda: os.getpriority(os.PRIO_PROCESS, threading.get_native_id()))
    assert nice == os.getpriority(os.PRIO_PROCESS, 0) + 10 or nice == 10
    hashes.close()
