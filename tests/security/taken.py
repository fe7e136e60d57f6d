"""An account that an intruder holds by every thing there is, and every event that takes it back."""

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from authenticator import Authenticator
from harness import PASSWORD, PHONE, Browser, Vestibule, bearer, options_of
from vestibule.domain.device import Device
from vestibule.domain.taking_back import Event, Thing

DAY = 24 * 3600 * 1_000_000
NEW_PASSWORD = "quiet green lantern"
Alive = Callable[[], Awaitable[bool]]


@dataclass
class Account:
    """`owner` is signed in; `alert` is the token of a not-me link from before anything else happened."""

    vestibule: Vestibule
    name: str
    owner: Browser = field(init=False)
    email: str = ""
    user_id: str = ""
    alert: str = ""
    old_passkey: Authenticator = field(default_factory=Authenticator)
    undo: dict[str, str] = field(default_factory=dict)

    async def register(self, *, verified: bool = True) -> None:
        v = self.vestibule
        self.owner, self.email = v.browser(), f"{self.name}@example.com"
        await self.owner.register(self.name)
        self.user_id = (await v.services.accounts.administration.find(self.name)).id
        if not verified:
            return
        await v.verify(self.name)
        assert (await self.owner.add_passkey(self.old_passkey, "old")).status_code == 201
        v.clock.advance(31 * DAY)
        await self.sign_in()
        stranger = v.browser()
        stranger.http.headers["User-Agent"] = PHONE
        await stranger.sign_in(self.name)
        self.alert = link(await v.mails(self.email), "notMe")
        v.clock.advance(2_000_000)

    async def sign_in(self) -> None:
        """By the old passkey: enough for every change, whatever is demanded."""
        self.owner = self.vestibule.browser()
        begun = await self.owner.begin(self.name)
        answer = self.old_passkey.get(options_of(begun, "passkey")["publicKey"])
        assert (await self.owner.step(begun, "passkey", credential=answer)).status_code == 200

    async def move(self, letter: str) -> None:
        """Change the address and confirm the new one; the old one's undo link is kept under its letter."""
        v, old, new = self.vestibule, self.email, f"{self.name}-{letter}@example.com"
        body = {"email": new, "currentPassword": PASSWORD}
        assert (await self.owner.send("PATCH", "/api/account", body)).status_code == 200
        code = next(mail for mail in await v.mails(new) if mail["codes"])["codes"][0]
        confirmed = await self.owner.post("/api/auth/verify-email", {"email": new, "code": code})
        assert confirmed.status_code == 200, confirmed.text
        self.undo[old] = link(await v.mails(old), "email")
        self.email = new
        v.clock.advance(2_000_000)

    async def user(self) -> Any:
        return await self.vestibule.services.accounts.administration.find(self.user_id)


def link(mails: list[dict[str, Any]], name: str) -> str:
    """The secret of the newest link of this kind in these mails."""
    found = (re.search(rf"#{name}=(\S+)", mail["text"]) for mail in mails)
    return next(match[1] for match in found if match)


async def a_cookie_session(account: Account) -> Alive:
    browser = account.vestibule.browser()
    await browser.sign_in(account.email)
    assert await browser.whoami() is not None

    async def alive() -> bool:
        return await browser.whoami() is not None

    return alive


async def an_access_token(account: Account) -> Alive:
    tokens = (await account.vestibule.log_in(account.email)).json()

    async def alive() -> bool:
        return (await account.vestibule.get("/api/account", **bearer(tokens))).status_code == 200

    return alive


async def a_refresh_token(account: Account) -> Alive:
    tokens = (await account.vestibule.log_in(account.email)).json()

    async def alive() -> bool:
        body = {"refreshToken": tokens["refreshToken"]}
        return (await account.vestibule.post("/api/auth/refresh", body)).status_code == 200

    return alive


async def an_attempt_under_way(account: Account) -> Alive:
    """Begun with the password, before a second step."""
    await a_demand(account)
    browser = account.vestibule.browser()
    half = (await browser.step(await browser.begin(account.name), "password", password=PASSWORD)).json()
    assert half["status"] != "signed_in"

    async def alive() -> bool:
        answer = account.old_passkey.get(options_of(half, "passkey")["publicKey"])
        return (await browser.step(half, "passkey", credential=answer)).status_code == 200

    return alive


async def a_change_of_address(account: Account) -> Alive:
    new = f"{account.name}-thief@example.com"
    body = {"email": new, "currentPassword": PASSWORD}
    assert (await account.owner.send("PATCH", "/api/account", body)).status_code == 200
    token = await account.vestibule.link_token(new, "Confirm")

    async def alive() -> bool:
        return (await account.vestibule.post("/api/auth/verify-email", {"token": token})).status_code == 200

    return alive


async def a_reset_link(account: Account) -> Alive:
    token = await account.vestibule.reset_token(account.email)

    async def alive() -> bool:
        body = {"token": token, "password": "another green lantern"}
        return (await account.vestibule.post("/api/auth/reset-password", body)).status_code == 200

    return alive


async def a_sign_in_link(account: Account) -> Alive:
    browser = account.vestibule.browser()
    begun = await browser.begin(account.name)
    await browser.step(begun, "email_link", send=True)
    token = await account.vestibule.link_token(account.email, "Sign in")

    async def alive() -> bool:
        body = {"token": token, "confirm": True}
        return (await account.vestibule.post("/api/login/links", body)).status_code == 200

    return alive


def undo_link(letter: str) -> Callable[[Account], Awaitable[Alive]]:
    async def made(account: Account) -> Alive:
        address = f"{account.name}-{letter}@example.com" if letter else f"{account.name}@example.com"

        async def alive() -> bool:
            body = {"token": account.undo[address]}
            return (await account.vestibule.post("/api/account/undo-email", body)).status_code == 200

        return alive

    return made


async def a_not_me_link(account: Account) -> Alive:
    stranger = account.vestibule.browser()
    stranger.http.headers["User-Agent"] = "Another device/1.0"
    await stranger.sign_in(account.name)
    token = link(await account.vestibule.mails(account.email), "notMe")

    async def alive() -> bool:
        return (await account.vestibule.post("/api/account/not-me", {"token": token})).status_code == 200

    return alive


async def a_running_recovery(account: Account) -> Alive:
    recoveries = account.vestibule.services.credentials.factor_recovery
    await recoveries.start(await account.user(), Device())

    async def alive() -> bool:
        return await recoveries.running(account.user_id) is not None

    return alive


async def the_password(account: Account) -> Alive:
    async def alive() -> bool:
        answer = await account.vestibule.log_in((await account.user()).email)
        return answer.status_code == 200 or answer.json()["code"] == "mfa_required"

    return alive


async def an_old_passkey(account: Account) -> Alive:
    return passkey(account, account.old_passkey)


async def a_new_passkey(account: Account) -> Alive:
    device = Authenticator()
    assert (await account.owner.add_passkey(device, "new")).status_code == 201
    return passkey(account, device)


def passkey(account: Account, device: Authenticator) -> Alive:
    async def alive() -> bool:
        browser = account.vestibule.browser()
        begun = await browser.begin(account.name)
        steps = {"steps": begun["steps"]}
        if "passkey" not in {step["method"] for step in begun["steps"]}:
            return False
        answer = device.get(options_of(steps, "passkey")["publicKey"])
        return (await browser.step(begun, "passkey", credential=answer)).status_code == 200

    return alive


async def a_demand(account: Account) -> Alive:
    """From before everything else."""
    await account.vestibule.run("UPDATE users SET second_factor_at = created_at WHERE id = $1", account.user_id)

    async def alive() -> bool:
        return (await account.user()).second_factor_at is not None

    return alive


async def a_trusted_device(account: Account) -> Alive:
    session = (await account.owner.get("/api/session")).json()["sessionId"]
    async with account.vestibule.database.writing() as work:
        await account.vestibule.services.credentials.trusted_devices.trust(work, account.user_id, session, Device())

    async def alive() -> bool:
        sql = "SELECT 1 AS found FROM trusted_devices WHERE user_id = $1"
        return bool(await account.vestibule.rows(sql, account.user_id))

    return alive


async def an_api_key(account: Account) -> Alive:
    made = await account.owner.post("/api/account/api-keys", {"name": "nightly"})
    assert made.status_code == 201, made.text

    async def alive() -> bool:
        return await account.vestibule.services.access.session_check.by_bearer(made.json()["secret"]) is not None

    return alive


# Each thing, by what an intruder may hold of it; whether it is old, where the table goes by that.
HELD: dict[str, tuple[Thing, Callable[[Account], Awaitable[Alive]], bool]] = {
    "a cookie session": (Thing.SESSIONS, a_cookie_session, False),
    "an access token": (Thing.SESSIONS, an_access_token, False),
    "a refresh token": (Thing.SESSIONS, a_refresh_token, False),
    "an attempt under way": (Thing.SESSIONS, an_attempt_under_way, False),
    "a change of address": (Thing.EMAIL_CHANGE, a_change_of_address, False),
    "a reset link": (Thing.RESET_LINKS, a_reset_link, False),
    "a sign-in link": (Thing.SIGN_IN_CODES, a_sign_in_link, False),
    "an undo link to an older address": (Thing.OLDER_UNDO_LINKS, undo_link(""), True),
    "an undo link to a younger address": (Thing.YOUNGER_UNDO_LINKS, undo_link("c"), False),
    "a not-me link": (Thing.NOT_ME_LINKS, a_not_me_link, False),
    "a running recovery": (Thing.RECOVERY, a_running_recovery, False),
    "the password": (Thing.PASSWORD, the_password, False),
    "an old passkey": (Thing.FACTORS, an_old_passkey, True),
    "a new passkey": (Thing.FACTORS, a_new_passkey, False),
    "an old demand": (Thing.DEMAND, a_demand, True),
    "a trusted device": (Thing.TRUSTED_DEVICES, a_trusted_device, False),
    "an API key": (Thing.API_KEYS, an_api_key, False),
}


async def _reset(account: Account) -> None:
    token = await account.vestibule.reset_token(account.email)
    body = {"token": token, "password": NEW_PASSWORD}
    assert (await account.vestibule.post("/api/auth/reset-password", body)).status_code == 200


async def _change(account: Account) -> None:
    body = {"currentPassword": PASSWORD, "newPassword": NEW_PASSWORD}
    assert (await account.owner.post("/api/auth/change-password", body)).status_code == 200


async def _lock_down(account: Account) -> None:
    assert (await account.owner.post("/api/account/lockdown")).status_code == 200


async def _not_me(account: Account) -> None:
    assert (await account.vestibule.post("/api/account/not-me", {"token": account.alert})).status_code == 200


async def _undo(account: Account) -> None:
    token = account.undo[f"{account.name}-b@example.com"]
    assert (await account.vestibule.post("/api/account/undo-email", {"token": token})).status_code == 200


async def _claim(account: Account) -> None:
    """The owner of the mailbox signs in by mail."""
    browser = account.vestibule.browser()
    begun = await browser.begin(account.name)
    await browser.step(begun, "email_code")
    code = next(mail for mail in await account.vestibule.mails(account.email, "Sign in") if mail["codes"])["codes"][0]
    assert (await browser.step(begun, "email_code", code=code)).status_code == 200


async def _end_all(account: Account) -> None:
    assert (await account.owner.send("DELETE", "/api/sessions")).status_code == 200


async def _disable(account: Account) -> None:
    """And enabled again: what is refused meanwhile is not void."""
    administration = account.vestibule.services.accounts.administration
    assert await administration.disable(await account.user())
    assert await administration.enable(await account.user())


async def _delete(account: Account) -> None:
    """And brought back by the link in the mail."""
    assert (await account.owner.send("DELETE", "/api/account", {"password": PASSWORD})).status_code == 200
    token = link(await account.vestibule.mails(account.email), "restore")
    assert (await account.vestibule.post("/api/account/restore", {"token": token})).status_code == 200


async def _recover(account: Account) -> None:
    credentials = account.vestibule.services.credentials
    running = await credentials.factor_recovery.start(await account.user(), Device())
    account.vestibule.clock.advance(3 * DAY)
    assert await credentials.factor_changes.complete_recovery(await account.user(), running, Device(), attempt="")


FIRED: dict[Event, Callable[[Account], Awaitable[None]]] = {
    Event.RESET: _reset,
    Event.PASSWORD_CHANGE: _change,
    Event.LOCKDOWN: _lock_down,
    Event.NOT_ME: _not_me,
    Event.UNDO: _undo,
    Event.CLAIM: _claim,
    Event.END_ALL: _end_all,
    Event.DISABLE: _disable,
    Event.DELETE: _delete,
    Event.FACTOR_RECOVERY: _recover,
}
