"""Whatever can open an account has a place in the table that says what takes it back."""

import inspect
import re
from pathlib import Path

import vestibule
from vestibule.domain.credential import CredentialKind
from vestibule.domain.one_time_code import CodePurpose
from vestibule.domain.taking_back import TABLE, Event, Thing
from vestibule.services.records.notifications import Notifications
from vestibule.services.sessions import take_back

SOURCE = Path(vestibule.__file__).parent
# Each purpose of a one-time code, each kind of credential, and each email with a secret, by the thing that it is.
PURPOSES = {
    CodePurpose.PASSWORD_RESET: Thing.RESET_LINKS,
    CodePurpose.EMAIL_VERIFICATION: Thing.EMAIL_CHANGE,
    CodePurpose.SIGN_IN: Thing.SIGN_IN_CODES,
    CodePurpose.EMAIL_UNDO: Thing.OLDER_UNDO_LINKS,
    CodePurpose.RECOVERY_CANCEL: Thing.RECOVERY,
    CodePurpose.DELETION_UNDO: Thing.RESTORE_LINKS,
    CodePurpose.NOT_ME: Thing.NOT_ME_LINKS,
}
CREDENTIALS = dict.fromkeys(CredentialKind, Thing.FACTORS)
EMAILS = {
    "verify_email": Thing.EMAIL_CHANGE,
    "password_reset": Thing.RESET_LINKS,
    "locked_down": Thing.RESET_LINKS,
    "email_restored": Thing.RESET_LINKS,
    "email_changed": Thing.OLDER_UNDO_LINKS,
    "account_deleted": Thing.RESTORE_LINKS,
    "sign_in": Thing.SIGN_IN_CODES,
    "recovery_started": Thing.RECOVERY,
}
# Tables that hold what opens an account, by the thing that it is.
TABLES = {
    "sessions": Thing.SESSIONS,
    "refresh_tokens": Thing.SESSIONS,
    "login_attempts": Thing.SESSIONS,
    "one_time_codes": Thing.RESET_LINKS,
    "credentials": Thing.FACTORS,
    "trusted_devices": Thing.TRUSTED_DEVICES,
    "api_keys": Thing.API_KEYS,
    "factor_recoveries": Thing.RECOVERY,
    "outbox": Thing.QUEUED_EMAIL,
}


def test_every_purpose_of_a_code_is_a_thing():
    assert set(PURPOSES) == set(CodePurpose)
    assert set(CREDENTIALS) == set(CredentialKind)


def test_every_email_with_a_secret_is_about_a_thing():
    with_secret = {
        name
        for name, maker in vars(Notifications).items()
        if inspect.isfunction(maker) and "code" in inspect.signature(maker).parameters
    }
    assert with_secret == set(EMAILS)


def test_every_table_that_belongs_to_a_user_and_holds_a_secret_is_a_thing():
    migrations = "".join(path.read_text() for path in (SOURCE / "db" / "migrations" / "versions").glob("*.py"))
    tables = re.findall(r"CREATE TABLE (\w+) \((.*?)\n\s*\)", migrations, re.DOTALL)
    holding = {name for name, body in tables if re.search(r"_hash TEXT|secret|sealed|lookup|payload", body)}
    mine = {name for name, body in tables if name in holding and ("user_id" in body or "session_id" in body)}
    assert mine <= set(TABLES), mine - set(TABLES)


def test_every_thing_that_an_event_voids_can_be_voided():
    carried_out = set(take_back.TakeBack(None)._voids)
    for thing, row in TABLE.items():
        voided = {event for event, cell in row.items() if cell.fate in (take_back.Fate.VOID, take_back.Fate.SINCE)}
        assert thing in carried_out or not voided, thing


def test_events_leave_it_to_the_one_function():
    """No service ends all sessions, forgets all devices or removes credentials of a user on its own for an event."""
    own = re.compile(
        r"\.(end_all|revoke_all|remove_since|void_younger_undos|void_undos_after|void_bound_elsewhere|set_not_before)\(work"
    )
    repositories = re.compile(
        r"work\.(sessions\.end_all|api_keys\.revoke_all|credentials\.remove_(since|all)|users\.set_not_before)"
    )
    for path in (SOURCE / "services").rglob("*.py"):
        if path.name != "take_back.py":
            assert not own.search(path.read_text()), path
            assert not repositories.search(path.read_text()), path


def test_every_event_has_a_caller():
    sources = "".join(path.read_text() for path in (SOURCE / "services").rglob("*.py") if path.name != "take_back.py")
    assert {event for event in Event if f"Event.{event.name}" in sources} == set(Event)
