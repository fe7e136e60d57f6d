"""What a refusal is made of; domain/errors.py has them all."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class FieldError:
    """One rule a field breaks: a stable code for programs, a sentence for people."""

    code: str
    message: str


class VestibuleError(Exception):
    """The root. Subclasses say what happened; instances add what is particular to this time."""

    code: ClassVar[str] = "internal_error"
    title: ClassVar[str] = "Something went wrong on our side"
    message: ClassVar[str] = "The request could not be completed. Nothing was changed."
    fix: ClassVar[str] = "Try again; if it stays, give the request id to the operator."

    def __init__(
        self,
        detail: str = "",
        *,
        fields: Mapping[str, FieldError] | None = None,
        retry_after: int | None = None,
        private: str = "",
        headers: Mapping[str, str] | None = None,
        **members: object,
    ) -> None:
        super().__init__(detail or self.message)
        self.detail = detail or self.message
        self.fields = dict(fields or {})
        self.retry_after = retry_after
        self.private = private
        self.headers = dict(headers or {})
        self.members = members


@dataclass(frozen=True, slots=True)
class Denied:
    """An expected refusal as a value: what was written before it stays written."""

    reason: VestibuleError
