"""What is remembered of tokens: bounded, and those in use stay."""

from vestibule.crypto.remembered_tokens import RememberedTokens


def digests(count: int) -> list[bytes]:
    return [RememberedTokens.digest(b"%d" % number) for number in range(count)]


def test_every_byte_of_a_token_counts():
    assert RememberedTokens.digest(b"a.b.c") != RememberedTokens.digest(b"a.b.d")
    assert len(RememberedTokens.digest(b"a.b.c")) == 32


def test_what_was_added_is_found_and_nothing_else():
    remembered, (first, second) = RememberedTokens(10), digests(2)
    remembered.add(first)
    assert first in remembered
    assert second not in remembered


def test_never_more_than_the_most():
    remembered = RememberedTokens(10)
    for digest in digests(1000):
        remembered.add(digest)
        assert len(remembered) <= 10
        assert digest in remembered


def test_one_that_is_in_use_stays_while_others_pass():
    remembered, (first, *others) = RememberedTokens(10), digests(1000)
    remembered.add(first)
    for digest in others:
        remembered.add(digest)
        assert first in remembered
        remembered.add(first)
    assert others[0] not in remembered
