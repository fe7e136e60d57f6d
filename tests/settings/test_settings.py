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

    @pytest.mark.parametrize("name", ["PUBLIC_URL", "APP_URL", "RESEND_URL", "BREACHED_LOOKUP", "CORS_ORIGINS"])
    def test_a_password_in_any_address_is_not_shown(self, name):
        problem = problems(**{name: "https://me:hocus@pocus@id.example.com"})[f"VESTIBULE_{name}"]
        assert "pocus" not in str(problem)
        assert "hocus" not in str(problem)

    @pytest.mark.parametrize(
        "value", ["*", "all", "10.0.0.0/33", "10.20.0.5/16", "0.0.0.0/0", "::/0", "fe80::1%eth0", "mirror.example.com"]
    )
    def test_networks_that_may_be_called_are_some(self, value):
        problem = problems(OUTBOUND_NETWORKS=value)["VESTIBULE_OUTBOUND_NETWORKS"]
        assert value in problem.got
        assert "10.20.0.0/16" in problem.expected
        assert problem.fix

    @pytest.mark.parametrize("name", ["RESEND_URL", "BREACHED_LOOKUP"])
    @pytest.mark.parametrize(
        "url",
        ["http://api.example.com", "https://10.20.0.5", "https://[::1]", "https://api.example.com:9443", "https://x/ü"],
    )
    def test_an_address_that_could_never_be_called_stops_the_start(self, name, url):
        problem = problems(**{name: url})[f"VESTIBULE_{name}"]
        assert url in problem.got
        assert "VESTIBULE_OUTBOUND_NETWORKS" in problem.fix

    @pytest.mark.parametrize("url", ["http://10.20.0.5:8080/pwned", "https://10.20.0.5", "http://mirror:8080"])
    def test_a_network_of_the_operator_s_own_may_be_called(self, url):
        own = {"VESTIBULE_OUTBOUND_NETWORKS": "10.20.0.0/16, fd00::/8", "VESTIBULE_BREACHED_LOOKUP": url}
        assert settings.load(environ={**GOOD, **own}).passwords.breached_lookup == url

    def test_only_the_transport_that_is_used_has_to_be_callable(self):
        unused = {"VESTIBULE_RESEND_URL": "http://10.20.0.5", "VESTIBULE_MAIL_TRANSPORT": "smtp"}
        settings.load(environ={**GOOD, **unused, "VESTIBULE_SMTP_HOST": "mail.example.com"})

    @pytest.mark.parametrize("name", ["PORT", "SMTP_PORT"])
    @pytest.mark.parametrize("value", ["0", "65536", "999999999"])
    def test_a_port_is_one(self, name, value):
        assert "65535" in problems(**{name: value})[f"VESTIBULE_{name}"].expected

    def test_no_secret_shows_in_a_repr(self):
        assert SECRET not in repr(settings.load(environ=GOOD))


# What browsers send for what operators write (URL Standard, UTS 46).
SPELLINGS = {
    "https://id.example.com:443": "https://id.example.com",
    "HTTPS://ID.Example.COM": "https://id.example.com",
    "https://id.example.com.": "https://id.example.com",
    "https://id.example.com./": "https://id.example.com",
    "https://id.example.com:0443/": "https://id.example.com",
    "https://id.example.com:": "https://id.example.com",
    "https://id.example.com:8443": "https://id.example.com:8443",
    "https://bücher.example": "https://xn--bcher-kva.example",
    "https://BÜCHER.example": "https://xn--bcher-kva.example",
    "https://bu\u0308cher.example": "https://xn--bcher-kva.example",
    "https://bücher。example": "https://xn--bcher-kva.example",
    "https://xn--bcher-kva.example": "https://xn--bcher-kva.example",
    "https://faß.example": "https://xn--fa-hia.example",
    "https://ｉｄ.example": "https://id.example",
    "http://LOCALHOST:80": "http://localhost",
    "http://[0:0:0:0:0:0:0:1]:8000": "http://[::1]:8000",
}
NO_ADDRESS = (
    "https://id.example.com:99999", "https://id.example.com:0", "https://id.example.com:x", "https://a..b", "https://.",
    "https://", "https:/id.example.com", "id.example.com", "https://me@id.example.com", "https://id.example.com?x",
    "https://id.example.com#x", "https://id.exa mple.com", "https://id.exa\tmple.com", "https://id.example.com\\x",
    "https://-a.example", "https://127.1", "https://0x7f.1", "https://256.1.1.1", "https://[::1", "https://[fe80::1%25a]",
    "https://xn--a.example", "https://%69d.example", "ftp://id.example.com", "https://*.example.com",
    "https://" + "ü" * 64 + ".example",
)  # fmt: skip


class TestOriginsAndHosts:
    @pytest.mark.parametrize("written", SPELLINGS)
    def test_every_setting_takes_them_as_browsers_send_them(self, written):
        origin = SPELLINGS[written]
        host = origin.partition("://")[2].partition(":8")[0]
        bare = written.partition("://")[2].rstrip("/").partition(":8")[0].partition(":0")[0].partition(":4")[0]
        bare = bare.removesuffix(":80").removesuffix(":")
        if host.startswith("["):
            bare = "[0:0:0:0:0:0:0:1]"
        found = settings.load(
            environ={
                **GOOD,
                "VESTIBULE_PUBLIC_URL": written,
                "VESTIBULE_APP_URL": written,
                "VESTIBULE_CORS_ORIGINS": f"{written},https://app.example",
                "VESTIBULE_PASSKEY_ORIGINS": written,
                "VESTIBULE_ALLOWED_HOSTS": f"{bare}, other.example",
                **(
                    {}
                    if "[" in bare
                    else {"VESTIBULE_PASSKEY_DOMAIN": bare, "VESTIBULE_FORWARD_AUTH": f"{bare}/* signed-in"}
                ),
            }
        )
        assert (found.server.public_url, found.server.app_url) == (origin, origin)
        assert found.server.cors_origins == (origin, "https://app.example")
        assert found.factors.passkey_origins == (origin,)
        assert found.server.allowed_hosts == (host, "other.example")
        assert found.factors.passkey_domain == ("" if "[" in bare else host)
        assert [rule.host for rule in found.proxy.rules] == ([host] if "[" not in bare else [])

    @pytest.mark.parametrize("written", NO_ADDRESS)
    @pytest.mark.parametrize("name", ["PUBLIC_URL", "APP_URL", "CORS_ORIGINS", "PASSKEY_ORIGINS"])
    def test_what_browsers_read_otherwise_or_not_at_all_is_refused_with_an_example(self, name, written):
        problem = problems(**{name: written})[f"VESTIBULE_{name}"]
        assert "https://" in problem.expected
        assert problem.fix

    @pytest.mark.parametrize("name", ["ALLOWED_HOSTS", "PASSKEY_DOMAIN", "FORWARD_AUTH_DOMAIN"])
    @pytest.mark.parametrize(
        "written", ["https://id.example.com", "id.example.com:443", "a..b", "a/b", "*.example.com"]
    )
    def test_a_host_is_a_host(self, name, written):
        assert "such as" in problems(**{name: written})[f"VESTIBULE_{name}"].expected

    def test_a_domain_for_cookies_is_spelled_so_too(self):
        given = {
            **GOOD,
            "VESTIBULE_PUBLIC_URL": "https://id.Bücher.example.",
            "VESTIBULE_FORWARD_AUTH_DOMAIN": ".BÜCHER.example",
        }
        assert settings.load(environ=given).proxy.domain == "xn--bcher-kva.example"

    @pytest.mark.parametrize("path", ["/auth", "/auth/"])
    def test_a_path_stays(self, path):
        found = settings.load(environ={**GOOD, "VESTIBULE_PUBLIC_URL": f"https://app.example:443{path}"})
        assert found.server.public_url == "https://app.example/auth"

    @pytest.mark.parametrize("path", ["/a/../b", "/./a", "/a b", "/a%20b", "//a"])
    def test_a_path_that_browsers_rewrite_is_refused(self, path):
        assert problems(PUBLIC_URL=f"https://app.example{path}")["VESTIBULE_PUBLIC_URL"].fix


# What Kubernetes says about one service.
OF_A_SERVICE = {
    "SERVICE_HOST": "10.0.0.1",
    "SERVICE_PORT": "8000",
    "SERVICE_PORT_HTTP_API": "8000",
    "PORT": "tcp://10.0.0.1:8000",
    "PORT_8000_TCP": "tcp://10.0.0.1:8000",
    "PORT_8000_TCP_PROTO": "tcp",
    "PORT_8000_TCP_PORT": "8000",
    "PORT_8000_TCP_ADDR": "10.0.0.1",
    "PORT_53_UDP": "udp://10.0.0.1:53",
    "PORT_53_UDP_PROTO": "udp",
    "PORT_9_SCTP": "sctp://10.0.0.1:9",
}


class TestKubernetes:
    """Every service of the namespace is described to every container, ours too."""

    @pytest.mark.parametrize("service", ["VESTIBULE", "VESTIBULE_DATABASE", "VESTIBULE_SMTP", "VESTIBULE_2"])
    def test_its_variables_are_not_settings(self, service):
        found = settings.load(environ={**GOOD, **{f"{service}_{name}": value for name, value in OF_A_SERVICE.items()}})
        assert (found.server.port, found.mail.smtp_port) == (8000, 587)

    def test_a_port_of_ours_counts_beside_them(self):
        given = {**GOOD, **{f"VESTIBULE_{name}": value for name, value in OF_A_SERVICE.items()}}
        assert settings.load(environ={**given, "PORT": "9001"}).server.port == 9001
        assert settings.load(environ={**given, "VESTIBULE_PORT": "9002"}).server.port == 9002

    @pytest.mark.parametrize("name", ["SERVICE_HOSTS", "PORT_TCP", "SERVICES_PORT", "PORTS"])
    def test_a_misspelled_setting_still_stops_the_start(self, name):
        assert problems(**{name: "1"})


class TestEnvironmentFile:
    def test_is_read_in_development_alone_and_below_the_environment(self, tmp_path, monkeypatch):
        monkeypatch.chdir(tmp_path)
        (tmp_path / ".env").write_text(
            "VESTIBULE_PRODUCT_NAME=Of the file\nVESTIBULE_WORKERS=3\nVESTIBULE_PORT=tcp://x\n"
        )
        monkeypatch.setenv("VESTIBULE_WORKERS", "2")
        own = {"PUBLIC_URL": "http://localhost:8000", "SECRET_KEY": SECRET}
        found = settings.load({"ENV": "development", **own})
        assert (found.server.product, found.server.workers, found.server.port) == ("Of the file", 2, 8000)
        more = {name.removeprefix("VESTIBULE_"): value for name, value in GOOD.items()}
        assert settings.load({"ENV": "production", **more}).server.product == "Vestibule"

    def test_one_that_is_no_text_is_named(self, tmp_path, monkeypatch):
        monkeypatch.chdir(tmp_path)
        (tmp_path / ".env").write_bytes(b"VESTIBULE_PRODUCT_NAME=\xff\xfe")
        with pytest.raises(SettingsError) as caught:
            settings.load({"ENV": "development"})
        assert caught.value.problems[0].name == ".env"
