"""Every row's own errors, profiles included, those that its controller raises: each is provoked by a recipe, and promised as answered.

The errors of the checks and the middleware are in test_promised_errors.py.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import mailed
import pytest
import recipes
from accounts import WITHOUT_LIMITS
from proving import MEMBERS, SENSITIVE
from test_promised_errors import PROFILES, SIBLINGS, Caller, cut, name_of

from harness import PASSWORD, running
from promises import promises_of
from vestibule import compatibility
from vestibule.domain import errors
from vestibule.domain.errors import VestibuleError
from vestibule.http.problems import status_of
from vestibule.routes import ROUTES

__all__ = ["cut"]
MINUTE = 60_000_000
OTHER = "Zr8Lm3Qw6Xt1Vb9Kp4Yn7Hs2Jd5Gf0Ca-other"
OWN = {name_of(row): row for row in ROUTES}
ROWS = {
    name_of(row): row for row in compatibility.rows(ROUTES, compatibility.chosen(PROFILES.split(",")), development=True)
} | OWN
DEMANDED = {"MFA": "required"}
# A second factor is demanded, and there is no way to one.
DEAD_END = DEMANDED | {"LOGIN_METHODS": "password,email_code"}
FULL = {"PASSWORD_THREADS": "1", "PASSWORD_QUEUE": "0"}
SILENT = {"BREACHED_LOOKUP": "http://127.0.0.1:9", "BREACHED_LOOKUP_FAILURE": "refuse"}
SILENT |= {"OUTBOUND_NETWORKS": "127.0.0.1/32"}
GUARDED = SIBLINGS | {"FORWARD_AUTH": "app.example.localhost/vault/* aal=2\napp.example.localhost/closed deny"}

STEP, LINKS = "POST /api/login/{attempt}/steps", "POST /api/login/links"
BEGIN, FINISH = "POST /api/registration", "POST /api/registration/{attempt}"
USERS, SESSION = "POST /api/users", "POST /api/session"
REGISTER = ("POST /api/auth/register", "POST /api/v1/auth/signup")
LOGIN = ("POST /api/auth/login", "POST /api/v1/auth/login")
REFRESH = ("POST /api/auth/refresh", "POST /api/auth/token/refresh", "POST /api/v1/user-session/get-access-token")
RESET = ("POST /api/auth/reset-password", "POST /api/v1/password/reset")
CONFIRM = ("POST /api/auth/verify-email", "POST /api/v1/verify/email")
UNDO = "POST /api/account/undo-email"
PASSKEYS, PASSKEY, TOTP = "POST /api/account/passkeys", "/api/account/passkeys/{id}", "/api/account/totp"
FIRST_CODE, NEW_CODES = "POST /api/account/totp/{ceremony}", "POST /api/account/recovery-codes"
KEYS, ASK = "POST /api/account/api-keys", "GET /forward-auth/session"
OAUTH = ("POST /oauth/introspect", "POST /oauth/revoke")
LISTS, LIST, CHANGES = "GET /oauth/status-lists", "GET /oauth/status-lists/{number}", "GET /oauth/status-changes"


@dataclass(frozen=True)
class Recipe:
    """How to provoke an error at a row, in a system with these settings."""

    name: str
    error: type[VestibuleError]
    run: recipes.Run
    settings: dict[str, str]


def at(names: str | Iterable[str], error: type[VestibuleError], run: recipes.Run, **settings: str) -> list[Recipe]:
    return [Recipe(name, error, run, settings) for name in ([names] if isinstance(names, str) else names)]


RECIPES = [
    *at([FINISH, STEP, PASSKEYS, FIRST_CODE], errors.InvalidAttempt, recipes.by_alice),
    *at(mailed.TOKENS, errors.InvalidCode, recipes.by_alice),
    *at(mailed.TOKENS, errors.ExpiredCode, mailed.too_late),
    *at(mailed.TOKENS, errors.UsedCode, mailed.twice),
    *at(STEP, errors.InvalidCode, mailed.wrong_code),
    *at(STEP, errors.ExpiredCode, mailed.late_code, PASSWORD_THREADS="1"),
    *at(STEP, errors.UsedCode, mailed.code_twice, MFA="required", LOGIN_METHODS="email_code"),
    *at([SESSION, *LOGIN], errors.InvalidCredentials, recipes.anonymous),
    *at(STEP, errors.InvalidCredentials, recipes.wrong_password),
    *at(USERS, errors.MfaRequired, recipes.anonymous, **DEMANDED),
    *at([SESSION, *LOGIN], errors.MfaRequired, recipes.about_alice, **DEMANDED),
    *at(USERS, errors.StepNotOffered, recipes.anonymous, **DEAD_END),
    *at([SESSION, *LOGIN], errors.StepNotOffered, recipes.about_alice, **DEAD_END),
    *at(STEP, errors.StepNotOffered, recipes.app_first),
    *at(f"POST {TOTP}", errors.StepNotOffered, recipes.by_alice, MFA="off"),
    *at(STEP, errors.WrongCode, recipes.wrong_digits),
    *at(FIRST_CODE, errors.WrongCode, recipes.an_app_with_wrong_digits),
    *at(STEP, errors.PasskeyRefused, recipes.a_lie),
    *at(FINISH, errors.PasskeyRefused, recipes.registering_with_a_lie),
    *at(PASSKEYS, errors.PasskeyRefused, recipes.adding_a_lie),
    *at(STEP, errors.UnknownPasskey, recipes.a_removed_passkey),
    *at(STEP, errors.AlreadyRegistered, recipes.another_s_passkey_id, **DEMANDED),
    *at(PASSKEYS, errors.AlreadyRegistered, recipes.adding_it_twice),
    *at([BEGIN, USERS, *REGISTER], errors.IdentifierTaken, recipes.about_a_newcomer),
    *at(FINISH, errors.IdentifierTaken, recipes.overtaken),
    *at("PATCH /api/account", errors.IdentifierTaken, recipes.a_taken_name),
    *at(CONFIRM, errors.IdentifierTaken, mailed.confirming_what_is_another_s),
    *at(UNDO, errors.IdentifierTaken, mailed.undoing_to_what_is_another_s),
    *at([USERS, SESSION, *REGISTER, *LOGIN], errors.Overloaded, recipes.full(recipes.ready(recipes.anonymous)), **FULL),
    *at(NEW_CODES, errors.Overloaded, recipes.full(recipes.new_codes), **FULL),
    *at(STEP, errors.Overloaded, recipes.full(recipes.a_password_step), **FULL),
    *at(FINISH, errors.Overloaded, recipes.full(recipes.registering), **FULL),
    *at(RESET, errors.Overloaded, recipes.full(mailed.a_reset), **FULL),
    *at(CONFIRM, errors.Overloaded, recipes.full(recipes.digits), **FULL),
    *at(FIRST_CODE, errors.Overloaded, recipes.full(recipes.an_app), **FULL),
    *at([USERS, *REGISTER], errors.PasswordCheckUnavailable, recipes.anonymous, **SILENT),
    *at(RESET, errors.PasswordCheckUnavailable, mailed.resetting_without_a_password, **SILENT),
    *at("POST /api/auth/change-password", errors.PasswordCheckUnavailable, recipes.without_a_password, **SILENT),
    *at(REFRESH, errors.InvalidRefreshToken, recipes.after_the_end),
    *at(["POST /api/auth/logout", "GET /api/require-auth"], errors.NotAuthenticated, recipes.anonymous),
    *at(f"POST {TOTP}", errors.Conflict, recipes.without_a_password),
    *at(NEW_CODES, errors.Conflict, recipes.by_alice),
    *at("PUT /api/account/second-factor", errors.Conflict, recipes.sending({"required": True})),
    *at("DELETE /api/account/password", errors.Conflict, recipes.beside_an_app),
    *at(KEYS, errors.Conflict, recipes.one_key_more),
    *at("DELETE /api/account/password", errors.LastMethod, recipes.by_alice),
    *at(f"DELETE {PASSKEY}", errors.LastMethod, recipes.without_a_password),
    *at(KEYS, errors.InvalidScope, recipes.by_alice),
    *at("POST /api/auth/token", errors.InvalidScope, recipes.another_scope),
    *at("POST /api/auth/token", errors.UnknownResource, recipes.by_alice),
    *at(OAUTH, errors.InvalidClient, recipes.anonymous),
    *at([f"PATCH {PASSKEY}", f"DELETE {PASSKEY}", f"DELETE {TOTP}"], errors.NotFound, recipes.by_alice),
    *at(["DELETE /api/sessions/{id}", "DELETE /api/account/trusted-devices/{id}"], errors.NotFound, recipes.by_alice),
    *at("DELETE /api/account/api-keys/{id}", errors.NotFound, recipes.by_alice),
    *at(["GET /packages/{file}", "GET /packages/{digest}/{file}"], errors.NotFound, recipes.anonymous),
    *at("GET /api/v1/user-session/all", errors.NotFound, recipes.about_another),
    *at(LIST, errors.NotFound, recipes.getting("/oauth/status-lists/7")),
    *at("GET /metrics", errors.NotFound, recipes.anonymous, METRICS_TOKEN="only for the one who scrapes"),
    *at(CHANGES, errors.TooManyFollowers, recipes.one_follower_more),
    *at(ASK, errors.AssuranceRequired, recipes.asking_about("http://app.example.localhost/vault/1"), **GUARDED),
    *at(ASK, errors.AccessDenied, recipes.asking_about("http://app.example.localhost/closed"), **GUARDED),
    *at(ASK, errors.ForwardAuthUnclear, recipes.getting("/forward-auth/session?address=nowhere"), **GUARDED),
]
# Each of a test of its own below.
WITHOUT_DATABASE = {
    "GET /metrics", "GET /.well-known/jwks.json", "GET /dev/mailbox.json", *REFRESH, ASK, *OAUTH, LISTS, LIST, CHANGES,
}  # fmt: skip
WITHOUT_SIGNING_KEY = {*REFRESH, LIST}
REPLACED_MEANWHILE = {SESSION, *LOGIN}


async def assert_promised(vestibule, name, error, answer):
    """Assert that this answer has this error, and that the document of its system promises it."""
    row = ROWS[name]
    assert answer.json()["code"] == error.code, f"{name}: {answer.status_code} {answer.text[:300]}"
    assert name not in OWN or answer.status_code == status_of(error)
    assert (answer.status_code, error.code) in promises_of(vestibule.app.state.openapi()).of(row.method, row.path)


class TestEveryErrorOfAController:
    @pytest.mark.parametrize("recipe", RECIPES, ids=lambda recipe: f"{recipe.error.code} at {recipe.name}")
    async def test_is_answered_and_promised(self, sqlite_url, tmp_path, recipe):
        profiles = {} if recipe.name in OWN else {"COMPATIBILITY": PROFILES}
        async with running(sqlite_url, tmp_path, **{**WITHOUT_LIMITS, **profiles, **recipe.settings}) as vestibule:
            answer = await recipe.run(Caller(vestibule), ROWS[recipe.name])
            await assert_promised(vestibule, recipe.name, recipe.error, answer)

    async def test_is_answered_and_promised_without_the_database(self, cut):
        vestibule, take_away = cut
        caller = await Caller(vestibule).sign_in()
        refreshes = {name: await recipes.a_refresh(caller, ROWS[name]) for name in REFRESH}
        asking = await recipes.forward_auth_cookie(caller, f"{vestibule.base_url}/")
        await take_away()
        vestibule.clock.advance(10 * MINUTE)  # what was read before is believed no more
        valid = WITHOUT_DATABASE - {*REFRESH, ASK}
        answers = {name: await caller.send_valid(ROWS[name]) for name in valid}
        answers |= {name: await caller.stranger.post(ROWS[name].path, body) for name, body in refreshes.items()}
        answers[ASK] = await caller.stranger.get("/forward-auth/session?address=http://x/", Cookie=asking)
        for name, answer in answers.items():
            await assert_promised(vestibule, name, errors.DatabaseUnavailable, answer)

    async def test_is_answered_and_promised_where_a_password_proves_the_user_and_too_many_wait(
        self, sqlite_url, tmp_path
    ):
        """No controller's error: the check of the proof raises it."""
        async with running(sqlite_url, tmp_path, **FULL) as vestibule:
            caller = await Caller(vestibule).sign_in()
            for name, member in MEMBERS.items():
                with vestibule.app.state.system.hashes.room():
                    answer = await caller.browser.send(*name.split(), {**SENSITIVE[name], member: PASSWORD})
                await assert_promised(vestibule, name, errors.Overloaded, answer)

    async def test_is_answered_and_promised_where_the_master_secret_does_not_open_the_signing_key(
        self, sqlite_url, tmp_path
    ):
        """A worker with another secret made the key."""
        async with (
            running(sqlite_url, tmp_path, COMPATIBILITY=PROFILES) as vestibule,
            running(sqlite_url, tmp_path, SECRET_KEY=OTHER) as strange,
        ):
            caller = await Caller(vestibule).sign_in()
            refreshes = {name: await recipes.a_refresh(caller, ROWS[name]) for name in REFRESH}
            await strange.services.tokens.signing_keys.rotate()
            vestibule.clock.advance(11 * MINUTE)
            answers = {name: await caller.send_valid(ROWS[name]) for name in (*LOGIN, LIST)}
            answers |= {name: await caller.stranger.post(ROWS[name].path, body) for name, body in refreshes.items()}
            for name, answer in answers.items():
                await assert_promised(vestibule, name, errors.Unavailable, answer)
            assert answers.keys() - {*LOGIN} == WITHOUT_SIGNING_KEY  # at LOGIN it stands beside the errors of checks

    @pytest.mark.parametrize("name", sorted(REPLACED_MEANWHILE))
    async def test_is_answered_and_promised_when_the_password_is_replaced_after_it_was_checked(
        self, postgres_url, tmp_path, name
    ):
        """On PostgreSQL, where a user's row can be held while a password is checked."""
        async with running(postgres_url, tmp_path, COMPATIBILITY=PROFILES) as vestibule:
            answer = await recipes.with_a_password_that_is_replaced_meanwhile(Caller(vestibule), ROWS[name])
            await assert_promised(vestibule, name, errors.InvalidAttempt, answer)


def test_every_error_of_every_row_has_one_recipe_and_no_recipe_is_left_over():
    known = [(recipe.name, recipe.error.code) for recipe in RECIPES]
    known += [(name, errors.DatabaseUnavailable.code) for name in WITHOUT_DATABASE]
    known += [(name, errors.Unavailable.code) for name in WITHOUT_SIGNING_KEY]
    known += [(name, errors.InvalidAttempt.code) for name in REPLACED_MEANWHILE]
    assert sorted(known) == sorted((name, error.code) for name, row in ROWS.items() for error in row.errors)
