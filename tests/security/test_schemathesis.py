"""Schemathesis on docs/openapi.json: every route, every check, signed in and not, against a real server."""

import json
import threading

import httpx
import pytest
import schemathesis
from accounts import WITHOUT_LIMITS
from hypothesis import HealthCheck, Phase, settings
from schemathesis.config import SchemathesisConfig

from examples import FUZZ, examples
from harness import CHEAP_HASH, PASSWORD
from servers import server
from vestibule.routes import ROUTES
from vestibule.routes._openapi import document

# A body of the right shape may still break a rule that no schema can say (a password in a list, a code that is not the
# one that was mailed): that is 400, 410 or 422, and not the 2xx that a schema-valid request gets otherwise.
RULES = [
    "2xx", "3xx", "400", "401", "403", "404", "409", "410", "422", "428", "429",
]  # fmt: skip
# Too long a form is refused before it is read.
REFUSALS = ["400", "401", "403", "404", "405", "406", "409", "413", "415", "422", "428", "429", "5xx"]
CONFIG = SchemathesisConfig.from_dict({
    # Some thirty made-up cases for each route, beside those that max_examples counts.
    "phases": {"coverage": {"enabled": FUZZ}},
    "checks": {
        "positive_data_acceptance": {"expected-statuses": RULES},
        "negative_data_rejection": {"expected-statuses": REFUSALS},
    }
})  # fmt: skip
schema = schemathesis.openapi.from_dict(json.loads(document(ROUTES)), config=CONFIG)


class Identity:
    """A session that is renewed whenever a case has ended it: signing out and deleting are routes too."""

    def __init__(self) -> None:
        self.url = ""
        self._number = 0
        self._token = ""
        self._lock = threading.Lock()

    def header(self) -> dict[str, str]:
        with self._lock:
            if not self._token or not self._works():
                self._renew()
            return {"Authorization": f"Bearer {self._token}"}

    def _works(self) -> bool:
        # For http alone: reading all certificate authorities costs more than the request.
        headers = {"Authorization": f"Bearer {self._token}"}
        answer = httpx.get(f"{self.url}/api/auth/profile", headers=headers, verify=False)
        return answer.status_code == 200

    def _renew(self) -> None:
        self._number += 1
        name = f"fuzzer{self._number:04}"
        who = {"username": name, "email": f"{name}@example.com", "password": PASSWORD}
        httpx.post(f"{self.url}/api/auth/register", json=who).raise_for_status()
        login = httpx.post(f"{self.url}/api/auth/login", json={"email": who["email"], "password": PASSWORD})
        self._token = login.raise_for_status().json()["accessToken"]


identity = Identity()


@pytest.fixture(scope="module", params=["sqlite", "postgresql"], autouse=True)
def running(request, tmp_path_factory, sqlite_templates, postgres_templates):
    templates = sqlite_templates if request.param == "sqlite" else postgres_templates
    address = templates.fresh()
    limits = {f"VESTIBULE_{name}": value for name, value in (WITHOUT_LIMITS | CHEAP_HASH).items()}
    with server(tmp_path_factory.mktemp("fuzz"), **limits, VESTIBULE_DATABASE_URL=address) as started:
        identity.__init__()
        identity.url = started.url
        yield started
    if request.param == "postgresql":
        postgres_templates.drop(address)


_BUDGET = settings(
    max_examples=examples(8), deadline=None, derandomize=True, database=None, phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)  # fmt: skip


@schema.parametrize()
@_BUDGET
def test_signed_in(case, running):
    case.call_and_validate(base_url=running.url, headers=identity.header())


@schema.parametrize()
@_BUDGET
def test_signed_out(case, running):
    case.call_and_validate(base_url=running.url)


def test_no_route_is_left_out():
    described = {f"{operation.ok().method.upper()} {operation.ok().path}" for operation in schema.get_all_operations()}
    assert described == {f"{route.method} {route.path}" for route in ROUTES}
