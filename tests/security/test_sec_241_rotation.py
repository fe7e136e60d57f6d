"""Case 241; ASVS 11.1.1, 11.2.2, 13.3.4: the master secret and the signing keys are replaced while people are signed in."""

import pytest

from harness import PASSWORD, SECRET, bearer, code_of, running
from servers import command, production
from vestibule.crypto.keyring import Keyring
from vestibule.crypto.sealing import CannotUnseal, Sealer

NEW = "Zq7Wm2Xc9Vb4Ln6Kj3Hg8Fd1Sa5Po0Iu-rotated"
STEP = 30_000_000


@pytest.fixture
def phases(database_url, tmp_path):
    """The same installation with other secrets: what each phase of docs/rotation.md runs with."""

    def phase(secret: str, accepted: str = ""):
        more = {"SECRET_KEY_ACCEPTED": accepted} if accepted else {}
        return running(database_url, tmp_path, SECRET_KEY=secret, **more)

    return phase


class TestMasterSecret:
    async def test_everything_of_before_goes_on_while_the_old_one_is_accepted(self, phases):
        async with phases(SECRET, NEW) as old:
            browser = old.browser()
            await browser.register()
            await old.verify()
            seed, codes = await browser.add_totp(old.clock)
            tokens = (await browser.get("/api/session")).json()
            await old.register("bobby")
            family = (await old.log_in("bobby@example.com")).json()
            reset = await old.reset_token("bobby@example.com")
            cookies = dict(browser.http.cookies)
            assert tokens["user"]
        async with phases(NEW, SECRET) as new:
            again = new.browser()
            again.http.cookies.update(cookies)
            assert (await again.whoami())["username"] == "alice"
            assert (await again.send("PATCH", "/api/account", {"name": "Alice"})).status_code == 200, (
                "CSRF token of before"
            )
            assert (await new.get("/api/account", **bearer(family))).status_code == 200
            refreshed = await new.post("/api/auth/refresh", {"refreshToken": family["refreshToken"]})
            assert refreshed.status_code == 200
            assert (
                await new.post("/api/auth/refresh", {"refreshToken": refreshed.json()["refreshToken"]})
            ).status_code == 200
            new.clock.advance(STEP)
            other, half = await new.half_signed_in()
            done = await other.step(half, "totp", code=code_of(seed, new.clock))
            assert done.json()["status"] == "signed_in"
            done = await new.post("/api/auth/reset-password", {"token": reset, "password": "quiet green lantern"})
            assert done.status_code == 200
            assert codes

    async def test_a_server_that_does_not_sign_with_it_yet_accepts_what_the_others_make(self, phases):
        """The first phase of a rolling restart: no request fails, whichever instance it meets."""
        async with phases(NEW, SECRET) as ahead, phases(SECRET, NEW) as behind:
            await ahead.register()
            made = (await ahead.log_in()).json()
            assert (await behind.get("/api/account", **bearer(made))).status_code == 200
            made = (await behind.log_in()).json()
            assert (await ahead.post("/api/auth/refresh", {"refreshToken": made["refreshToken"]})).status_code == 200

    async def test_after_resealing_the_old_one_is_not_needed_for_what_is_at_rest(self, phases):
        async with phases(SECRET) as old:
            browser = old.browser()
            await browser.register()
            await old.verify()
            seed, _ = await browser.add_totp(old.clock)
        async with phases(NEW, SECRET) as both:
            done = {found.kind.value: found for found in await both.services.operations.secret_rotation.reseal()}
            assert done["totp_seed"].resealed == 1
            assert done["signing_key"].lost == ()
            again = {found.kind.value: found for found in await both.services.operations.secret_rotation.reseal()}
            assert again["totp_seed"].resealed == 0
            assert await both.rows("SELECT 1 FROM audit_events WHERE action = 'secrets.rotated'")
        async with phases(NEW) as new:
            new.clock.advance(2 * STEP)
            assert (await browser_of(new)).status_code == 401
            other, half = await new.half_signed_in()
            done = await other.step(half, "totp", code=code_of(seed, new.clock))
            assert done.json()["status"] == "signed_in"

    async def test_without_the_old_one_everybody_is_signed_out_and_nothing_crashes(self, phases):
        """What to do when it leaked: leave it out, and its sessions, links and CSRF tokens are worthless at once."""
        async with phases(SECRET) as old:
            browser = old.browser()
            await browser.register()
            family = (await old.log_in()).json()
            cookies = dict(browser.http.cookies)
        async with phases(NEW) as new:
            again = new.browser()
            again.http.cookies.update(cookies)
            assert await again.whoami() is None
            assert (await new.post("/api/auth/refresh", {"refreshToken": family["refreshToken"]})).status_code == 401
            lost = [found for found in await new.services.operations.secret_rotation.reseal() if found.lost]
            assert {found.kind.value for found in lost} <= {"signing_key", "mail", "totp_seed"}


async def browser_of(vestibule):
    return await vestibule.get("/api/account", Cookie="vestibule_session=vst_ses_none")


class TestSealing:
    def test_the_first_key_seals_and_every_key_opens(self):
        from vestibule.crypto.entropy import SystemEntropy

        old, new = Keyring("o" * 40), Keyring("n" * 40, ("o" * 40,))
        sealed = Sealer(old.derive("x"), SystemEntropy()).seal("secret", row="r")
        both = Sealer(new.derive("x"), SystemEntropy())
        assert both.unseal(sealed, row="r") == "secret"
        assert not both.is_current(sealed, row="r")
        fresh = both.seal("secret", row="r")
        assert both.is_current(fresh, row="r")
        with pytest.raises(CannotUnseal):
            Sealer(old.derive("x"), SystemEntropy()).unseal(fresh, row="r")


class TestSigningKeys:
    async def test_a_rotated_key_verifies_what_it_signed_and_both_are_published(self, vestibule):
        tokens = await vestibule.signed_in()
        await vestibule.services.tokens.signing_keys.rotate()
        vestibule.clock.advance(11 * 60_000_000)
        fresh = (await vestibule.log_in()).json()
        for given in (tokens, fresh):
            assert (await vestibule.get("/api/account", **bearer(given))).status_code == 200
        assert len((await vestibule.get("/.well-known/jwks.json")).json()["keys"]) == 2


class TestCommand:
    def test_reseals_and_says_what_it_did(self, sqlite_url, tmp_path):
        environment = production(sqlite_url)
        assert command("keys", "rotate", folder=tmp_path, **environment).returncode == 0
        turned = {**environment, "VESTIBULE_SECRET_KEY": NEW, "VESTIBULE_SECRET_KEY_ACCEPTED": SECRET}
        done = command("secrets", "rotate", folder=tmp_path, **turned)
        assert done.returncode == 0, done.stderr
        assert "signing_key  current 0  resealed 1  lost 0" in done.stdout
        alone = {**environment, "VESTIBULE_SECRET_KEY": NEW}
        assert "current 1" in command("secrets", "rotate", folder=tmp_path, **alone).stdout

    def test_says_what_no_secret_opens(self, sqlite_url, tmp_path):
        environment = production(sqlite_url)
        command("keys", "rotate", folder=tmp_path, **environment)
        done = command("secrets", "rotate", folder=tmp_path, **{**environment, "VESTIBULE_SECRET_KEY": NEW})
        assert done.returncode == 1
        assert "signing_key key_" in done.stderr

    @pytest.mark.parametrize("accepted", ["short", f"{NEW},short"])
    def test_short_ones_are_refused_at_the_start(self, sqlite_url, tmp_path, accepted):
        environment = {**production(sqlite_url), "VESTIBULE_SECRET_KEY_ACCEPTED": accepted}
        done = command("secrets", "rotate", folder=tmp_path, **environment)
        assert done.returncode == 1
        assert "VESTIBULE_SECRET_KEY_ACCEPTED" in done.stderr
        assert NEW not in done.stderr
        assert PASSWORD
