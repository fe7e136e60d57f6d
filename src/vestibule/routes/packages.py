"""Routes of the client packages that this server offers (docs/python.md, docs/javascript.md)."""

from vestibule.controllers import packages
from vestibule.domain.errors import NotFound
from vestibule.routes._kinds import public

ROUTES = (
    public("/packages/{file}", packages.by_name, answers={307: None}, errors=(NotFound,)),
    public(
        "/packages/{digest}/{file}",
        packages.by_hash,
        answers={200: "application/zip, application/gzip", 304: None},
        errors=(NotFound,),
    ),
)
