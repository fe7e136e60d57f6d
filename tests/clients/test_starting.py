"""What is missing is found when an application starts, and what is wrong says cause and fix, in the answer and in the log."""

import builtins
import logging
import subprocess
import sys

import pytest
from fastapi import FastAPI, HTTPException
from fastapi.responses import JSONResponse
from fastapi.testclient import TestClient
from flask import Flask
from vestibule_client import Misconfigured, pytest_plugin
from vestibule_client import client as clients
from vestibule_client.fastapi import Auth as FastapiAuth
from vestibule_client.fastapi import CurrentUser, require
from vestibule_client.flask import Auth as FlaskAuth
from vestibule_client.starlette import VestibuleMiddleware as AsgiMiddleware
from vestibule_client.testing import TestIssuer
from vestibule_client.wsgi import VestibuleMiddleware as WsgiMiddleware

from harness import SECRET
from programs import with_javascript
from vestibule import embed

WRONG = {
    "none": ({}, "VESTIBULE_ISSUER="),
    "no address": ({"ISSUER": "id.example.com"}, "VESTIBULE_ISSUER="),
    "no TLS": ({"ISSUER": "http://id.example.com"}, "https"),
    "a query": ({"ISSUER": "https://id.example.com?x=1"}, "VESTIBULE_ISSUER="),
    "a fragment": ({"ISSUER": "https://id.example.com#"}, "VESTIBULE_ISSUER="),
    "a bad port": ({"ISSUER": "https://id.example.com:port"}, "VESTIBULE_ISSUER="),
    "a password": ({"ISSUER": "https://me:secret@id.example.com"}, "VESTIBULE_ISSUER="),
    "half a client": ({"ISSUER": "https://id.example.com", "CLIENT_ID": "client_1"}, "VESTIBULE_CLIENT_SECRET"),
    "an origin with a path": (
        {"ISSUER": "https://id.example.com", "APP_ORIGIN": "https://app.example.com/x"}, "VESTIBULE_APP_ORIGIN",
    ),
    "no such file": (
        {"ISSUER": "https://id.example.com", "CLIENT_ID": "c", "CLIENT_SECRET_FILE": "/no/such/file"}, "/no/such/file",
    ),
}  # fmt: skip
NAMES = ("ISSUER", "AUDIENCE", "APP_ORIGIN", "CLIENT_ID", "CLIENT_SECRET", "CLIENT_SECRET_FILE")


@pytest.fixture
def production(monkeypatch):
    """As without pytest: no default client, and no plugin that will set one."""
    for name in NAMES:
        monkeypatch.delenv(f"VESTIBULE_{name}", raising=False)
    monkeypatch.setattr(clients, "_process", clients._Process())


async def asgi_start(_) -> None:
    sent = []

    async def receive():
        return {"type": "lifespan.startup"}

    async def send(message):
        sent.append(message)

    await AsgiMiddleware(None)({"type": "lifespan"}, receive, send)
    assert sent[0]["type"] == "lifespan.startup.failed"
    raise Misconfigured(sent[0]["message"], "")


STARTS = {
    "flask": lambda: FlaskAuth(Flask("x")),
    "fastapi": lambda: FastapiAuth(FastAPI()),
    "wsgi": lambda: WsgiMiddleware(None),
}


class TestTheStart:
    @pytest.mark.parametrize("wrong", WRONG)
    @pytest.mark.parametrize("framework", STARTS)
    def test_finds_what_is_wrong_with_the_settings(self, production, monkeypatch, wrong, framework):
        values, named = WRONG[wrong]
        for name, value in values.items():
            monkeypatch.setenv(f"VESTIBULE_{name}", value)
        with pytest.raises(Misconfigured, match=named) as raised:
            STARTS[framework]()
        assert raised.value.fix

    async def test_of_an_asgi_application_fails_with_the_cause(self, production):
        with pytest.raises(Misconfigured, match="VESTIBULE_ISSUER"):
            await asgi_start(None)

    @pytest.mark.parametrize("wrong", WRONG)
    def test_of_a_node_application_fails_with_the_cause(self, wrong, tmp_path):
        values, named = WRONG[wrong]
        with_javascript(tmp_path)
        code = 'import("@vestibule/client/node").then(({ auth }) => auth()).catch(e => { console.log(e.code, e.message, e.fix); })'
        environment = {f"VESTIBULE_{name}": value for name, value in values.items()}
        done = subprocess.run(
            ["node", "-e", code], cwd=tmp_path, env={"PATH": "/usr/bin:/bin:/usr/local/bin", **environment},
            capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip
        assert done.stdout.startswith("misconfigured"), done.stdout + done.stderr
        assert named in done.stdout

    def test_under_pytest_waits_for_the_fixtures(self, production):
        pytest_plugin.pytest_configure()
        app = Flask("x")
        auth = FlaskAuth(app)
        app.add_url_rule("/me", view_func=auth.required(lambda: {"id": auth.user.id}), endpoint="me")
        issuer = TestIssuer()
        issuer.install()
        assert app.test_client().get("/me", headers=issuer.headers("user_7")).json == {"id": "user_7"}

    @pytest.mark.parametrize("wrong", WRONG)
    def test_of_django_is_checked(self, wrong, tmp_path):
        values, named = WRONG[wrong]
        (tmp_path / "project.py").write_text(
            "SECRET_KEY = 'x'\nROOT_URLCONF = 'urls'\n"
            "INSTALLED_APPS = ['django.contrib.auth', 'django.contrib.contenttypes', 'vestibule_client.django']\n"
            "MIDDLEWARE = ['vestibule_client.django.middleware.Middleware']\n"
        )
        (tmp_path / "urls.py").write_text("urlpatterns = []\n")
        environment = {f"VESTIBULE_{name}": value for name, value in values.items()}
        environment |= {"DJANGO_SETTINGS_MODULE": "project", "PYTHONPATH": str(tmp_path)}

        def run(*command: str) -> subprocess.CompletedProcess:
            return subprocess.run(
                [sys.executable, *command], env=environment, capture_output=True, text=True, timeout=120, check=False
            )

        checked = run("-m", "django", "check")
        assert checked.returncode == 1
        assert "vestibule.E001" in checked.stderr
        assert named in checked.stderr
        assert "HINT: " in checked.stderr
        served = run("-c", "import django.core.wsgi as w; w.get_wsgi_application()")
        assert "Misconfigured" in served.stderr, "the application itself does not start either"
        environment["VESTIBULE_ISSUER"] = "https://id.example.com"
        for name in set(NAMES) - {"ISSUER"}:
            environment.pop(f"VESTIBULE_{name}", None)
        assert run("-m", "django", "check").returncode == 0


@pytest.fixture
def application():
    app = FastAPI()

    @app.get("/me")
    def me(user: CurrentUser):
        return {"id": user.id}

    @app.get("/admin")
    def admin(user=require(role="admin")):  # noqa: B008 - as people write it
        return {"id": user.id}

    return app


class TestFastapi:
    @pytest.mark.parametrize("path", ["/me", "/admin"])
    @pytest.mark.parametrize("has_auth", [True, False], ids=["with Auth(app)", "without"])
    def test_answers_with_the_problem_document_itself(self, application, vestibule_issuer, path, has_auth):
        if has_auth:
            FastapiAuth(application)
        http = TestClient(application)
        for headers, code in (({}, "authentication_required"), (vestibule_issuer.headers(), "forbidden")):
            answer = http.get(path, headers=headers)
            if path == "/me" and code == "forbidden":
                continue
            assert answer.headers["content-type"] == "application/problem+json"
            assert (answer.json()["code"], answer.json()["status"]) == (code, answer.status_code)

    def test_an_application_s_own_form_of_errors_is_kept(self, application, vestibule_issuer):
        @application.exception_handler(HTTPException)
        async def own(request, error):
            return JSONResponse({"mine": error.status_code}, error.status_code)

        assert TestClient(application).get("/me").json() == {"mine": 401}

    def test_an_outage_is_503_with_the_cause_also_in_the_log(self, application, vestibule_issuer, caplog):
        vestibule_issuer.is_down = True
        with caplog.at_level(logging.WARNING, "vestibule_client"):
            answer = TestClient(application).get("/me", headers=vestibule_issuer.headers())
        assert (answer.status_code, answer.json()["code"]) == (503, "issuer_unavailable")
        assert answer.headers["retry-after"] == "5"
        assert answer.json()["detail"] in caplog.text
        assert "the test took the issuer down" in caplog.text


class TestEmbedded:
    async def test_without_its_lifespan_says_what_is_missing(self, tmp_path):
        auth = embed.app({
            "ENV": "development", "PUBLIC_URL": "http://localhost:3000/auth", "DATA_DIR": str(tmp_path),
            "SECRET_KEY": SECRET,
        })  # fmt: skip
        app = FastAPI()
        app.mount("/auth", auth)
        app.router.routes.extend(auth.root_routes())
        http = TestClient(app)
        for path in ("/auth/api/session", "/.well-known/jwks.json"):
            with pytest.raises(RuntimeError, match=r"lifespan=auth\.lifespan"):
                http.get(path)


class TestThePytestPlugin:
    def test_says_what_to_install_for_the_real_server(self, monkeypatch):
        real = builtins.__import__

        def refusing(name, *more):
            if name == "vestibule_client.testing_server":
                raise ModuleNotFoundError("No module named 'vestibule'", name="vestibule")
            return real(name, *more)

        monkeypatch.setattr(builtins, "__import__", refusing)
        with pytest.raises(Misconfigured, match="Install the distribution `vestibule`"):
            next(pytest_plugin.vestibule_server.__wrapped__(None))
