"""What must be true after every fault (SECURITY.md part 4). Each check returns the violations it found."""

from collections.abc import Callable

import httpx
from book import Book
from cluster import Postgres

Check = Callable[[Book, Postgres, str], list[str]]


def acknowledged_is_there(book: Book, database: Postgres, _: str) -> list[str]:
    """I1: every registration and every sign-in that was acknowledged is in the database."""
    users = set(database.sql("SELECT username FROM users").split())
    signed = set(database.sql("SELECT u.username FROM sessions s JOIN users u ON u.id = s.user_id").split())
    lost = [f"I1 registration of {e.who} is lost" for e in book.of("register") if e.who not in users]
    return lost + [f"I1 session of {e.who} is lost" for e in book.of("login") if e.who not in signed]


def refused_is_not(book: Book, database: Postgres, _: str) -> list[str]:
    """A refusal (4xx) changed nothing: nobody exists whose registration was refused and never acknowledged."""
    users = set(database.sql("SELECT username FROM users").split())
    unsure = {e.who for e in book.entries if e.action == "register" and e.outcome != "fail"}
    return [f"I1 {e.who} exists though refused" for e in book.of("register", "fail") if e.who in users - unsure]


def ended_stays_ended(book: Book, _: Postgres, url: str) -> list[str]:
    """I4: no token works whose session was ended, by sign-out or by a change of password, and acknowledged."""
    found = []
    with httpx.Client(timeout=20) as http:
        for entry in [e for e in book.entries if e.outcome == "ok" and "ended" in e.facts][-300:]:
            headers = {"Authorization": f"Bearer {entry.facts['ended']}", "Host": "localhost"}
            status = http.get(f"{url}/api/auth/profile", headers=headers).status_code
            if status != 401:
                found.append(f"I4 a session of {entry.who} that ended ({entry.action}) answers {status}")
    return found


def passwords_hold(book: Book, _: Postgres, url: str) -> list[str]:
    """I1: a password that was changed, and acknowledged, is the one that signs in."""
    found = []
    with httpx.Client(timeout=20) as http:
        for entry in book.of("change")[-15:]:
            body = {"email": f"{entry.who}@example.com", "password": entry.facts["password"]}
            answer = http.post(f"{url}/api/auth/login", json=body, headers={"Host": "localhost"})
            if answer.status_code != 200:
                found.append(f"I1 the new password of {entry.who} is lost ({answer.status_code})")
    return found


_COUNTS = {
    "I2 a one-time code was used more than once": """SELECT count(*) FROM (SELECT purpose, code_hash FROM one_time_codes
        GROUP BY 1, 2 HAVING count(*) > 1) x""",
    "I3 a refresh family has more than one live leaf": """SELECT count(*) FROM (SELECT session_id FROM refresh_tokens
        WHERE consumed_at IS NULL GROUP BY 1 HAVING count(*) > 1) x""",
    "I3 a token session has no leaf": """SELECT count(*) FROM sessions s WHERE kind = 'token' AND revoked_at IS NULL
        AND NOT EXISTS (SELECT 1 FROM refresh_tokens r WHERE r.session_id = s.id)""",
    "I4 a disabled or deleted user has a live session": """SELECT count(*) FROM sessions s JOIN users u ON u.id = s.user_id
        WHERE s.revoked_at IS NULL AND (u.disabled_at IS NOT NULL OR u.deleted_at IS NOT NULL)""",
    "I5 an address or a name is there twice": """SELECT count(*) FROM (SELECT email_canonical FROM users GROUP BY 1
        HAVING count(*) > 1 UNION ALL SELECT username_canonical FROM users GROUP BY 1 HAVING count(*) > 1) x""",
    "I7 a user with a second factor has a session of one": """SELECT count(*) FROM sessions s JOIN users u
        ON u.id = s.user_id WHERE s.revoked_at IS NULL AND s.aal < 2 AND u.second_factor_at IS NOT NULL
        AND s.created_at > u.second_factor_at""",
    "I8 nobody is an administrator any more": """SELECT 1 - count(*) FROM user_roles r JOIN users u ON u.id = r.user_id
        WHERE r.role = 'admin' AND u.disabled_at IS NULL AND u.deleted_at IS NULL""",
    "I9 a registration without its audit event": """SELECT count(*) FROM users u WHERE NOT EXISTS
        (SELECT 1 FROM audit_events a WHERE a.subject_id = u.id AND a.action = 'user.registered')""",
    "I9 a session without its audit event": """SELECT count(*) FROM sessions s WHERE NOT EXISTS
        (SELECT 1 FROM audit_events a WHERE a.session_id = s.id AND a.action = 'login.succeeded')""",
    "I9 a signed-out session without its audit event": """SELECT count(*) FROM sessions s WHERE revoke_reason = 'logout'
        AND NOT EXISTS (SELECT 1 FROM audit_events a WHERE a.session_id = s.id AND a.action = 'session.logout')""",
    "I6 a registration whose mail was never queued": """SELECT count(*) FROM users u WHERE NOT EXISTS
        (SELECT 1 FROM one_time_codes c WHERE c.user_id = u.id AND c.purpose = 'email_verification')""",
    "I6 a mail was given up": "SELECT count(*) FROM outbox WHERE dead_at IS NOT NULL",
}


def rows_agree(_: Book, database: Postgres, __: str) -> list[str]:
    """I2 to I9, as far as rows can tell."""
    return [f"{name}: {n}" for name, sql in _COUNTS.items() if (n := database.sql(" ".join(sql.split()))) != "0"]


def nothing_leaks(book: Book, _: Postgres, __: str) -> list[str]:
    """I10: no answer holds a stack or a statement."""
    return [f"I10 {text}" for text in book.leaks]


CHECKS: tuple[Check, ...] = (
    acknowledged_is_there, refused_is_not, ended_stays_ended, passwords_hold, rows_agree, nothing_leaks,
)  # fmt: skip


def violations(book: Book, database: Postgres, url: str) -> list[str]:
    """All of them; [] is what everybody wants."""
    return [found for check in CHECKS for found in check(book, database, url)]
