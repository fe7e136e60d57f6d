"""The flows of second factors, passkeys and recovery. Each can start from the state that a failed try left behind."""

import sys
import time
from pathlib import Path
from typing import Any

import httpx

from flows import Flow, Person
from history import RequestFailed
from vestibule.crypto import totp

sys.path.append(str(Path(__file__).parents[1] / "tests"))
from authenticator import Authenticator

_TRANSIT_MICROSECONDS = 2_000_000
ORIGIN = "http://localhost:8000"


def post_json(
    person: Person, path: str, body: Any, *, token: str = "", accepted_statuses: tuple[int, ...] = (200, 201)
) -> Any:
    """POST the body and return the JSON answer with `httpStatus` added.

    Raises RequestFailed when there is no answer, or its status is not one of `accepted_statuses`.
    """
    headers = {"Host": "localhost"} | ({"Authorization": f"Bearer {token}"} if token else {})
    try:
        answer = httpx.post(person.environment.server.url + path, json=body, headers=headers, timeout=20)
    except httpx.HTTPError:
        raise RequestFailed from None
    if answer.status_code not in accepted_statuses:
        raise RequestFailed
    return answer.json() | {"httpStatus": answer.status_code}


def app_code(person: Person) -> str:
    """Return the next TOTP code: each works once, so each try takes a later one that is still valid when it arrives."""
    oldest = totp.step_at(time.time_ns() // 1000 + _TRANSIT_MICROSECONDS) - 1
    person.factors["step"] = max(person.factors.get("step", 0) + 1, oldest)
    return totp.code_at(person.factors["seed"], person.factors["step"])


def new_session(person: Person) -> str:
    """Sign in and return the access token; with a recovery code when the account has a second factor by now."""
    credentials = {"email": person.email, "password": person.password}
    answer = post_json(person, "/api/auth/login", credentials, accepted_statuses=(200, 401))
    if "attempt" in answer and answer["httpStatus"] == 401:
        answer = second_step(person, answer, {"method": "recovery_code", "code": person.factors["codes"].pop()})
    return answer["accessToken"]


def second_step(person: Person, answer: Any, proof: dict[str, Any]) -> Any:
    attempt = answer["attempt"]
    return post_json(person, f"/api/login/{attempt['id']}/steps", proof | {"secret": attempt["secret"]})


def add_an_app(person: Person, _: Any) -> None:
    """Enrol a TOTP app: fetch the seed, confirm it with a code, keep the recovery codes.

    If the answer with the recovery codes is lost, the user has none, and needs an emailed link to reset the factors.
    """
    begun = post_json(person, "/api/account/totp", {}, token=person.tokens["accessToken"], accepted_statuses=(200, 409))
    if begun["httpStatus"] == 409:
        return  # the enrolment before this try succeeded, though its answer was lost
    person.factors["seed"] = begun["secret"]
    path, token = f"/api/account/totp/{begun['ceremony']}", person.tokens["accessToken"]
    done = post_json(person, path, {"code": app_code(person)}, token=token)
    person.factors["codes"] = done["recoveryCodes"]


def sign_in_with_an_app(person: Person, _: Any) -> None:
    credentials = {"email": person.email, "password": person.password}
    answer = post_json(person, "/api/auth/login", credentials, accepted_statuses=(401,))
    second_step(person, answer, {"method": "totp", "code": app_code(person)})


def sign_in_with_a_recovery_code(person: Person, _: Any) -> None:
    new_session(person)


def add_a_passkey(person: Person, _: Any) -> None:
    token = person.tokens["accessToken"]
    phone = person.factors.setdefault("phone", Authenticator(origin=ORIGIN))
    begun = post_json(person, "/api/account/passkeys/options", {}, token=token)
    credential = phone.create(begun["publicKey"])
    body = {"ceremony": begun["ceremony"], "credential": credential, "name": ""}
    post_json(person, "/api/account/passkeys", body, token=token)


def sign_in_with_a_passkey(person: Person, _: Any) -> None:
    begun = post_json(person, "/api/login", {"sessionType": "token"})
    options = next(step["options"] for step in begun["steps"] if step["method"] == "passkey")
    newest = list(person.factors["phone"].keys)[-1]
    proof = {"method": "passkey", "credential": person.factors["phone"].get(options["publicKey"], newest)}
    second_step(person, begun, proof)


def lock_down(person: Person, _: Any) -> None:
    """Lock the account down ("this was not me"), which ends every session; 401 means that an earlier try succeeded."""
    post_json(person, "/api/account/lockdown", {}, token=person.tokens["accessToken"], accepted_statuses=(200, 401))


FACTOR_FLOWS: list[Flow] = [
    add_an_app, sign_in_with_an_app, sign_in_with_a_recovery_code, add_a_passkey, sign_in_with_a_passkey, lock_down,
]  # fmt: skip
# What must be enrolled before the statements of a flow are counted.
PREREQUISITES: dict[Flow, Flow] = {
    sign_in_with_an_app: add_an_app,
    sign_in_with_a_recovery_code: add_an_app,
    sign_in_with_a_passkey: add_a_passkey,
}
