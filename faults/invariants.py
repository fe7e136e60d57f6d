"""Invariants that must hold after every fault (docs/reliability.md). Each check returns the violations as messages."""

from collections.abc import Callable

import httpx

from cluster import Postgres
from history import History

Check = Callable[[History, Postgres, str], list[str]]


def acknowledged_is_stored(history: History, database: Postgres, _: str) -> list[str]:
    """I1: every registration and every sign-in that was acknowledged is in the database."""
    users = set(database.sql("SELECT username FROM users").split())
    signed_in = set(database.sql("SELECT u.username FROM sessions s JOIN users u ON u.id = s.user_id").split())
    lost = [
        f"I1 registration of {e.username} is lost" for e in history.entries_of("register") if e.username not in users
    ]
    return lost + [
        f"I1 session of {e.username} is lost" for e in history.entries_of("login") if e.username not in signed_in
    ]


def refused_is_not_stored(history: History, database: Postgres, _: str) -> list[str]:
    """I1: a refusal (4xx) changed nothing: no user exists whose registration was only ever refused."""
    users = set(database.sql("SELECT username FROM users").split())
    unsure = {e.username for e in history.entries if e.action == "register" and e.outcome != "fail"}
    return [
        f"I1 {e.username} exists though refused"
        for e in history.entries_of("register", "fail")
        if e.username in users - unsure
    ]


def ended_stays_ended(history: History, _: Postgres, url: str) -> list[str]:
    """I4: the server accepts no token of a session whose end, by sign-out or password change, was acknowledged."""
    messages = []
    with httpx.Client(timeout=20) as http:
        for entry in [e for e in history.entries if e.outcome == "ok" and "ended" in e.details][-300:]:
            headers = {"Authorization": f"Bearer {entry.details['ended']}", "Host": "localhost"}
            status = http.get(f"{url}/api/auth/profile", headers=headers).status_code
            if status != 401:
                messages.append(f"I4 a session of {entry.username} that ended ({entry.action}) answers {status}")
    return messages


def passwords_hold(history: History, _: Postgres, url: str) -> list[str]:
    """I1: after an acknowledged password change, the new password signs in."""
    messages = []
    with httpx.Client(timeout=20) as http:
        for entry in history.entries_of("change")[-15:]:
            body = {"email": f"{entry.username}@example.com", "password": entry.details["password"]}
            answer = http.post(f"{url}/api/auth/login", json=body, headers={"Host": "localhost"})
            if answer.status_code != 200:
                messages.append(f"I1 the new password of {entry.username} is lost ({answer.status_code})")
    return messages


_COUNTS = {
    "I2 a one-time code was used more than once": """SELECT count(*) FROM (SELECT purpose, code_hash FROM one_time_codes
        GROUP BY 1, 2 HAVING count(*) > 1) x""",
    "I3 a refresh family has more than one live leaf": """SELECT count(*) FROM (SELECT session_id FROM refresh_tokens
        WHERE consumed_at IS NULL GROUP BY 1 HAVING count(*) > 1) x""",
    "I3 a token session has no leaf": """SELECT count(*) FROM sessions s WHERE type = 'token' AND revoked_at IS NULL
        AND NOT EXISTS (SELECT 1 FROM refresh_tokens r WHERE r.session_id = s.id)""",
    "I4 a disabled or deleted user has a live session": """SELECT count(*) FROM sessions s JOIN users u ON u.id = s.user_id
        WHERE s.revoked_at IS NULL AND (u.disabled_at IS NOT NULL OR u.deleted_at IS NOT NULL)""",
    "I5 an address or a username exists twice": """SELECT count(*) FROM (SELECT email_canonical FROM users GROUP BY 1
        HAVING count(*) > 1 UNION ALL SELECT username_canonical FROM users GROUP BY 1 HAVING count(*) > 1) x""",
    "I7 a user with a second factor has a session of one": """SELECT count(*) FROM sessions s JOIN users u
        ON u.id = s.user_id WHERE s.revoked_at IS NULL AND s.aal < 2 AND u.second_factor_at IS NOT NULL
        AND s.created_at > u.second_factor_at""",
    "I8 no administrator is left": """SELECT 1 - count(*) FROM user_roles r JOIN users u ON u.id = r.user_id
        WHERE r.role = 'admin' AND u.disabled_at IS NULL AND u.deleted_at IS NULL""",
    "I9 a registration without its audit event": """SELECT count(*) FROM users u WHERE NOT EXISTS
        (SELECT 1 FROM audit_events a WHERE a.subject_id = u.id AND a.action = 'user.registered')""",
    "I9 a session without its audit event": """SELECT count(*) FROM sessions s WHERE NOT EXISTS
        (SELECT 1 FROM audit_events a WHERE a.session_id = s.id AND a.action = 'login.succeeded')""",
    "I9 a signed-out session without its audit event": """SELECT count(*) FROM sessions s WHERE revoke_reason = 'logout'
        AND NOT EXISTS (SELECT 1 FROM audit_events a WHERE a.session_id = s.id AND a.action = 'session.logout')""",
    "I6 a registration whose email was never queued": """SELECT count(*) FROM users u WHERE NOT EXISTS
        (SELECT 1 FROM one_time_codes c WHERE c.user_id = u.id AND c.purpose = 'email_verification')""",
    "I6 an email was given up": "SELECT count(*) FROM outbox WHERE dead_at IS NOT NULL",
}


def rows_agree(_: History, database: Postgres, __: str) -> list[str]:
    """I2 to I9, as far as they can be counted in the database."""
    return [f"{name}: {n}" for name, sql in _COUNTS.items() if (n := database.sql(" ".join(sql.split()))) != "0"]


def nothing_leaks(history: History, _: Postgres, __: str) -> list[str]:
    """I10: no 5xx answer contains a stack trace or an SQL statement."""
    return [f"I10 {text}" for text in history.leaks]


CHECKS: tuple[Check, ...] = (
    acknowledged_is_stored, refused_is_not_stored, ended_stays_ended, passwords_hold, rows_agree, nothing_leaks,
)  # fmt: skip


def violations(history: History, database: Postgres, url: str) -> list[str]:
    """Run every check and return all violations; [] when every invariant holds."""
    return [violation for check in CHECKS for violation in check(history, database, url)]
