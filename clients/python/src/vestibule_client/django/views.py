"""The way to sign in."""

from django.http import HttpRequest, HttpResponseRedirect

from vestibule_client.django.client import client
from vestibule_client.request import sign_in_address


def sign_in(request: HttpRequest) -> HttpResponseRedirect:
    """To Vestibule, and from there back to `next`: a page of this site, or its start."""
    to = request.build_absolute_uri(request.GET.get("next", "/"))
    here = request.build_absolute_uri("/")
    return HttpResponseRedirect(sign_in_address(client().settings.issuer, to if to.startswith(here) else here))
