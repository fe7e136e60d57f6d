"""Cases 17, 87, 107, 231: everything that may happen once happens once, over two server processes at the same instant.

Requests are sent but for their last byte, and released together; what counts is what stands in the database afterwards.
"""

import itertools
import time

import httpx
import pytest
from racing import request

from harness import PASSWORD

CROWD = 24
_numbers = itertools.count()


def who() -> tuple[str, str]:
    name = f"racer{next(_numbers):04}"
    return name, f"{name}@example.com"


def registered(pair) -> tuple[str, str]:
    name, email = who()
    body = {"username": name, "email": email, "password": PASSWORD}
    assert httpx.post(f"{pair.url}/api/auth/register", json=body).status_code == 201
    return name, email


def signed_in(pair) -> tuple[str, dict]:
    name, email = registered(pair)
    return name, httpx.post(f"{pair.url}/api/auth/login", json={"email": email, "password": PASSWORD}).json()


def mailed(pair, email: str, subject: str) -> dict:
    for _ in range(200):
        mails = httpx.get(f"{pair.url}/dev/mailbox.json").json()
        found = [mail for mail in mails if mail["to"] == email and subject in mail["subject"]]
        if found:
            return found[0]
        time.sleep(0.02)
    raise AssertionError(f"no mail: {subject}")


def statuses(answers) -> list[int]:
    return sorted(answer.status for answer in answers)


class TestOneWinner:
    def test_registration_of_one_address(self, pair):
        _, email = who()
        bodies = [{"username": f"{who()[0]}x", "email": email, "password": PASSWORD} for _ in range(CROWD)]
        answers = pair.race(*(request("POST", "/api/auth/register", body) for body in bodies))
        assert statuses(answers) == [201] + [409] * (CROWD - 1)
        assert pair.rows(f"SELECT count(*) FROM users WHERE email_canonical = '{email}'") == [(1,)]

    def test_a_reset_link(self, pair):
        name, email = registered(pair)
        httpx.post(f"{pair.url}/api/auth/forgot-password", json={"email": email})
        token = mailed(pair, email, "Reset your password")["links"][0].partition("#token=")[2]
        bodies = [{"token": token, "password": f"quiet green lantern {n}"} for n in range(CROWD)]
        answers = pair.race(*(request("POST", "/api/auth/reset-password", body) for body in bodies))
        assert statuses(answers) == [200] + [410] * (CROWD - 1)
        events = f"SELECT count(*) FROM audit_events a JOIN users u ON u.id = a.subject_id WHERE u.username = '{name}'"
        assert pair.rows(f"{events} AND a.action = 'password.reset'") == [(1,)]

    def test_a_verification_code(self, pair):
        name, email = registered(pair)
        code = mailed(pair, email, "Confirm")["codes"][0]
        answers = pair.race(
            *(request("POST", "/api/auth/verify-email", {"email": email, "code": code}) for _ in range(5))
        )
        assert statuses(answers).count(200) == 1
        events = f"SELECT count(*) FROM audit_events a JOIN users u ON u.id = a.subject_id WHERE u.username = '{name}'"
        assert pair.rows(f"{events} AND a.action = 'email.verified'") == [(1,)]

    def test_a_refresh_token_has_one_successor(self, pair):
        name, tokens = signed_in(pair)
        body = {"refreshToken": tokens["refreshToken"]}
        answers = pair.race(*(request("POST", "/api/auth/refresh", body) for _ in range(CROWD)))
        assert {answer.status for answer in answers} == {200}
        assert len({answer.body["refreshToken"] for answer in answers}) == 1
        leaves = f"""SELECT count(*) FROM refresh_tokens r JOIN sessions s ON s.id = r.session_id
            JOIN users u ON u.id = s.user_id WHERE u.username = '{name}' AND r.consumed_at IS NULL"""
        assert pair.rows(leaves) == [(1,)]

    def test_a_password_change(self, pair):
        name, tokens = signed_in(pair)
        bodies = [{"currentPassword": PASSWORD, "newPassword": f"quiet green lantern {n}"} for n in range(8)]
        header = {"Authorization": f"Bearer {tokens['accessToken']}"}
        answers = pair.race(*(request("POST", "/api/auth/change-password", body, **header) for body in bodies))
        assert statuses(answers).count(200) == 1
        events = f"SELECT count(*) FROM audit_events a JOIN users u ON u.id = a.subject_id WHERE u.username = '{name}'"
        assert pair.rows(f"{events} AND a.action = 'password.changed'") == [(1,)]

    def test_a_not_me_link(self, pair):
        name, tokens = signed_in(pair)
        header = {"Authorization": f"Bearer {tokens['accessToken']}"}
        body = {"currentPassword": PASSWORD, "newPassword": "quiet green lantern"}
        httpx.post(f"{pair.url}/api/auth/change-password", json=body, headers=header).raise_for_status()
        text = mailed(pair, f"{name}@example.com", "changed")["text"]
        token = text.partition("#notMe=")[2].split()[0]
        answers = pair.race(*(request("POST", "/api/account/not-me", {"token": token}) for _ in range(CROWD)))
        assert statuses(answers) == [200] + [410] * (CROWD - 1)


class TestCounting:
    def test_fifty_guesses_at_once_are_ten_checks(self, pair):
        name, email = registered(pair)
        body = {"email": email, "password": "a wrong guess at it"}
        answers = pair.race(*(request("POST", "/api/auth/login", body) for _ in range(50)))
        assert statuses(answers) == [401] * 10 + [429] * 40
        failed = f"SELECT count(*) FROM audit_events a JOIN users u ON u.id = a.subject_id WHERE u.username = '{name}'"
        assert pair.rows(f"{failed} AND a.action = 'login.failed'") == [(10,)]

    def test_guesses_at_a_code_are_five(self, pair):
        _, email = registered(pair)
        code = mailed(pair, email, "Confirm")["codes"][0]
        bodies = [{"email": email, "code": f"{n:06}"} for n in range(30) if f"{n:06}" != code]
        answers = pair.race(*(request("POST", "/api/auth/verify-email", body) for body in bodies))
        assert 200 not in statuses(answers)
        counted = f"""SELECT hits FROM rate_limits r JOIN one_time_codes c ON r.key = 'guess:' || c.id
            WHERE c.bound_value = '{email}' AND c.form = 'digits'"""
        assert pair.rows(counted) == [(len(bodies),)]
        right = httpx.post(f"{pair.url}/api/auth/verify-email", json={"email": email, "code": code})
        assert right.json()["code"] == "invalid_code"


class TestEndings:
    @pytest.mark.parametrize("round_", range(5))
    def test_what_was_ended_is_refused_by_the_other_process_at_once(self, pair, round_):
        name, _ = registered(pair)
        first, second = (f"http://localhost:{port}" for port in pair.ports)
        with httpx.Client() as browser:
            token = browser.get(f"{first}/api/csrf/restore").json()["XSRF-Token"]
            body = {"credential": name, "password": PASSWORD}
            browser.post(f"{first}/api/session", json=body, headers={"XSRF-Token": token}).raise_for_status()
            cookie = {"Cookie": f"vestibule_session={browser.cookies['vestibule_session']}"}
            token = browser.cookies["XSRF-TOKEN"]
            assert httpx.get(f"{second}/api/session", headers=cookie).json()["user"]["username"] == name
            done = browser.delete(f"{first}/api/session", headers={"XSRF-Token": token})
            assert done.status_code == 200
        assert httpx.get(f"{second}/api/session", headers=cookie).json()["user"] is None
