"""Prepares the requests of each scenario."""

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
    """Return the authorization requests of a reverse proxy for a page on our own host."""
    scheme, _, host = server.ISSUER.partition("://")
    forwarded = f"X-Forwarded-Proto: {scheme} | X-Forwarded-Host: {host} | X-Forwarded-Uri: /orders"
    return [Request("GET", "/forward-auth", f"Cookie: {server.COOKIE}={secret} | {forwarded}") for secret in cookies]


def introspection_requests(tokens: list[str], client: tuple[str, str]) -> list[Request]:
    """Return the introspection requests of an API's server."""
    basic = base64.b64encode(":".join(client).encode()).decode()
    headers = f"Authorization: Basic {basic} | Content-Type: application/x-www-form-urlencoded"
    return [Request("POST", "/oauth/introspect", headers, f"token={token}") for token in tokens]


def check_requests(cookies: list[str], tokens: list[str], client: tuple[str, str]) -> dict[str, list[Request]]:
    """Return requests for each way of checking whether a user is signed in."""
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
