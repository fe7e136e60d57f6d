"""`vestibule openapi`: print the API document."""

import typer

from vestibule.routes import ROUTES
from vestibule.routes._openapi import document


def openapi() -> None:
    """Print the OpenAPI 3.1 document."""
    typer.echo(document(ROUTES))
