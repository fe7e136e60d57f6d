"""The view that starts signing in."""

from django.http import HttpRequest, HttpResponseRedirect

from vestibule_client.django.client import client
from vestibule_client.request import sign_in_address


def sign_in(request: HttpRequest) -> HttpResponseRedirect:
    """Redirect to Vestibule to sign in, and back to `next` if that is a page of this site, else to the start page."""
    to = request.build_absolute_uri(request.GET.get("next", "/"))
    here = request.build_absolute_uri("/")
    return HttpResponseRedirect(sign_in_address(client().settings.issuer, to if to.startswith(here) else here))
