"""The law that tests can hold: guards, codes, documents, sizes."""

import ast
import json
import re
from dataclasses import replace
from pathlib import Path
from typing import get_args

import jsonschema
import msgspec
import pytest
from openapi_spec_validator import validate

from harness import PASSWORD
from vestibule.checks import guards
from vestibule.checks.authorised_by import AuthorisedBy
from vestibule.domain.errors import Forbidden, all_errors
from vestibule.domain.login import Method, Offer
from vestibule.http import problems
from vestibule.routes import ROUTES
from vestibule.routes._openapi import document
from vestibule.schemas.offered_steps import StepView, step_view

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "vestibule"


class TestRoutes:
    def test_every_route_has_a_guard_and_stands_once(self):
        known = {guards.anyone, guards.signed_in, guards.development}
        assert all(route.guard in known for route in ROUTES)
        addresses = [(route.method, route.path) for route in ROUTES]
        assert len(addresses) == len(set(addresses))

    def test_the_public_ones_are_these_and_no_others(self):
        public = sorted(f"{r.method} {r.path}" for r in ROUTES if r.guard is guards.anyone)
        assert public == [
            "DELETE /api/session",
            "GET /.well-known/change-password",
            "GET /.well-known/jwks.json",
            "GET /.well-known/oauth-authorization-server",
            "GET /.well-known/passkey-endpoints",
            "GET /.well-known/webauthn",
            "GET /api/config",
            "GET /api/csrf/restore",
            "GET /api/openapi.json",
            "GET /api/session",
            "GET /forward-auth/return",
            "GET /forward-auth/session",
            "GET /health",
            "GET /health/ready",
            "GET /metrics",
            "GET /oauth/status-changes",
            "GET /oauth/status-lists",
            "GET /oauth/status-lists/{number}",
            "GET /packages/{digest}/{file}",
            "GET /packages/{file}",
            "POST /api/account/cancel-recovery",
            "POST /api/account/not-me",
            "POST /api/account/restore",
            "POST /api/account/undo-email",
            "POST /api/auth/forgot-password",
            "POST /api/auth/login",
            "POST /api/auth/logout",
            "POST /api/auth/refresh",
            "POST /api/auth/register",
            "POST /api/auth/resend-code",
            "POST /api/auth/reset-password",
            "POST /api/auth/verify-email",
            "POST /api/login",
            "POST /api/login/links",
            "POST /api/login/{attempt}/steps",
            "POST /api/registration",
            "POST /api/registration/{attempt}",
            "POST /api/session",
            "POST /api/users",
            "POST /oauth/introspect",
            "POST /oauth/revoke",
        ]

    async def test_signed_in_routes_refuse_strangers(self, vestibule):
        for route in ROUTES:
            if route.guard is guards.signed_in:
                answer = await vestibule.http.request(route.method, route.path.replace("{id}", "x"))
                assert answer.status_code == 401, route.path


class TestErrors:
    def test_every_code_is_unique_has_a_status_and_is_documented(self):
        codes = [kind.code for kind in all_errors()]
        assert len(codes) == len(set(codes))
        text = (ROOT / "docs" / "errors.md").read_text()
        for kind in all_errors():
            assert 400 <= problems.status_of(kind) < 600
            assert f"## {kind.code}\n" in text

    def test_pages_have_a_sentence_for_every_code_they_can_meet(self):
        catalogue = json.loads((ROOT / "web/src/app/locales/en.json").read_text())["errors"]
        for_programs = {"bad_input", "malformed_json", "duplicate_key", "invalid_text", "unsupported_media_type"}
        for_programs |= {"body_too_large", "invalid_refresh_token", "forbidden", "not_found", "method_not_allowed"}
        assert {kind.code for kind in all_errors()} - for_programs <= catalogue.keys()

    def test_every_field_code_has_a_sentence_on_the_pages(self):
        texts = [json.loads((ROOT / f"web/src/app/locales/{file}.json").read_text()) for file in ("en", "account/en")]
        catalogue = texts[0]["errors"] | texts[1]["errors"]
        found = set()
        for path in (*(SOURCE / "services").rglob("*.py"), *(SOURCE / "domain").rglob("*.py")):
            found |= set(re.findall(r'FieldError\(\s*"(\w+)"', path.read_text()))
        assert found
        assert found <= catalogue.keys()


class TestOpenApi:
    def test_is_valid_and_complete(self):
        described = json.loads(document(ROUTES))
        validate(described)
        assert {(m.upper(), p) for p, ms in described["paths"].items() for m in ms} == {
            (r.method, r.path) for r in ROUTES
        }

    def test_asks_the_guard_what_it_raises_and_whether_it_needs_a_caller(self):
        may_audit = guards.Guard(refuse=guards.signed_in, errors=(Forbidden,), needs_caller=True)
        row = replace(ROUTES[0], guard=may_audit, authorised_by=AuthorisedBy.ANY_SESSION)
        described = json.loads(document([row]))["paths"][row.path]["get"]
        assert "forbidden" in described["responses"]["403"]["description"].split(" · ")
        assert described["security"] == [{"bearer": []}, {"session": []}]

    async def test_answers_are_what_it_says(self, vestibule):
        described = json.loads(document(ROUTES))
        tokens = await vestibule.signed_in()
        headers = {"Authorization": f"Bearer {tokens['accessToken']}"}
        for path in (
            "/health",
            "/health/ready",
            "/api/config",
            "/api/account",
            "/api/sessions",
            "/api/account/activity",
            "/api/account/methods",
            "/api/session",
        ):
            schema = described["paths"][path]["get"]["responses"]["200"]["content"]["application/json"]["schema"]
            body = (await vestibule.get(path, **headers)).json()
            jsonschema.validate(body, {**schema, "components": described["components"]})
        refused = (await vestibule.get("/api/account")).json()
        jsonschema.validate(refused, problem_schema(described))

    def test_every_method_that_can_be_offered_has_the_schema_of_its_step(self):
        steps = json.loads(document(ROUTES))["components"]["schemas"]["ProblemAttempt"]["properties"]["steps"]
        offered = set(Method) - {Method.TRUSTED_DEVICE}  # a cookie of the browser, not a step
        assert steps["items"]["discriminator"]["mapping"].keys() == offered

    def test_every_method_that_is_offered_has_a_schema(self):
        assert {kind.__struct_config__.tag for kind in get_args(StepView)} == set(Method) - {Method.TRUSTED_DEVICE}

    def test_an_offer_is_refused_whose_options_are_not_those_of_its_method(self):
        with pytest.raises(msgspec.ValidationError, match="publicKey"):
            step_view(Offer(Method.PASSKEY))
        with pytest.raises(msgspec.ValidationError, match="carrier_pigeon"):
            step_view(Offer("carrier_pigeon"))

    async def test_the_steps_of_a_sign_in_are_what_it_says(self, start):
        described = json.loads(document(ROUTES))
        async with start(MFA="required", MFA_FROM="2099-01-31") as vestibule:
            await vestibule.register()
            browser = vestibule.browser()
            begun = await browser.begin()
            enrolling = (await browser.step(begun, "password", password=PASSWORD)).json()
            refused = (await vestibule.log_in()).json()
        schema = {**described["components"]["schemas"]["LoginAnswer"], "components": described["components"]}
        for answer in (begun, enrolling):
            jsonschema.validate(answer, schema)
        jsonschema.validate(refused, problem_schema(described))
        assert {step["method"] for step in refused["attempt"]["steps"]} == set(refused["attempt"]["methods"])
        until = refused["attempt"]["steps"][-1]
        assert until == {"method": "skip_enrolment", "options": {"until": "2099-01-31T00:00:00.000000Z"}}
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate({**begun, "steps": [{"method": "totp_enrolment", "options": {}}]}, schema)


def problem_schema(described):
    return {**described["components"]["schemas"]["Problem"], "components": described["components"]}


# Tables: read by looking up, so they may be longer than what is read through.
LONG_TABLES = {"domain/errors.py", "settings/groups.py"}


class TestSizes:
    @pytest.mark.parametrize("path", sorted(SOURCE.rglob("*.py")), ids=lambda p: str(p.relative_to(SOURCE)))
    def test_files_and_functions_stay_readable(self, path):
        text = path.read_text()
        assert "fmt: skip" not in text
        assert text.count("\n") <= 300 or str(path.relative_to(SOURCE)) in LONG_TABLES
        limit = 25 if path.parent.name == "controllers" else 45
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                assert node.end_lineno - node.lineno < limit, f"{path.name}: {node.name}"
