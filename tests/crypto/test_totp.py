"""RFC 6238, appendix B: the test vectors for SHA-1."""

import base64

import pytest

from vestibule.crypto import totp

SEED = base64.b32encode(b"12345678901234567890").decode()
VECTORS = [
    (59, "94287082"),
    (1111111109, "07081804"),
    (1111111111, "14050471"),
    (1234567890, "89005924"),
    (2000000000, "69279037"),
    (20000000000, "65353130"),
]


@pytest.mark.parametrize(("seconds", "code"), VECTORS)
def test_the_vectors_of_the_rfc(seconds, code):
    step = totp.step_at(seconds * 1_000_000)
    assert totp.code_at(SEED, step, digits=8) == code
    assert totp.matching_step(SEED, code[2:], seconds * 1_000_000) == step


def test_a_code_is_good_one_step_early_and_late_and_no_longer():
    now = 1_234_567_890_000_000
    here = totp.step_at(now)
    found = [totp.matching_step(SEED, totp.code_at(SEED, here + off), now) for off in (-2, -1, 0, 1, 2)]
    assert found == [None, here - 1, here, here + 1, None]
