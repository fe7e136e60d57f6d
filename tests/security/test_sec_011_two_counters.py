"""Cases 11, 19, 104: failures of the password and of the second factor are counted apart, and each count is forgotten
by its own success only.
"""

import pytest
from accounts import WITHOUT_LIMITS

from authenticator import Authenticator
from harness import PASSWORD, code_of, options_of

STEP = 30_000_000
DAY = 24 * 3600 * 1_000_000
NEW = "quiet green lantern"


@pytest.fixture
async def limited(start):
    async with start(**WITHOUT_LIMITS | {"ACCOUNT_FAILURES": "10", "RECOVERY_DELAY": "1h"}) as vestibule:
        yield vestibule


async def guess_factor(vestibule, method="totp", password=PASSWORD) -> list[int]:
    """With the right password, until the limit."""
    statuses = []
    for _ in range(30):
        browser = vestibule.browser()
        half = await browser.sign_in(password=password)
        if half.status_code == 429:
            break
        answer = await browser.step(half.json(), method, code="000000" if method == "totp" else "0000-0000-0000")
        statuses.append(answer.status_code)
    return statuses


async def reset(vestibule) -> None:
    token = await vestibule.reset_token()
    answer = await vestibule.post("/api/auth/reset-password", {"token": token, "password": NEW})
    assert answer.status_code == 200


class TestReset:
    @pytest.mark.parametrize("method", ["totp", "recovery_code"])
    async def test_buys_no_guesses_at_the_second_factor(self, limited, method):
        """Ten wrong codes in all, however often somebody who reads the mailbox resets the password between them."""
        await limited.with_app()
        guessed = (await guess_factor(limited, method)).count(401)
        for _ in range(4):
            await reset(limited)
            guessed += (await guess_factor(limited, method, NEW)).count(401)
        assert guessed == 10

    async def test_lets_the_owner_type_the_password_at_once(self, limited):
        await limited.with_app()
        await guess_factor(limited)
        await reset(limited)
        assert (await limited.log_in(password=NEW)).json()["code"] == "mfa_required"


async def _by_password(vestibule, browser, seed, passkey):
    assert (
        await browser.post("/api/auth/change-password", {"currentPassword": PASSWORD, "newPassword": NEW})
    ).is_success


async def _by_reset(vestibule, browser, seed, passkey):
    await reset(vestibule)


async def _by_lock_down(vestibule, browser, seed, passkey):
    assert (await browser.post("/api/account/lockdown")).is_success


async def _by_passkey(vestibule, browser, seed, passkey):
    other = vestibule.browser()
    begun = await other.begin("")
    answer = passkey.get(options_of(begun, "passkey")["publicKey"])
    assert (await other.step(begun, "passkey", credential=answer)).status_code == 200


async def _by_both(vestibule, browser, seed, passkey):
    other, half = await vestibule.half_signed_in()
    vestibule.clock.advance(STEP)
    assert (await other.step(half, "totp", code=code_of(seed, vestibule.clock))).status_code == 200


async def _by_half(vestibule, browser, seed, passkey):
    await vestibule.half_signed_in()


async def _by_recovery(vestibule, browser, seed, passkey):
    other, half = await vestibule.half_signed_in()
    await other.step(half, "factor_recovery", confirm=True)
    vestibule.clock.advance(DAY // 12)
    other, half = await vestibule.half_signed_in()
    assert (await other.step(half, "factor_recovery", confirm=True)).status_code == 200


EVENTS = {
    "a change of the password": (_by_password, {"account"}), "a reset": (_by_reset, {"account"}),
    "a lockdown": (_by_lock_down, set()), "a passkey": (_by_passkey, set()),
    "password and code": (_by_both, {"account", "factor"}), "the password alone": (_by_half, set()),
    "a recovered factor": (_by_recovery, {"account", "factor"}),
}  # fmt: skip


class TestEachCount:
    @pytest.mark.parametrize(("event", "forgotten"), EVENTS.values(), ids=EVENTS)
    async def test_is_forgotten_by_its_own_success_only(self, limited, event, forgotten):
        browser, seed, _ = await limited.with_app()
        passkey, limits = Authenticator(), limited.services.abuse.rate_limits
        await browser.add_passkey(passkey)
        user = await limited.services.accounts.administration.find("alice")
        keys = {"account": limits.account_key(user.id), "factor": limits.factor_key(user.id)}
        for key in keys.values():
            await limited.run(
                "INSERT INTO rate_limits (key, tat, hits, expires_at) VALUES ($1, 0, 3, $2)", key, 2 * 10**15
            )
        browser.http.cookies.delete("vestibule_device")
        await event(limited, browser, seed, passkey)
        left = [row["key"] for row in await limited.rows("SELECT key FROM rate_limits WHERE hits >= 3")]
        assert {name for name, key in keys.items() if key not in left} == forgotten
