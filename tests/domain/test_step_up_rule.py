"""A step-up offers what the rule accepts, for every account there can be; what is weaker than that it does not accept."""

from itertools import chain, combinations

import pytest

from harness import environment
from vestibule import bootstrap, settings
from vestibule.cli.flows import SHIPPED
from vestibule.domain.assurance import EnrolledFactors, next_methods, step_up_methods, step_up_rule
from vestibule.domain.login import Assurance, EnrolledFactor, Evidence, Stage, assurance

WINDOW = 600
KEPT = (EnrolledFactor.PASSWORD, EnrolledFactor.PASSKEY, EnrolledFactor.TOTP, EnrolledFactor.RECOVERY_CODE)
ACCOUNTS = [
    EnrolledFactors(frozenset({*kept, EnrolledFactor.EMAIL, EnrolledFactor.NOTHING}), wants, frozenset())
    for kept in chain.from_iterable(combinations(KEPT, count) for count in range(len(KEPT) + 1))
    for wants in (False, True)
]


def flows_of(tmp_path, overrides):
    system = bootstrap.build(settings.load(environ=environment(f"sqlite:///{tmp_path}/x.db", tmp_path, **overrides)))
    system.hashes.close()
    return system.flows


def evidence(rule, at):
    return [Evidence(rule.method, rule.factors, name, at) for name in rule.amr or {""}]


def completed(flows, holder):
    """Every way through a step-up of this account, as the evidence that it ends with."""
    by_name = {rule.method: rule for rule in flows.rules}
    ways = [(proof,) for name in step_up_methods(flows.rules, holder) for proof in evidence(by_name[name], 0)]
    while ways:
        way = ways.pop()
        following = next_methods(flows.rules, flows.policy, holder, way, flows.policy.forced_from)
        if following is None:
            yield way
            continue
        # Setting a factor up changes the account, and recovery ends the session: neither is a step-up of this one.
        usual = [by_name[name] for name in following if not by_name[name].stages & {Stage.ENROL, Stage.RECOVER}]
        ways += [(*way, proof) for rule in usual for proof in evidence(rule, 0)]


def rule_of(flows, holder):
    return step_up_rule(
        flows.rules, holder, flows.policy.required(holder.roles, wants=holder.wants_second_factor), WINDOW
    )


@pytest.mark.parametrize("configuration", SHIPPED)
class TestEveryAccount:
    def test_may_go_on_after_any_step_up_that_was_offered(self, tmp_path, configuration):
        flows, ways = flows_of(tmp_path, SHIPPED[configuration]), 0
        for holder in ACCOUNTS:
            for way in completed(flows, holder):
                ways += 1
                assert rule_of(flows, holder).accepts(assurance(way), WINDOW), (holder, way)
                assert not rule_of(flows, holder).accepts(assurance(way), WINDOW + 1), (holder, way)
        assert ways

    def test_that_holds_a_password_or_a_passkey_does_nothing_by_mail(self, tmp_path, configuration):
        flows = flows_of(tmp_path, SHIPPED[configuration])
        by_mail = Assurance(("email",), 1, 0)
        has_mail = any(rule.requires is EnrolledFactor.EMAIL for rule in flows.rules)
        for holder in ACCOUNTS:
            starts = {rule.requires for rule in flows.rules if Stage.START in rule.stages and rule.factors}
            holds_more = bool(holder.enrolled & starts)
            expected = has_mail and not holds_more and rule_of(flows, holder).level == 1
            assert rule_of(flows, holder).accepts(by_mail, 0) is expected, holder

    def test_has_a_name_for_every_proof(self, tmp_path, configuration):
        for rule in flows_of(tmp_path, SHIPPED[configuration]).rules:
            assert bool(rule.amr) is bool(rule.stages & {Stage.START, Stage.CONTINUE}), rule.method
