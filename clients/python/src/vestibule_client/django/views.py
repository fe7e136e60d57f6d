"""The view that starts signing in."""

from dataclasses import replace

from django.http import HttpRequest, HttpResponse

from vestibule_client.django.client import client
from vestibule_client.django.middleware import respond
from vestibule_client.errors import NotAuthenticated
from vestibule_client.wsgi import incoming


def sign_in(request: HttpRequest) -> HttpResponse:
    """Redirect to Vestibule to sign in, and back to `next` if that is a page of this site, else to the start page. A
    browser that has just come back gets a page that says what is missing.
    """
    to = request.build_absolute_uri(request.GET.get("next", "/"))
    here = request.build_absolute_uri("/")
    received = replace(incoming(request.META), url=to if to.startswith(here) else here)
    return respond(client().refusal(received, NotAuthenticated("no credential", "a session"), page=True))
