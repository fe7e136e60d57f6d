"""Under the profile `auth-service` too, no answer tells whether an account exists or what state it is in (ASVS 6.3.8)."""

import pytest
from accounts import KINDS, UNKNOWN, WITHOUT_LIMITS, address, populate
from indistinguishable import Comparison, Trace

from harness import PASSWORD

ON = {"COMPATIBILITY": "auth-service"}
ROUNDS = 12


def _post(path, **body):
    return lambda vestibule, kind: lambda: vestibule.post(f"/api/v1/{path}", {"email": address(kind), **body})


REQUESTS = {
    "login": _post("auth/login", password="a wrong guess at it"),
    "forgot": _post("password/forgot"),
    "resend": _post("verify/resend-code"),
    "verify": _post("verify/email", code="000000"),
    "reset": _post("password/reset", password=PASSWORD, confirmPassword=PASSWORD, token="vst_rst_" + "A" * 49),
}
_SIGN_UP = _post("auth/signup", name="Ann Lee", password=PASSWORD)
each = pytest.mark.parametrize("name", REQUESTS)


@pytest.fixture
async def populated(start):
    async with start(**WITHOUT_LIMITS, **ON) as vestibule:
        await populate(vestibule)
        yield vestibule


class TestKindsOfAccounts:
    @each
    async def test_are_answered_alike(self, populated, name):
        comparison = Comparison({kind: REQUESTS[name](populated, kind) for kind in KINDS})
        await comparison.run(ROUNDS, warm_up=2)
        comparison.assert_same_shape()
        assert all(len(found.shapes) == 1 for found in comparison.found.values())

    @each
    async def test_cost_the_same_statements_and_the_same_hashes(self, populated, name):
        sends = {kind: REQUESTS[name](populated, kind) for kind in KINDS}
        await assert_same_work(populated, sends)

    async def test_cost_the_same_at_a_private_registration(self, start):
        async with start(**WITHOUT_LIMITS, **ON, REGISTRATION="private") as vestibule:
            await populate(vestibule)
            await assert_same_work(vestibule, {kind: _SIGN_UP(vestibule, kind) for kind in KINDS})


async def assert_same_work(vestibule, sends) -> None:
    for send in sends.values():
        await send()
    with Trace(vestibule) as trace:
        taken = {}
        for kind, send in sends.items():
            await send()
            taken[kind] = trace.taken()
    for kind, steps in taken.items():
        assert steps == taken[UNKNOWN], kind
    assert taken[UNKNOWN]
