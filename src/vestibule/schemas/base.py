"""The base classes and types of all schemas."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Annotated, ClassVar

from msgspec import Meta, Struct

from vestibule.domain.errors import FieldError
from vestibule.domain.instant import SECOND, Instant, to_datetime


class Input(Struct, forbid_unknown_fields=True, rename="camel", kw_only=True):
    """A request, or a part of one. Names are in camel case; unknown fields are refused.

    `REQUIRED`: sentences of the reference systems for fields that are missing, by name.
    """

    REQUIRED: ClassVar[Mapping[str, str]] = {}

    def rules(self) -> Mapping[str, FieldError]:
        """Return the errors, by field, of rules that types and lengths cannot express.

        They are named together with the fields whose type is wrong; such a field holds a stand-in of the right type
        here, and its errors from here are dropped.
        """
        return {}


class Output(Struct, rename="camel", kw_only=True):
    """A response, or a part of one. Names are in camel case."""


# The rules that users see (lengths, characters) belong to the services; these bounds only keep absurd values out.
Word = Annotated[str, Meta(max_length=320)]
Password = Annotated[str, Meta(max_length=1024)]
Secret = Annotated[str, Meta(max_length=512)]
Timestamp = Annotated[str, Meta(examples=["2026-01-31T12:00:00.000000Z"], extra_json_schema={"format": "date-time"})]


def timestamp(instant: Instant) -> str:
    """Return an instant as ISO 8601 text in UTC, with microseconds."""
    seconds, micros = divmod(instant, SECOND)
    return f"{_to_the_second(seconds)}.{micros:06}Z"


@lru_cache(maxsize=4096)
def _to_the_second(seconds: int) -> str:
    return to_datetime(seconds * SECOND).strftime("%Y-%m-%dT%H:%M:%S")


def maybe_timestamp(instant: Instant | None) -> str | None:
    """As `timestamp`; None for None."""
    return None if instant is None else timestamp(instant)


class Done(Output):
    """The request succeeded; the response carries no further data."""

    message: str
    success: bool = True
