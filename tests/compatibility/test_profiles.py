"""Compatibility profiles act by four hooks only, and by nothing when none is on."""

import json
from base64 import urlsafe_b64decode

import pytest

from harness import bearer, environment
from vestibule import compatibility, settings
from vestibule.compatibility import hints as hints_module
from vestibule.compatibility.hints import Hints
from vestibule.compatibility.profile import Profile, SeenRequest
from vestibule.observability import logs
from vestibule.routes import ROUTES
from vestibule.settings import SettingsError
from vestibule.settings.presets import PRESETS

OWN = {(row.method, row.path): row for row in ROUTES}


class TestTables:
    def test_settings_and_profiles_name_the_same_ones(self):
        assert list(compatibility.PROFILES) == list(PRESETS)

    def test_presets_are_defaults_of_settings_that_exist(self):
        known = {
            item.metadata["name"] for kind in settings.GROUPS.values() for item in kind.__dataclass_fields__.values()
        }
        assert {name for preset in PRESETS.values() for name in preset} <= known

    def test_without_a_profile_the_site_map_is_vestibule_s_own(self):
        assert compatibility.rows(ROUTES, (), development=True) == ROUTES
        assert compatibility.refusals(()) == {}

    @pytest.mark.parametrize("name", list(PRESETS))
    def test_rows_replace_those_of_the_same_request_and_add_the_others(self, name):
        profile = compatibility.PROFILES[name]
        found = compatibility.rows(ROUTES, (profile,), development=True)
        requests = [(row.method, row.path) for row in found]
        assert len(set(requests)) == len(requests)
        chosen = {(row.method, row.path): row.controller for row in found}
        for row in profile.all_rows(OWN, development=True):
            assert chosen[row.method, row.path] is row.controller
        assert {(row.method, row.path) for row in ROUTES} <= set(requests)

    def test_paths_of_different_systems_are_disjoint(self):
        seen: dict[tuple[str, str], str] = {}
        for profile in compatibility.PROFILES.values():
            system = profile.name.partition(":")[0]
            for row in profile.all_rows(OWN, development=True):
                assert seen.setdefault((row.method, row.path), system) == system


class TestSetting:
    def load(self, tmp_path, **overrides: str):
        return settings.load(environ=environment("sqlite:///x.db", tmp_path, **overrides))

    @pytest.mark.parametrize(
        "value",
        [
            "auth-flow",
            "express-guide",
            "express-guide:list",
            "auth-service",
            "auth-flow, express-guide",
            " auth-flow ,",
        ],
    )
    def test_takes_each_and_a_list(self, tmp_path, value):
        names = self.load(tmp_path, COMPATIBILITY=value).server.compatibility
        assert list(names) == [name.strip() for name in value.split(",") if name.strip()]

    @pytest.mark.parametrize("value", ["auth", "express-guide:array", "Auth-Flow", "auth-flow;express-guide", "none"])
    def test_an_unknown_one_stops_the_start_and_the_known_ones_are_listed(self, tmp_path, value):
        with pytest.raises(SettingsError) as refused:
            self.load(tmp_path, COMPATIBILITY=value)
        said = str(refused.value)
        assert "VESTIBULE_COMPATIBILITY" in said
        assert repr(value) in said
        assert all(name in said for name in PRESETS)

    def test_two_editions_of_one_system_stop_the_start(self, tmp_path):
        with pytest.raises(SettingsError, match="not both"):
            self.load(tmp_path, COMPATIBILITY="express-guide,express-guide:list")

    def test_a_profile_changes_defaults_and_explicit_settings_go_before(self, tmp_path):
        assert self.load(tmp_path).sessions.access_token == 15 * 60_000_000
        on = self.load(tmp_path, COMPATIBILITY="auth-flow").sessions
        assert (on.access_token, on.refresh_idle) == (3_600_000_000, 2 * 24 * 3_600_000_000)
        assert (
            self.load(tmp_path, COMPATIBILITY="auth-flow", ACCESS_TOKEN_LIFETIME="5m").sessions.access_token
            == 300_000_000
        )

    def test_where_two_differ_the_first_one_decides_and_an_explicit_setting_before_both(self, tmp_path):
        def link(names: str, **more: str) -> str:
            return self.load(tmp_path, COMPATIBILITY=names, **more).links.reset_password

        assert link("auth-flow,express-guide,auth-service") == "/auth/reset-password/{token}"
        assert link("auth-service,auth-flow") == "/reset-password?t={token}"
        assert link("auth-flow,auth-service", LINK_RESET_PASSWORD="/reset/{token}") == "/reset/{token}"
        assert settings.overruled("auth-service", ("auth-flow", "auth-service")) == ["LINK_RESET_PASSWORD"]
        assert settings.overruled("auth-flow", ("auth-flow", "auth-service")) == []


class TestConfiguration:
    async def test_and_openapi_name_the_profiles_that_are_on(self, start):
        async with start(COMPATIBILITY="auth-flow,express-guide") as vestibule:
            assert (await vestibule.get("/api/config")).json()["compatibility"] == ["auth-flow", "express-guide"]
            assert (
                "auth-flow, express-guide" in (await vestibule.get("/api/openapi.json")).json()["info"]["description"]
            )

    async def test_name_none_without(self, vestibule):
        assert (await vestibule.get("/api/config")).json()["compatibility"] == []
        assert "description" not in (await vestibule.get("/api/openapi.json")).json()["info"]


class TestClaims:
    CLAIMS = "id, email, username:name, role"

    async def test_are_in_the_tokens_of_a_sign_in_and_of_every_refresh(self, start):
        async with start(ACCESS_TOKEN_CLAIMS=self.CLAIMS) as vestibule:
            tokens = await vestibule.signed_in()
            again = (await vestibule.post("/api/auth/refresh", {"refreshToken": tokens["refreshToken"]})).json()
            once_more = (await vestibule.post("/api/auth/refresh", {"refreshToken": tokens["refreshToken"]})).json()
            for given in (tokens, again, once_more):
                claims = payload(given["accessToken"])
                assert claims["id"] == claims["sub"]
                assert (claims["email"], claims["username"], claims["role"]) == ("alice@example.com", "alice", "user")
                assert (await vestibule.get("/api/auth/profile", **bearer(given))).status_code == 200

    async def test_without_them_no_personal_data_is_in_a_token(self, vestibule):
        claims = payload((await vestibule.signed_in())["accessToken"])
        assert not {"id", "email", "username", "name", "role"} & set(claims)

    @pytest.mark.parametrize(
        "value",
        [
            "sub",
            "password",
            "exp:email",
            "roles:role",
            "email:",
            ":email",
            "a b:email",
            "id,id",
            "x:y:z",
            "__proto__:id",
            "constructor:id",
            "é:email",
        ],
    )
    def test_that_exist_already_or_have_no_source_stop_the_start(self, tmp_path, value):
        with pytest.raises(SettingsError, match="VESTIBULE_ACCESS_TOKEN_CLAIMS"):
            settings.load(environ=environment("sqlite:///x.db", tmp_path, ACCESS_TOKEN_CLAIMS=value))


def payload(token: str) -> dict[str, object]:
    part = token.split(".")[1]
    return json.loads(urlsafe_b64decode(part + "=" * (-len(part) % 4)))


class TestHints:
    """A developer whose front end fails silently finds the profile's name in the log."""

    REQUESTS = (
        ("auth-flow", SeenRequest("POST", "/api/auth/token/refresh", 404, False)),
        ("auth-flow", SeenRequest("GET", "/api/auth/profile", 401, False)),
        ("express-guide", SeenRequest("GET", "/api/restore-user", 404, False)),
        ("auth-service", SeenRequest("POST", "/api/v1/auth/login", 404, False)),
    )

    @pytest.mark.parametrize(("name", "seen"), REQUESTS)
    def test_name_the_profile_once(self, name, seen, capsys):
        hints = Hints(compatibility.PROFILES.values(), ())
        lines = self.noted(hints, seen, capsys)
        assert [f"VESTIBULE_COMPATIBILITY={name}" in line for line in lines] == [True]

    @pytest.mark.parametrize(("name", "seen"), REQUESTS)
    def test_say_nothing_while_an_edition_of_it_is_on(self, name, seen, capsys):
        assert not self.noted(Hints(compatibility.PROFILES.values(), (name, "express-guide:list")), seen, capsys)

    @pytest.mark.parametrize(
        "seen",
        [
            SeenRequest("GET", "/api/auth/profile", 401, True),
            SeenRequest("GET", "/api/auth/profile", 200, False),
            SeenRequest("POST", "/api/auth/login", 401, False),
            SeenRequest("GET", "/api/v2/x", 404, False),
        ],
    )
    def test_say_nothing_of_ordinary_requests(self, seen, capsys):
        assert not self.noted(Hints(compatibility.PROFILES.values(), ()), seen, capsys)

    def noted(self, hints, seen: SeenRequest, capsys) -> list[str]:
        headers = [(b"authorization", b"Bearer x")] if seen.has_authorization else []
        scope = {"method": seen.method, "path": seen.path, "headers": headers}
        hints.note(scope, seen.status)
        hints.note(scope, seen.status)
        return [line for line in capsys.readouterr().err.splitlines() if "profile_needed" in line]

    @pytest.fixture(autouse=True)
    def _warnings_are_logged(self, monkeypatch):
        logs.configure(json=True, level="warning")
        monkeypatch.setattr(hints_module, "_log", logs.get_logger("compatibility"))


class TestHooks:
    """What a profile may do, with one of the test's own."""

    def test_every_profile_is_made_of_these_and_nothing_else(self):
        assert set(Profile.__dataclass_fields__) == {
            "name", "title", "rows", "development_rows", "refusals", "weakenings", "recognises",
        }  # fmt: skip


@pytest.fixture(autouse=True)
def _no_listener():
    yield
    logs.listen()
