"""Configuration faults: all at once, each with the name, what was given, what is expected and the fix."""

import pytest

from harness import SECRET
from vestibule import settings
from vestibule.domain.instant import MINUTE
from vestibule.settings import SettingsError

GOOD = {
    "VESTIBULE_PUBLIC_URL": "https://id.example.com",
    "VESTIBULE_SECRET_KEY": SECRET,
    "VESTIBULE_MAIL_TRANSPORT": "resend",
    "VESTIBULE_MAIL_FROM": "no-reply@example.com",
    "VESTIBULE_RESEND_API_KEY": "re_1",
}


def problems(**changes: str) -> dict[str, settings.Problem]:
    given = {**GOOD, **{f"VESTIBULE_{name}": value for name, value in changes.items()}}
    with pytest.raises(SettingsError) as caught:
        settings.load(environ=given)
    return {problem.name: problem for problem in caught.value.problems}


class TestProduction:
    def test_starts_with_the_good_ones(self):
        assert settings.load(environ=GOOD).server.environment == "production"

    def test_reports_everything_at_once(self):
        with pytest.raises(SettingsError) as caught:
            settings.load(environ={})
        names = {problem.name for problem in caught.value.problems}
        assert names == {"VESTIBULE_SECRET_KEY", "VESTIBULE_PUBLIC_URL", "VESTIBULE_MAIL_TRANSPORT"}
        assert all(problem.fix for problem in caught.value.problems)

    @pytest.mark.parametrize(
        "secret", ["short", "changeme-changeme-changeme-changeme", "a" * 64, "my-example-key-0123456789-abcdefgh"]
    )
    def test_refuses_short_and_example_secrets_without_showing_them(self, secret):
        problem = problems(SECRET_KEY=secret)["VESTIBULE_SECRET_KEY"]
        assert secret not in str(problem)

    @pytest.mark.parametrize("url", ["http://id.example.com", "http://10.0.0.1:8000"])
    def test_refuses_plain_http_beyond_loopback(self, url):
        assert "VESTIBULE_PUBLIC_URL" in problems(PUBLIC_URL=url)

    @pytest.mark.parametrize("url", ["http://localhost:8000", "http://127.0.0.1", "http://[::1]:9"])
    def test_accepts_plain_http_on_loopback(self, url):
        assert settings.load(environ={**GOOD, "VESTIBULE_PUBLIC_URL": url}).server.public_url == url

    def test_keeps_no_mailbox(self):
        assert "VESTIBULE_MAIL_TRANSPORT" in problems(MAIL_TRANSPORT="mailbox")

    def test_sends_no_mail_in_clear_beyond_loopback(self):
        found = problems(MAIL_TRANSPORT="smtp", SMTP_HOST="mail.example.com", SMTP_TLS="none")
        assert "VESTIBULE_SMTP_TLS" in found


class TestValues:
    def test_an_unknown_name_stops_the_start_and_names_the_nearest(self):
        problem = problems(SESION_IDLE="7d")["VESTIBULE_SESION_IDLE"]
        assert problem.fix == "Did you mean VESTIBULE_SESSION_IDLE?"

    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("SESSION_IDLE", "7 weeks"),
            ("PORT", "eighty"),
            ("WORKERS", "-1"),
            ("LIMIT_LOGIN_ADDRESS", "60"),
            ("REGISTRATION", "closed"),
            ("PUBLIC_URL", "id.example.com"),
            ("CORS_ORIGINS", "https://a.example/path"),
            ("DATABASE_URL", "mysql://x"),
            ("DATABASE_SCHEMA", 'a"b'),
            ("TRUSTED_PROXIES", "10.0.0.0/33"),
        ],
    )
    def test_bad_values_say_what_is_expected(self, name, value):
        problem = problems(**{name: value})[f"VESTIBULE_{name}"]
        assert problem.expected
        assert problem.fix

    def test_plain_names_of_hosting_platforms_are_accepted(self):
        given = {**GOOD, "PORT": "10000", "DATABASE_URL": "postgres://u:p@db/x"}
        found = settings.load(environ=given)
        assert (found.server.port, found.database_url) == (10000, "postgres://u:p@db/x")

    def test_secrets_come_from_files_too(self, tmp_path):
        path = tmp_path / "secret"
        path.write_text(SECRET + "\n")
        given = {k: v for k, v in GOOD.items() if k != "VESTIBULE_SECRET_KEY"} | {
            "VESTIBULE_SECRET_KEY_FILE": str(path)
        }
        assert settings.load(environ=given).server.secret_key == SECRET
        given["VESTIBULE_SECRET_KEY_FILE"] = str(tmp_path / "missing")
        with pytest.raises(SettingsError) as caught:
            settings.load(environ=given)
        assert "VESTIBULE_SECRET_KEY_FILE" in str(caught.value)

    def test_durations_and_limits_have_units(self):
        found = settings.load(environ={**GOOD, "VESTIBULE_SESSION_IDLE": "90m", "VESTIBULE_LIMIT_MAIL": "3/2h"})
        assert found.sessions.idle == 90 * MINUTE
        assert (found.limits.mail.burst, found.limits.mail.period) == (3, 120 * MINUTE)

    def test_mails_are_spread_in_production_and_within_a_minute(self):
        assert settings.load(environ=GOOD).mail_spread == 2_000_000
        assert settings.load(environ={**GOOD, "VESTIBULE_ENV": "development"}).mail_spread == 0
        assert settings.load(environ={**GOOD, "VESTIBULE_MAIL_SPREAD": "1m"}).mail_spread == MINUTE
        for wrong in ("61s", "999999999d", "2", "-1s", "zwei"):
            with pytest.raises(SettingsError) as caught:
                settings.load(environ={**GOOD, "VESTIBULE_MAIL_SPREAD": wrong})
            assert "VESTIBULE_MAIL_SPREAD" in str(caught.value)

    def test_no_secret_shows_in_a_repr(self):
        assert SECRET not in repr(settings.load(environ=GOOD))
