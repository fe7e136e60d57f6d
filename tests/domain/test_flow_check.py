"""The flow checker: quiet about what is shipped, and it finds every hole that is put there on purpose."""

from dataclasses import replace

import pytest

from harness import environment
from vestibule import bootstrap, settings
from vestibule.domain.flow_check import Property, check
from vestibule.domain.login import EnrolledFactor, Factor, MethodRule, Stage

POSSESSION = frozenset({Factor.POSSESSION})


def config(tmp_path, **overrides):
    given = settings.load(environ=environment(f"sqlite:///{tmp_path}/x.db", tmp_path, **overrides))
    system = bootstrap.build(given)
    system.hashes.close()
    return system.flows


def broken(found):
    return {finding.broken for finding in check(found)}


def with_rule(found, method, **changes):
    return replace(found, rules=tuple(replace(r, **changes) if r.method == method else r for r in found.rules))


class TestShipped:
    @pytest.mark.parametrize(
        "overrides",
        [
            {},
            {"MFA": "required"},
            {"MFA": "required", "MFA_FROM": "2030-01-31"},
            {"MFA": "off"},
            {"MFA_ROLES": "admin,staff"},
            {"LOGIN_METHODS": "passkey,email_link"},
            {"LOGIN_METHODS": "password,totp,recovery_code"},
            {"LOGIN_METHODS": "passkey,password"},
            {"TRUSTED_DEVICE": "0s"},
        ],
        ids=str,
    )
    def test_nothing_is_broken(self, tmp_path, overrides):
        assert check(config(tmp_path, **overrides)) == []


class TestBrokenOnPurpose:
    def test_a_first_step_that_proves_nothing_about_the_account(self, tmp_path):
        rule = MethodRule("handshake", EnrolledFactor.NOTHING, frozenset(), frozenset({Stage.START}), binds=False)
        found = config(tmp_path)
        finding = check(replace(found, rules=(rule, *found.rules)))[0]
        assert finding.broken is Property.BOUND
        assert finding.path == ("prove handshake", "the session is made")

    def test_a_recovery_without_a_wait(self, tmp_path):
        finding = check(replace(config(tmp_path), recovery_delay=0))[0]
        assert finding.broken is Property.STRONG
        assert finding.path[-2:] == ("recover after 0 h", "the session is made")

    def test_a_reset_that_drops_the_second_factor(self, tmp_path):
        finding = check(replace(config(tmp_path), reset_keeps_factors=False))[0]
        assert finding.broken is Property.RESET
        assert finding.path == ("reset the password by email", "prove password", "the session is made")

    def test_a_reset_that_signs_in(self, tmp_path):
        assert Property.RESET in broken(replace(config(tmp_path), reset_signs_in=True))

    def test_a_mailbox_that_counts_as_a_factor(self, tmp_path):
        found = with_rule(config(tmp_path), "email_link", factors=POSSESSION, stages=frozenset(Stage))
        assert broken(found) & {Property.STRONG, Property.RESET}

    def test_recovery_codes_that_open_the_door_alone(self, tmp_path):
        both = frozenset({Factor.POSSESSION, Factor.KNOWLEDGE})
        found = with_rule(config(tmp_path), "recovery_code", factors=both, stages=frozenset({Stage.START}))
        assert Property.STRONG in broken(found)

    def test_no_way_back_without_codes_and_without_recovery(self, tmp_path):
        findings = check(config(tmp_path, RECOVERY_DELAY="0s", LOGIN_METHODS="password,totp"))
        assert [finding.broken for finding in findings] == [Property.RECOVERY]
        assert findings[0].actor.startswith("the owner, without")

    def test_a_finding_can_be_read(self, tmp_path):
        text = str(check(replace(config(tmp_path), recovery_delay=0))[0])
        assert "account:" in text
        assert "  1. prove" in text
