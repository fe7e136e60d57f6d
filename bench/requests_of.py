"""The requests of each scenario."""

import base64
import json
from concurrent.futures import ThreadPoolExecutor

import population
import server
from load import Request

PASSWORD = "rainy tuesday harbour"


def cookie_requests(cookies: list[str]) -> list[Request]:
    return [Request("GET", "/api/session", f"Cookie: {server.COOKIE}={secret}") for secret in cookies]


def bearer_requests(tokens: list[str]) -> list[Request]:
    return [Request("GET", "/api/auth/profile", f"Authorization: Bearer {token}") for token in tokens]


def forward_requests(cookies: list[str]) -> list[Request]:
    """What a reverse proxy asks about a request to our own host."""
    scheme, _, host = server.ISSUER.partition("://")
    told = f"X-Forwarded-Proto: {scheme} | X-Forwarded-Host: {host} | X-Forwarded-Uri: /orders"
    return [Request("GET", "/forward-auth", f"Cookie: {server.COOKIE}={secret} | {told}") for secret in cookies]


def introspection_requests(tokens: list[str], client: tuple[str, str]) -> list[Request]:
    """What an API's server asks about the tokens that it is shown."""
    basic = base64.b64encode(":".join(client).encode()).decode()
    headers = f"Authorization: Basic {basic} | Content-Type: application/x-www-form-urlencoded"
    return [Request("POST", "/oauth/introspect", headers, f"token={token}") for token in tokens]


def check_requests(cookies: list[str], tokens: list[str], client: tuple[str, str]) -> dict[str, list[Request]]:
    """All ways to ask whether somebody is signed in."""
    return {
        "cookie": cookie_requests(cookies),
        "bearer": bearer_requests(tokens),
        "forward": forward_requests(cookies),
        "introspection": introspection_requests(tokens, client),
    }


def refresh_request(token: str) -> Request:
    return Request("POST", "/api/auth/refresh", "", json.dumps({"refreshToken": token}))


def login_request(number: int) -> Request:
    return Request("POST", "/api/auth/login", "", population.login_body(number, PASSWORD))


def registration_request(number: int) -> Request:
    body = {"username": f"new{number}", "email": f"new{number}@example.com", "password": PASSWORD}
    return Request("POST", "/api/auth/register", "", json.dumps(body))


def access_tokens(port: int, refresh_tokens: list[str]) -> list[str]:
    def one(token: str) -> str:
        return server.post(port, "/api/auth/refresh", {"refreshToken": token})["accessToken"]

    with ThreadPoolExecutor(8) as pool:
        return list(pool.map(one, refresh_tokens))
