"""An issuer in memory, for tests of applications: real signatures, no network, nothing stubbed in the application.

`TestIssuer` answers as Vestibule would: metadata, keys, status lists, sessions, introspection. The pytest plugin makes
fixtures of it; other test runners can use it directly.
"""

import base64
import json
import os
import secrets
import time
import zlib
from typing import Any
from urllib.parse import parse_qs

import httpx
import jwt
from cryptography.hazmat.primitives.asymmetric import ec

from vestibule_client.client import Vestibule, set_default
from vestibule_client.settings import settings

ISSUER = "https://vestibule.test"
_BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_LIST_BYTES = 128


class TestIssuer:
    """An issuer in memory, with one key, one status list, and the sessions and API keys that a test creates."""

    __test__ = False  # pytest must not take it for a test case by its name

    def __init__(self, issuer: str = ISSUER) -> None:
        self.issuer = issuer
        self._private = ec.generate_private_key(ec.SECP256R1())
        self._kid = f"key_{secrets.token_hex(8)}"
        self._sessions: dict[str, dict[str, Any]] = {}
        self._keys: dict[str, dict[str, Any]] = {}
        self._ended: set[int] = set()
        self._next = 0
        self._generation = 0
        self._clients: list[Vestibule] = []
        self.is_down = False

    def client(self, **more: str) -> Vestibule:
        """Return a client of this issuer, for `client=` of a framework; `more` as in `settings`."""
        chosen = {"client_id": "client_of_the_tests", "client_secret": "a secret of the tests"} | more
        made = Vestibule(settings(self.issuer, **chosen), transport=httpx.MockTransport(self._answer))
        made.feed.stand_still()
        self._clients.append(made)
        return made

    def install(self) -> Vestibule:
        """Make applications that read the environment use this issuer until `uninstall`. Returns their client."""
        made = self.client(audience=os.environ.get("VESTIBULE_AUDIENCE", ""))
        set_default(made)
        return made

    def uninstall(self) -> None:
        """Let applications read the environment again."""
        set_default(None)

    def token(
        self, user: str = "user_of_the_tests", *, roles: tuple[str, ...] = (), scopes: tuple[str, ...] = (),
        aal: int = 1, audience: str = "", expires_in: int = 900, **claims: Any,
    ) -> str:  # fmt: skip
        """Return a signed access token. `claims` override the defaults; a negative `expires_in` (seconds): expired."""
        now = int(time.time())
        index, self._next = self._next, self._next + 1
        payload = {
            "iss": self.issuer, "sub": user, "aud": audience or self._audience(), "iat": now, "exp": now + expires_in,
            "jti": f"token_{index}", "sid": f"session_{index}", "client_id": "vestibule", "auth_time": now,
            "amr": ["pwd", "otp"] if aal > 1 else ["pwd"], "acr": f"aal{aal}", "roles": list(roles),
            "scope": " ".join(scopes), "status": {"status_list": {"idx": index, "uri": self._list_address}}, **claims,
        }  # fmt: skip
        return self.sign(payload, typ="at+jwt")

    def headers(self, user: str = "user_of_the_tests", **more: Any) -> dict[str, str]:
        """Return request headers with a signed access token; arguments as for `token`."""
        return {"Authorization": f"Bearer {self.token(user, **more)}"}

    def cookie(self, user: str = "user_of_the_tests", *, roles: tuple[str, ...] = (), aal: int = 1) -> dict[str, str]:
        """Return request headers with the cookie of a new session."""
        secret = _shaped("ses")
        self._sessions[secret] = {"user": self._user(user, roles), "sessionId": f"session_{secret[-6:]}", "aal": aal}
        return {"Cookie": f"__Host-vestibule_session={secret}"}

    def api_key(
        self, user: str = "user_of_the_tests", *, roles: tuple[str, ...] = (), scopes: tuple[str, ...] = ()
    ) -> dict[str, str]:
        """Return request headers with a new API key."""
        key = _shaped("key")
        self._keys[key] = {
            "active": True, "sub": user, "username": user, "roles": list(roles), "scope": " ".join(scopes),
            "acr": "aal1", "amr": ["api_key"],
        }  # fmt: skip
        return {"Authorization": f"Bearer {key}"}

    def proxy(self, user: str = "user_of_the_tests", *, origin: str, **claims: Any) -> dict[str, str]:
        """Return the header that a reverse proxy adds to a request for this origin."""
        now = int(time.time())
        payload = {
            "iss": self.issuer,
            "sub": user,
            "aud": origin,
            "iat": now,
            "exp": now + 120,
            "acr": "aal1",
            **claims,
        }
        return {"X-Vestibule-Token": self.sign(payload, typ="vestibule-forward-auth+jwt")}

    def end(self, headers: dict[str, str]) -> None:
        """End the session or API key of these headers, and notify the feed of every client."""
        credential = next(iter(headers.values())).rpartition(" ")[2].rpartition("=")[2]
        if self._sessions.pop(credential, None) is None and self._keys.pop(credential, None) is None:
            claims = jwt.decode(credential, options={"verify_signature": False})
            self._ended.add(claims["status"]["status_list"]["idx"])
        self._generation += 1
        for client in self._clients:
            client.feed.heard_of(self._generation)

    def sign(self, claims: dict[str, Any], *, typ: str, **header: Any) -> str:
        """Return a signed token with any claims, type and header members."""
        return jwt.encode(claims, self._private, algorithm="ES256", headers={"typ": typ, "kid": self._kid, **header})

    @property
    def jwks(self) -> dict[str, Any]:
        """The public key, as in /.well-known/jwks.json."""
        public = json.loads(jwt.algorithms.ECAlgorithm.to_jwk(self._private.public_key()))
        return {"keys": [public | {"kid": self._kid, "alg": "ES256", "use": "sig"}]}

    @property
    def _list_address(self) -> str:
        return f"{self.issuer}/oauth/status-lists/0"

    def _audience(self) -> str:
        return next((client.settings.audience for client in self._clients if client.settings.audience), self.issuer)

    def _answer(self, request: httpx.Request) -> httpx.Response:
        if self.is_down:
            raise httpx.ConnectError("the test took the issuer down", request=request)
        path = request.url.path
        if path == "/.well-known/oauth-authorization-server":
            return httpx.Response(200, json={
                "issuer": self.issuer, "jwks_uri": f"{self.issuer}/.well-known/jwks.json",
                "introspection_endpoint": f"{self.issuer}/oauth/introspect",
                "status_changes_endpoint": f"{self.issuer}/oauth/status-changes",
            })  # fmt: skip
        answers = {
            "/.well-known/jwks.json": lambda: httpx.Response(200, json=self.jwks),
            "/oauth/status-lists/0": lambda: httpx.Response(200, text=self._status_list()),
            "/oauth/status-changes": lambda: httpx.Response(200, json={"generation": self._generation}),
            "/oauth/introspect": lambda: httpx.Response(200, json=self._introspected(request)),
            "/api/session": lambda: httpx.Response(200, json=self._session(request)),
        }
        return answers[path]() if path in answers else httpx.Response(404)

    def _status_list(self) -> str:
        bits = bytearray(max(_LIST_BYTES, self._next // 8 + 1))
        for place in self._ended:
            bits[place // 8] |= 1 << place % 8
        packed = base64.urlsafe_b64encode(zlib.compress(bits)).rstrip(b"=").decode()
        now = int(time.time())
        payload = {"iss": self.issuer, "sub": self._list_address, "iat": now, "exp": now + 300, "ttl": 5}
        return self.sign(payload | {"status_list": {"bits": 1, "lst": packed}}, typ="statuslist+jwt")

    def _introspected(self, request: httpx.Request) -> dict[str, Any]:
        token = parse_qs(request.content.decode()).get("token", [""])[0]
        return self._keys.get(token, {"active": False})

    def _session(self, request: httpx.Request) -> dict[str, Any]:
        secret = request.headers.get("cookie", "").partition("=")[2]
        return self._sessions.get(secret, {"user": None})

    def _user(self, user: str, roles: tuple[str, ...]) -> dict[str, Any]:
        return {"id": user, "username": user, "email": f"{user}@example.com", "emailVerified": True, "name": None,
                "roles": list(roles)}  # fmt: skip


def _shaped(kind: str) -> str:
    return f"vst_{kind}_" + "".join(secrets.choice(_BASE62) for _ in range(49))
