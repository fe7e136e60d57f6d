"""Middleware that sets `request.user` to a row of the project's user model, created at the user's first request."""

from collections.abc import Callable
from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse
from django.utils.functional import SimpleLazyObject

from vestibule_client.django.client import check_at_start, client
from vestibule_client.errors import AuthError
from vestibule_client.refusal import Refusal
from vestibule_client.user import User
from vestibule_client.wsgi import incoming


class Middleware:
    """Sets `request.user` and `request.vestibule_user`; stands after AuthenticationMiddleware, or instead of it.

    A row's username is the user's id at Vestibule, which never changes; email address and name are updated.
    `request.vestibule_user` is the `User` with roles, scopes and assurance level, or None. A user who signed in at
    Django itself (the admin site) is kept.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        """Raises Misconfigured when settings are missing or wrong."""
        check_at_start()
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Pass the request on with its user; answer an invalid credential with an error or a redirect."""
        received = incoming(request.META)
        try:
            found = client().user(received)
        except AuthError as error:
            return respond(client().refusal(received, error))
        request.vestibule_user = found
        if found is not None:
            request.user = SimpleLazyObject(lambda: row_of(found))
        elif not hasattr(request, "user"):
            request.user = AnonymousUser()
        return self._get_response(request)


def respond(refusal: Refusal) -> HttpResponse:
    """Return Django's response for a refused request."""
    return HttpResponse(refusal.body, status=refusal.status, headers=refusal.all_headers)


def row_of(user: User) -> Any:
    """Return the row of this user: created if it is missing, with email address and name updated."""
    model = get_user_model()
    row, made = model.objects.get_or_create(**{model.USERNAME_FIELD: user.id})
    if made:
        row.set_unusable_password()
    known = {"email": user.email, "first_name": user.name}
    fresh = {name: value for name, value in known.items() if value and getattr(row, name, value) != value}
    for name, value in fresh.items():
        setattr(row, name, value)
    if made or fresh:
        row.save()
    return row
