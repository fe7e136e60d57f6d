"""What a session claims about its sign-in is computed from its proofs, in one place: their order does not matter, and
more of them never claim less.
"""

import ast
from itertools import permutations
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import vestibule
from harness import environment
from vestibule import bootstrap, settings
from vestibule.domain.login import FACTORS_OF_AMR, Assurance, Evidence, Factor, assurance

SOURCE = Path(vestibule.__file__).parent
KNOWLEDGE, POSSESSION = frozenset({Factor.KNOWLEDGE}), frozenset({Factor.POSSESSION})
VERIFIED = POSSESSION | {Factor.USER_VERIFICATION}
# Every proof that the product makes: its AMR value and the factors that it can show.
PROOFS = [
    ("pwd", KNOWLEDGE),
    ("otp", POSSESSION),
    ("recovery", POSSESSION),
    ("hwk", POSSESSION),
    ("hwk", VERIFIED),
    ("swk", POSSESSION),
    ("swk", VERIFIED),
    ("email", frozenset()),
    ("", frozenset()),
]
evidence = st.builds(
    lambda proof, at: Evidence(proof[0], proof[1], proof[0], at), st.sampled_from(PROOFS), st.integers(0, 99)
)
several = st.lists(evidence, min_size=1, max_size=6)


def claims(found):
    """An assurance without the order of its names."""
    return {*found.amr}, found.aal, found.auth_time


class TestTheOneFunction:
    @given(st.lists(evidence, min_size=1, max_size=4))
    def test_does_not_depend_on_the_order_of_the_proofs(self, proofs):
        assert len({repr(sorted(claims(assurance(order))[0])) for order in permutations(proofs)}) == 1
        assert len({claims(assurance(order))[1:] for order in permutations(proofs)}) == 1

    @given(several, several)
    def test_does_not_depend_on_when_they_are_put_together(self, before, later):
        """At once, one after another, or as a session of the first and a step-up with the others."""
        at_once, one_by_one = assurance([*before, *later]), assurance(before[:1])
        for proof in (*before[1:], *later):
            one_by_one = one_by_one.plus(proof)
        assert at_once == one_by_one == assurance(before).plus(*later)
        assert claims(at_once) == claims(assurance(later).plus(*before))

    @given(several, several)
    def test_never_claims_less_for_more(self, before, more):
        less, found = assurance(before), assurance(before).plus(*more)
        assert found.aal >= less.aal
        assert found.auth_time >= less.auth_time
        assert {*found.amr} >= {*less.amr}

    @given(several)
    def test_says_mfa_at_level_2_and_only_then_and_last(self, proofs):
        found = assurance(proofs)
        assert ("mfa" in found.amr) == (found.aal == 2) == (found.amr[-1:] == ("mfa",))
        assert len({*found.amr}) == len(found.amr)

    @given(several)
    def test_is_level_2_for_two_kinds_of_factor_and_only_then(self, proofs):
        kinds = frozenset().union(*(proof.factors for proof in proofs))
        assert assurance(proofs).aal == (2 if len(kinds) > 1 else 1)

    @given(several)
    def test_has_the_time_of_the_latest_proof(self, proofs):
        assert assurance(proofs).auth_time == max(proof.at for proof in proofs)

    @given(several)
    def test_keeps_the_order_in_which_the_names_were_proved(self, proofs):
        names = [*dict.fromkeys(proof.amr for proof in proofs if proof.amr)]
        assert [name for name in assurance(proofs).amr if name != "mfa"] == names

    @given(several)
    def test_gains_nothing_by_the_same_proofs_again(self, proofs):
        assert assurance(proofs).plus(*proofs) == assurance(proofs)

    def test_wants_evidence(self):
        with pytest.raises(ValueError, match="empty"):
            assurance([])

    @pytest.mark.parametrize("name", ["email", "api_key", "mfa", "unheard_of", ""])
    def test_takes_a_name_without_a_factor_for_no_factor(self, name):
        later = Evidence("password", KNOWLEDGE, "pwd", 2)
        assert Assurance((name,), 1, 1).plus(later).aal == 1

    def test_a_mailbox_and_a_password_are_not_mfa(self):
        proofs = [Evidence("email_link", frozenset(), "email", 5), Evidence("password", KNOWLEDGE, "pwd", 6)]
        assert assurance(proofs) == Assurance(("email", "pwd"), 1, 6)

    def test_two_factors_are_two_however_far_apart(self):
        """A step-up with another factor than that of the sign-in (NIST SP 800-63B section 4), in either order."""
        password, key = Evidence("password", KNOWLEDGE, "pwd", 1), Evidence("passkey", POSSESSION, "hwk", 10**15)
        assert assurance([password]).plus(key) == Assurance(("pwd", "hwk", "mfa"), 2, 10**15)
        assert assurance([key]).plus(password) == Assurance(("hwk", "pwd", "mfa"), 2, 10**15)

    def test_two_of_one_kind_are_one(self):
        code, other = Evidence("totp", POSSESSION, "otp", 1), Evidence("recovery_code", POSSESSION, "recovery", 2)
        assert assurance([code]).plus(other) == Assurance(("otp", "recovery"), 1, 2)


def test_every_amr_value_stands_for_what_its_methods_prove(tmp_path):
    values = environment(f"sqlite:///{tmp_path}/x.db", tmp_path)
    system = bootstrap.build(settings.load(environ=values))
    system.hashes.close()
    rules = [rule for rule in system.flows.rules if rule.amr]
    for rule in rules:
        for name in rule.amr:
            least = FACTORS_OF_AMR.get(name, frozenset())
            assert least == (rule.factors if len(rule.factors) < 2 else rule.factors & POSSESSION), name
            assert name in {known for known, _ in PROOFS}
    assert {name for rule in rules for name in rule.amr} >= FACTORS_OF_AMR.keys()


def test_no_other_code_puts_an_assurance_together():
    made = [
        f"{path.relative_to(SOURCE)}:{node.lineno}"
        for path in SOURCE.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if (isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Assurance")
        or (isinstance(node, ast.Constant) and node.value == "mfa" and "settings" not in path.parts)
    ]
    assert {place.partition(":")[0] for place in made} == {"domain/login.py"}, made
