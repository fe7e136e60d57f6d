"""The templates of links in emails: what is accepted, and that everything else stops the start with its fix."""

import re
from dataclasses import fields
from pathlib import Path

import pytest

from harness import SECRET
from vestibule import settings
from vestibule.bootstrap.policies import relying_party
from vestibule.domain.one_time_code import CodePurpose
from vestibule.mail.links import OWN_PAGES, Links
from vestibule.settings import SettingsError
from vestibule.settings.links import FIELDS, LinkSettings

GOOD = {
    "VESTIBULE_PUBLIC_URL": "https://id.example.com",
    "VESTIBULE_APP_URL": "https://app.example.com",
    "VESTIBULE_SECRET_KEY": SECRET,
    "VESTIBULE_MAIL_TRANSPORT": "resend",
    "VESTIBULE_MAIL_FROM": "no-reply@example.com",
    "VESTIBULE_RESEND_API_KEY": "re_1",
}
NAMES = {purpose: f"VESTIBULE_LINK_{name.upper()}" for purpose, name in FIELDS.items()}


def load(template: str, **changes: str) -> settings.Settings:
    own = {"VESTIBULE_LINK_RESET_PASSWORD": template}
    return settings.load(environ={**GOOD, **own, **{f"VESTIBULE_{name}": value for name, value in changes.items()}})


def address(template: str, **changes: str) -> str:
    return load(template, **changes).link_templates[CodePurpose.PASSWORD_RESET]


def problem(template: str, **changes: str) -> settings.Problem:
    with pytest.raises(SettingsError) as caught:
        load(template, **changes)
    (found,) = caught.value.problems
    assert found.name == "VESTIBULE_LINK_RESET_PASSWORD"
    assert found.got
    assert found.fix
    return found


class TestPurposes:
    def test_each_has_its_setting_and_its_own_page(self):
        assert set(FIELDS) == set(OWN_PAGES) == set(CodePurpose)
        declared = {f"VESTIBULE_{field.metadata['name']}" for field in fields(LinkSettings)}
        assert declared == set(NAMES.values())
        assert all(page.count("{token}") == 1 for page in OWN_PAGES.values())

    @pytest.mark.parametrize("purpose", CodePurpose)
    def test_each_setting_is_about_its_purpose_alone(self, purpose):
        found = settings.load(environ={**GOOD, NAMES[purpose]: "/own/{token}"})
        assert found.link_templates == {purpose: "https://app.example.com/own/{token}"}
        links = Links(pages=found.pages_url, templates=found.link_templates)
        assert links.address(purpose, "vst_x") == "https://app.example.com/own/vst_x"
        for other in set(CodePurpose) - {purpose}:
            assert links.address(other, "vst_x").startswith("https://id.example.com/auth/"), other
        assert links.sign_in == "https://id.example.com/auth/sign-in"
        assert links.security == "https://id.example.com/account/security"

    def test_without_a_template_everything_stays_at_the_application(self):
        assert settings.load(environ=GOOD).pages_url == "https://app.example.com"
        assert settings.load(environ={**GOOD, "VESTIBULE_APP_URL": ""}).pages_url == "https://id.example.com"

    def test_an_empty_template_is_none(self):
        found = settings.load(environ={**GOOD, "VESTIBULE_LINK_RESTORE": "  "})
        assert (found.link_templates, found.pages_url) == ({}, "https://app.example.com")


# What is written, and where it leads.
TEMPLATES = {
    "/reset/{token}": "https://app.example.com/reset/{token}",
    "/reset/{token}/": "https://app.example.com/reset/{token}/",
    "/reset-{token}.html": "https://app.example.com/reset-{token}.html",
    "/?t={token}": "https://app.example.com/?t={token}",
    "/reset?lang=de&t={token}&x=1": "https://app.example.com/reset?lang=de&t={token}&x=1",
    "/go?to=https://other.example/{token}": "https://app.example.com/go?to=https://other.example/{token}",
    "/#/reset/{token}": "https://app.example.com/#/reset/{token}",
    "/#!/reset?t={token}": "https://app.example.com/#!/reset?t={token}",
    "/auth/reset-password#token={token}": "https://app.example.com/auth/reset-password#token={token}",
    "/zur%C3%BCck/{token}": "https://app.example.com/zur%C3%BCck/{token}",
    "https://app.example.com/reset/{token}": "https://app.example.com/reset/{token}",
    "https://app.example.com?t={token}": "https://app.example.com?t={token}",
    "HTTPS://App.Example.Com.:443/Reset/{token}": "https://app.example.com/Reset/{token}",
    "https://id.example.com/auth/reset-password/{token}": "https://id.example.com/auth/reset-password/{token}",
    " /reset/{token}\n": "https://app.example.com/reset/{token}",
}  # fmt: skip

WRONG_PLACES = (
    "https://other.example/{token}", "https://app.example.com.evil.example/{token}", "https://example.com/{token}",
    "https://evil-app.example.com/{token}", "https://app.example.com:8443/{token}", "http://app.example.com/{token}",
    "http://localhost/{token}", "https://127.0.0.1/{token}", "https://äpp.example.com/{token}",
)  # fmt: skip
NO_TEMPLATES = (
    # not one token
    "/reset", "/reset/", "https://app.example.com", "/{token}/{token}", "/a?t={token}#{token}", "{token}", "token",
    "/reset/{TOKEN}", "/reset/%7Btoken%7D", "/reset/:token", "/reset/<token>", "/reset/$token", "/reset/%s",
    # other placeholders
    "/{email}/{token}", "/{{token}}", "/{}/{token}", "/${token}", "/{token}}", "/{token", "/{ token }", "/{token!r}",
    "/{token.x}", "/{email}", "{{ token }}",
    # no address, or one with another scheme
    "reset/{token}", "app.example.com/{token}", "?t={token}", "#token={token}", "//app.example.com/{token}",
    "///app.example.com/{token}", "https:/app.example.com/{token}", "https:app.example.com/{token}", "https:///{token}",
    "javascript:alert('{token}')", "javascript://app.example.com/%0aalert(1)/{token}", "data:text/html,{token}",
    "ftp://app.example.com/{token}", "app://reset/{token}", "mailto:x@example.com?{token}", "://app.example.com/{token}",
    "/https://app.example.com/{token}",
    # the token in scheme, user, host or port
    "{token}://app.example.com/", "https://{token}/", "https://{token}.example.com/", "https://app.example.com{token}",
    "https://app.example.com:{token}/", "https://{token}@app.example.com/", "https://app.example.com:443{token}/x",
    # a user, a port that is none, and what parsers read as another host
    "https://me@app.example.com/{token}", "https://hocus:pocus@app.example.com/{token}", "https://@app.example.com/{token}",
    "https://app.example.com@other.example/{token}", "https://app.example.com:99999/{token}",
    "https://app.example.com\\@other.example/{token}", "https://app.example.com\\.other.example/{token}",
    "https://app.example.com:x/{token}", "https://a..b/{token}", "https://[::1/{token}", "https://-a.example/{token}",
    # signs that browsers drop, rewrite or read in several ways
    "/reset {token}", "/reset\t/{token}", "/re\nset/{token}", "/reset/{token}\r\nBcc: x", "/reset\x00/{token}",
    "/reset\x7f/{token}", "/reset\u202e/{token}", "/reset\u00a0/{token}", "/reset\u2028/{token}", "/reset\ufeff/{token}",
    "https://app.exa\tmple.com/{token}", "https://app.example.com /{token}", "/reset\\{token}", "\\\\other.example/{token}",
    "/\\other.example/{token}", "/../{token}", "/a/../{token}", "/./{token}", "/a/..?t={token}", "/%2e%2e/{token}",
    "/.%2E/{token}", "/%2f%2fother.example/{token}", "/%5cother.example/{token}", "/a%00/{token}", "/a%0d%0a/{token}",
    "/a//{token}", "/a%252e/{token}", "/a%/{token}", "/a%C/{token}", "/a%{token}", "/zurück/{token}", "/a;b/{token}",
    # what ends a link in a text, or an attribute in HTML
    '/"{token}', "/'{token}", "/<b>/{token}", "/({token})", "/a?t={token}>", "/a?t={token}'", '/a?t={token}" onclick="x',
    "/a?t=({token})", "/a?t=[{token}]", "/a?t={token}|", "/a?t=`{token}`", "/a#b#{token}", "/a?t=%3C{token}", "/a?t=%{token}",
    "/reset/{token}.", "/reset?t={token},", "/reset#{token}!", "/reset/{token}?", "/reset#{token};", "/reset#{token}:",
)  # fmt: skip


class TestTemplates:
    @pytest.mark.parametrize("written", TEMPLATES)
    def test_stand_in_path_query_or_fragment(self, written):
        assert address(written) == TEMPLATES[written]

    @pytest.mark.parametrize("written", WRONG_PLACES)
    def test_at_another_server_are_refused_with_the_two_that_are_right(self, written):
        found = problem(written)
        assert "https://app.example.com or https://id.example.com" in found.expected
        assert "VESTIBULE_APP_URL" in found.fix

    @pytest.mark.parametrize("written", NO_TEMPLATES)
    def test_of_no_use_are_refused_with_an_example(self, written):
        found = problem(written)
        assert "/reset-password/{token}" in found.expected
        assert "pocus" not in str(found)
        assert str(found).replace("\n", "").isprintable()

    @pytest.mark.parametrize(
        ("written", "rule"),
        [
            ("/reset", "{token} exactly once"),
            ("/{token}/{token}", "{token} exactly once"),
            ("/{email}/{token}", "no other braces"),
            ("https://{token}.example.com/", "behind the host"),
            ("https://app.example.com:{token}/", "behind the host"),
            ("ftp://app.example.com/{token}", "an http or https address"),
            ("https://me@app.example.com/{token}", "without a user"),
            ("app.example.com/{token}", "beginning with / or https://"),
            ("/a/../{token}", "dot segments"),
            ("/zurück/{token}", "%XX"),
            ("/a?t={token} x", "behind ? and #"),
            ("/{token}.", "at the end"),
        ],
    )
    def test_say_which_rule_they_break(self, written, rule):
        assert rule in problem(written).expected

    @pytest.mark.parametrize("purpose", CodePurpose)
    def test_of_every_purpose_are_judged_alike_and_reported_together(self, purpose):
        broken = dict.fromkeys(NAMES.values(), "https://app.example.com/") | {NAMES[purpose]: "/{token}"}
        with pytest.raises(SettingsError) as caught:
            settings.load(environ={**GOOD, **broken})
        assert {found.name for found in caught.value.problems} == set(NAMES.values()) - {NAMES[purpose]}
        elsewhere = dict.fromkeys(NAMES.values(), "https://other.example/{token}") | {NAMES[purpose]: "/{token}"}
        with pytest.raises(SettingsError) as caught:
            settings.load(environ={**GOOD, **elsewhere})
        assert {found.name for found in caught.value.problems} == set(NAMES.values()) - {NAMES[purpose]}

    def test_without_a_public_address_only_that_is_missing(self):
        with pytest.raises(SettingsError) as caught:
            load("https://app.example.com/{token}", PUBLIC_URL="")
        assert [found.name for found in caught.value.problems] == ["VESTIBULE_PUBLIC_URL"]


class TestAddresses:
    @pytest.mark.parametrize("written", ["https://bücher.example/{token}", "https://BÜCHER。example:443/{token}"])
    def test_international_hosts_are_those_that_browsers_send(self, written):
        for own in ("https://bücher.example", "https://xn--bcher-kva.example"):
            assert address(written, APP_URL=own) == "https://xn--bcher-kva.example/{token}"
        assert problem("https://bucher.example/{token}", APP_URL="https://bücher.example")

    def test_below_a_path_a_template_is_below_it_and_a_whole_address_is_not(self):
        below = {"PUBLIC_URL": "https://x.example/auth", "APP_URL": ""}
        assert address("/reset/{token}", **below) == "https://x.example/auth/reset/{token}"
        assert address("https://x.example/reset/{token}", **below) == "https://x.example/reset/{token}"
        assert load("/reset/{token}", **below).pages_url == "https://x.example/auth"
        assert address("/reset/{token}", APP_URL="https://app.example.com/shop/") == (
            "https://app.example.com/shop/reset/{token}"
        )
        assert problem("/../reset/{token}", **below)

    @pytest.mark.parametrize("own", ["http://localhost:5173", "http://127.0.0.1:5173", "http://[::1]:5173"])
    def test_in_development_the_application_has_a_port_of_its_own(self, own):
        changes = {"ENV": "development", "PUBLIC_URL": "http://localhost:8000", "APP_URL": own}
        assert address(f"{own}/{{token}}", **changes) == f"{own}/{{token}}"
        assert problem(f"{own.replace('5173', '5174')}/{{token}}", **changes)
        assert problem(f"{own.replace('http', 'https')}/{{token}}", **changes)

    def test_passkeys_work_at_both(self):
        party = relying_party(
            load("/reset/{token}", PASSKEY_DOMAIN="example.com", PUBLIC_URL="https://app.example.com/id")
        )
        assert party.origins == ("https://app.example.com",)
        party = relying_party(settings.load(environ=GOOD))
        assert (party.id, party.origins) == ("app.example.com", ("https://app.example.com",))
        party = relying_party(load("/reset/{token}"))
        assert (party.id, party.origins) == ("app.example.com", ("https://app.example.com", "https://id.example.com"))


class TestDocument:
    async def test_names_each_setting_its_page_and_a_request_that_takes_its_token(self, vestibule):
        text = (Path(__file__).parents[2] / "docs" / "sign-in.md").read_text()
        rows = re.findall(r"\| `(VESTIBULE_LINK_\w+)` \| `(\S+)` \| `POST (\S+)` `\{token(?:,password)?\}`", text)
        assert {name: page for name, page, _ in rows} == {NAMES[purpose]: page for purpose, page in OWN_PAGES.items()}
        for _, _, path in rows:
            body = {"token": "vst_x"} | ({"password": "quiet green lantern"} if "reset" in path else {})
            assert (await vestibule.post(path, body)).json()["code"] == "invalid_code", path
