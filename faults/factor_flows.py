"""The flows of second factors, passkeys and recovery. Each begins with whatever the last try left behind."""

import sys
import time
from pathlib import Path
from typing import Any

import httpx
from book import Gone
from flows import Flow, Person

from vestibule.crypto import totp

sys.path.append(str(Path(__file__).parents[1] / "tests"))
from authenticator import Authenticator

_ON_ITS_WAY = 2_000_000
ORIGIN = "http://localhost:8000"


def post(person: Person, path: str, body: Any, *, token: str = "", accepted: tuple[int, ...] = (200, 201)) -> Any:
    """An answer; Gone when there is none, or none of those that the person can go on with."""
    headers = {"Host": "localhost"} | ({"Authorization": f"Bearer {token}"} if token else {})
    try:
        answer = httpx.post(person.world.server.url + path, json=body, headers=headers, timeout=20)
    except httpx.HTTPError:
        raise Gone from None
    if answer.status_code not in accepted:
        raise Gone
    return answer.json() | {"httpStatus": answer.status_code}


def app_code(person: Person) -> str:
    """What the app shows: each code works once, so each try takes the next one that is still valid when it arrives."""
    oldest = totp.step_at(time.time_ns() // 1000 + _ON_ITS_WAY) - 1
    person.factors["step"] = max(person.factors.get("step", 0) + 1, oldest)
    return totp.code_at(person.factors["seed"], person.factors["step"])


def fresh(person: Person) -> str:
    """A session of just now; with the app's code when there is an app by now."""
    who = {"email": person.email, "password": person.password}
    answer = post(person, "/api/auth/login", who, accepted=(200, 401))
    if "attempt" in answer and answer["httpStatus"] == 401:
        answer = second_step(person, answer, {"method": "recovery_code", "code": person.factors["codes"].pop()})
    return answer["accessToken"]


def second_step(person: Person, answer: Any, proof: dict[str, Any]) -> Any:
    attempt = answer["attempt"]
    return post(person, f"/api/login/{attempt['id']}/steps", proof | {"secret": attempt["secret"]})


def add_an_app(person: Person, _: Any) -> None:
    """A seed, and the code that shows it arrived. Without an answer nobody has the recovery codes: a link resets."""
    begun = post(person, "/api/account/totp", {}, token=person.tokens["accessToken"], accepted=(200, 409))
    if begun["httpStatus"] == 409:
        return  # the one before had come through
    person.factors["seed"] = begun["secret"]
    done = post(person, f"/api/account/totp/{begun['ceremony']}", {"code": app_code(person)},
                token=person.tokens["accessToken"])  # fmt: skip
    person.factors["codes"] = done["recoveryCodes"]


def sign_in_with_an_app(person: Person, _: Any) -> None:
    who = {"email": person.email, "password": person.password}
    half = post(person, "/api/auth/login", who, accepted=(401,))
    second_step(person, half, {"method": "totp", "code": app_code(person)})


def sign_in_with_a_recovery_code(person: Person, _: Any) -> None:
    fresh(person)


def add_a_passkey(person: Person, _: Any) -> None:
    token = person.tokens["accessToken"]
    phone = person.factors.setdefault("phone", Authenticator(origin=ORIGIN))
    begun = post(person, "/api/account/passkeys/options", {}, token=token)
    made = phone.create(begun["publicKey"])
    post(person, "/api/account/passkeys", {"ceremony": begun["ceremony"], "credential": made, "name": ""}, token=token)


def sign_in_with_a_passkey(person: Person, _: Any) -> None:
    begun = post(person, "/api/login", {"door": "token"})
    options = next(step["options"] for step in begun["steps"] if step["method"] == "passkey")
    newest = list(person.factors["phone"].keys)[-1]
    proof = {"method": "passkey", "credential": person.factors["phone"].get(options["publicKey"], newest)}
    second_step(person, begun, proof)


def lock_down(person: Person, _: Any) -> None:
    """This was not me: everything ends, or the caller is signed in still and says it again."""
    post(person, "/api/account/lockdown", {}, token=person.tokens["accessToken"], accepted=(200, 401))


FACTOR_FLOWS: list[Flow] = [
    add_an_app, sign_in_with_an_app, sign_in_with_a_recovery_code, add_a_passkey, sign_in_with_a_passkey, lock_down,
]  # fmt: skip
# What has to be there before anybody counts.
BEFORE: dict[Flow, Flow] = {
    sign_in_with_an_app: add_an_app,
    sign_in_with_a_recovery_code: add_an_app,
    sign_in_with_a_passkey: add_a_passkey,
}
