"""The two kinds of shapes at the edge: what callers send (strict) and what they get."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated, Any, Generic, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, PlainSerializer

T = TypeVar("T")


class WriteModel(BaseModel):
    """A request body. A field we do not know is refused, so that a misspelt one is never silently lost."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    def changes(self) -> dict[str, Any]:
        """The fields a merge patch names, null included (RFC 7396)."""
        return {name: getattr(self, name) for name in self.model_fields_set}


class ReadModel(BaseModel):
    """An answer, read from rows."""

    model_config = ConfigDict(from_attributes=True)


class Listing(BaseModel, Generic[T]):
    """One page of a list."""

    data: Sequence[T]
    next_cursor: str | None


def _aware(value: datetime) -> datetime:
    if value.tzinfo is None:
        raise ValueError("give the time with its zone, such as 2026-11-24T09:00:00Z")
    return value.astimezone(UTC)


#: An instant from a caller: with a zone, or refused.
AwareInstant = Annotated[datetime, AfterValidator(_aware)]


def _number(value: Any) -> float | int:
    whole = int(value)
    return whole if whole == value else float(value)


PlainNumber = PlainSerializer(_number, return_type=float)
