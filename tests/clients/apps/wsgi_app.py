"""An application without any framework."""

import json

from vestibule_client import AuthError, default
from vestibule_client.wsgi import VestibuleMiddleware

WANTED = {"/admin": {"role": "admin"}, "/orders": {"scope": "orders:read"}, "/vault": {"aal": 2}}


def inner(environ, start_response):
    user, path = environ["vestibule.user"], environ["PATH_INFO"]
    body = {"id": None}
    status = "200 OK"
    if user is not None:
        assert environ["REMOTE_USER"] == user.id
        body = {"id": user.id, "via": user.via, "username": user.username, "email": user.email, "aal": user.aal}
        try:
            default().require(user, **WANTED.get(path, {}))
        except AuthError as error:
            status, body = f"{error.status} No", error.problem
    start_response(status, [("Content-Type", "application/json")])
    return [json.dumps(body).encode()]


def app(environ, start_response):
    required = environ["PATH_INFO"] != "/maybe"
    return VestibuleMiddleware(inner, required=required)(environ, start_response)
