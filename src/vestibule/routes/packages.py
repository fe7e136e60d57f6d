"""Routes of the client packages that this server offers (docs/python.md, docs/javascript.md)."""

from vestibule.checks.authorised_by import AuthorisedBy
from vestibule.checks.guards import anyone
from vestibule.checks.route import Route
from vestibule.controllers import packages
from vestibule.domain.errors import NotFound

ROUTES = (
    Route(
        method="GET",
        path="/packages/{file}",
        controller=packages.by_name,
        guard=anyone,
        authorised_by=AuthorisedBy.NOTHING,
        answers={307: None},
        errors=(NotFound,),
    ),
    Route(
        method="GET",
        path="/packages/{digest}/{file}",
        controller=packages.by_hash,
        guard=anyone,
        authorised_by=AuthorisedBy.NOTHING,
        answers={200: "application/zip, application/gzip", 304: None},
        errors=(NotFound,),
    ),
)
