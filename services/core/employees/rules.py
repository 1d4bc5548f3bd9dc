"""What a directory file changes, and when that is too much to apply without asking. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any

from services.core.employees.models import EmploymentStatus, RowAction, SyncMode

#: A run that lets more people leave than both of these is held for confirmation.
MASS_CHANGE_PEOPLE = 5
MASS_CHANGE_SHARE = 0.10


@dataclass(frozen=True)
class Change:
    """What applying a run does to one person."""

    source_id: str
    action: RowAction
    changes: dict[str, Any]
    before: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Diff:
    """Everything a run would do."""

    changes: list[Change]
    unchanged: int
    active_now: int

    def count(self, action: RowAction) -> int:
        """How many people an action applies to."""
        return sum(change.action is action for change in self.changes)

    @property
    def leaving(self) -> int:
        """How many active people would be gone: absent from a full file, or said to have left."""
        return sum(_leaves(change) for change in self.changes)

    @property
    def is_mass_change(self) -> bool:
        """Whether that is so many that somebody should look first."""
        return self.leaving > max(MASS_CHANGE_PEOPLE, self.active_now * MASS_CHANGE_SHARE)


_GONE = {EmploymentStatus.LEFT.value, EmploymentStatus.SUSPENDED.value}


def _leaves(change: Change) -> bool:
    if change.action is RowAction.LEAVE:
        return True
    return change.changes.get("status") in _GONE and change.before.get("status") not in (None, *_GONE)


def compare(
    current: Mapping[str, Mapping[str, Any]],
    wanted: Mapping[str, Mapping[str, Any]],
    *,
    fields: frozenset[str],
    mode: SyncMode,
) -> Diff:
    """Compare people as they are with people as a file has them, both by their id in that source."""
    changes: list[Change] = []
    unchanged = 0
    for source_id, person in wanted.items():
        after = {name: plain(person[name]) for name in sorted(fields) if name != "source_id"}
        before = current.get(source_id)
        if before is None:
            filled = {name: value for name, value in after.items() if value is not None}
            changes.append(Change(source_id, RowAction.CREATE, filled))
            continue
        changed = {name: value for name, value in after.items() if plain(before[name]) != value}
        if not changed:
            unchanged += 1
            continue
        old = {name: plain(before[name]) for name in changed}
        changes.append(Change(source_id, RowAction.UPDATE, changed, old))
    present = {i for i, person in current.items() if plain(person["status"]) not in _GONE}
    if mode is SyncMode.FULL:
        for source_id in sorted(present - wanted.keys()):
            old = {"status": plain(current[source_id]["status"])}
            changes.append(
                Change(source_id, RowAction.LEAVE, {"status": EmploymentStatus.LEFT.value}, old)
            )
    return Diff(changes, unchanged, len(present))


def plain(value: Any) -> Any:
    """A value as it is stored in a diff."""
    if isinstance(value, date):
        return value.isoformat()
    return value.value if isinstance(value, StrEnum) else value


def real(name: str, value: Any) -> Any:
    """A value of a diff as a column takes it."""
    if value is None:
        return None
    if name in ("started_on", "ended_on"):
        return date.fromisoformat(value)
    return EmploymentStatus(value) if name == "status" else value
