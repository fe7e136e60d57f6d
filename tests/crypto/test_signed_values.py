"""Device cookies and puzzles: signed, bound, timed; each part alone is enough to be refused."""

import hashlib
import itertools

import pytest

from vestibule.crypto.device_cookies import SignedDeviceCookies
from vestibule.crypto.entropy import SystemEntropy
from vestibule.crypto.proof_of_work import Puzzles
from vestibule.domain.attack_detection import AttackDetectionPolicy, Tally

NOW = 1_800_000_000_000_000
SECOND = 1_000_000
COOKIES = SignedDeviceCookies((b"k" * 32,), SystemEntropy())
PUZZLES = Puzzles((b"k" * 32,), SystemEntropy())


def solve(puzzle: str, bits: int) -> str:
    answers = (f"{puzzle}:{n}" for n in itertools.count())
    return next(a for a in answers if int(hashlib.sha256(a.encode()).hexdigest(), 16) >> (256 - bits) == 0)


def fails(puzzle: str, bits: int) -> str:
    """An answer that is almost right: one bit short."""
    answers = (f"{puzzle}:{n}" for n in itertools.count())
    return next(a for a in answers if int(hashlib.sha256(a.encode()).hexdigest(), 16) >> (256 - bits) == 1)


class TestDeviceCookies:
    def test_say_which_browser_and_since_when(self):
        cookie = COOKIES.new("user_1", NOW)
        nonce, issued = COOKIES.read("user_1", cookie)
        assert issued == NOW
        assert cookie == f"vst_knw_{nonce}{NOW:016x}{cookie[-128:]}"
        assert COOKIES.new("user_1", NOW) != cookie

    def test_work_for_their_user_and_key_alone(self):
        cookie = COOKIES.new("user_1", NOW)
        assert COOKIES.read("user_2", cookie) is None
        assert SignedDeviceCookies((b"o" * 32,), SystemEntropy()).read("user_1", cookie) is None
        assert SignedDeviceCookies((b"o" * 32, b"k" * 32), SystemEntropy()).read("user_1", cookie)

    def test_tell_that_they_are_ours_whoever_they_were_made_for(self):
        cookie = COOKIES.new("user_1", NOW)
        assert COOKIES.is_ours(cookie)
        assert not SignedDeviceCookies((b"o" * 32,), SystemEntropy()).is_ours(cookie)
        assert not COOKIES.is_ours(cookie[:-1] + ("0" if cookie[-1] != "0" else "1"))
        assert not COOKIES.is_ours("vst_knw_" + "0" * 176)
        assert COOKIES.read("", cookie) is None, "the mark that it is ours is nobody's user"

    @pytest.mark.parametrize("place", [8, 39, 40, 55, 56, 119])
    def test_each_sign_counts(self, place):
        cookie = COOKIES.new("user_1", NOW)
        other = "0" if cookie[place] != "0" else "1"
        assert COOKIES.read("user_1", cookie[:place] + other + cookie[place + 1 :]) is None

    @pytest.mark.parametrize(
        "change", [lambda c: c + "0", lambda c: c[:-1], lambda c: "x" + c, lambda c: c.upper(), lambda c: c + "\n"]
    )
    def test_and_so_does_the_shape(self, change):
        assert COOKIES.read("user_1", change(COOKIES.new("user_1", NOW))) is None


class TestPuzzles:
    def test_are_solved_by_work(self):
        puzzle = PUZZLES.new(8, NOW + SECOND)
        nonce, bits, expires, _ = puzzle.split(".")
        assert (bits, expires) == ("8", str((NOW + SECOND) // SECOND))
        assert PUZZLES.solved(solve(puzzle, 8), 8, NOW) == nonce
        assert PUZZLES.solved(fails(puzzle, 8), 8, NOW) is None

    def test_of_more_bits_count_for_fewer_and_not_the_other_way(self):
        puzzle = PUZZLES.new(8, NOW + SECOND)
        assert PUZZLES.solved(solve(puzzle, 8), 7, NOW)
        assert PUZZLES.solved(solve(puzzle, 9), 9, NOW) is None

    def test_run_out_at_their_second(self):
        answer = solve(PUZZLES.new(4, NOW + SECOND), 4)
        assert PUZZLES.solved(answer, 4, NOW + SECOND - 1)
        assert PUZZLES.solved(answer, 4, NOW + SECOND) is None

    def test_of_others_are_refused(self):
        answer = solve(Puzzles((b"o" * 32,), SystemEntropy()).new(4, NOW + SECOND), 4)
        assert PUZZLES.solved(answer, 4, NOW) is None
        assert Puzzles((b"n" * 32, b"o" * 32), SystemEntropy()).solved(answer, 4, NOW)

    @pytest.mark.parametrize("part", [0, 1, 2, 3])
    def test_each_part_is_signed(self, part):
        parts = PUZZLES.new(4, NOW + SECOND).split(".")
        parts[part] = {0: "0" * 32, 1: "3", 2: str(int(parts[2]) + 9), 3: "0" * 64}[part]
        assert PUZZLES.solved(solve(".".join(parts), 4), 3, NOW) is None


class TestPressure:
    POLICY = AttackDetectionPolicy(failures=200, window=300 * SECOND, work="auto", bits=16)

    @pytest.mark.parametrize(
        ("failures", "successes", "attack"),
        [
            (199, 0, False),
            (200, 0, True),
            (200, 66, True),
            (200, 67, False),
            (201, 67, True),
            (0, 0, False),
            (1000, 400, False),
        ],
    )
    def test_many_failures_and_few_successes_are_an_attack(self, failures, successes, attack):
        assert self.POLICY.is_attack(Tally(failures, successes)) is attack

    def test_tallies_add_up(self):
        assert Tally(1, 2) + Tally(3, 5) == Tally(4, 7)
