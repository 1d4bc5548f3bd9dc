"""What a directory file changes, and when that is too much to apply without asking. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any

from services.core.employees.csv_file import ParsedFile, Person, RowProblem
from services.core.employees.models import PRESENT, EmploymentStatus, RowAction, SyncMode

#: A run that lets more people leave than both of these is held for confirmation.
MASS_CHANGE_PEOPLE = 5
MASS_CHANGE_SHARE = 0.10

_LEFT = EmploymentStatus.LEFT.value
_GONE = (_LEFT, EmploymentStatus.SUSPENDED.value)
_PRESENT = tuple(status.value for status in PRESENT)

#: A person as stored, their values in their plain form: ``source``, ``source_id`` and the fields of a file.
Known = Mapping[str, Any]


class HeldReason(StrEnum):
    """Why a run waits for somebody to say yes."""

    MASS_CHANGE = "mass_change"
    UNKNOWN_ROWS = "unknown_rows"


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

    changes: Iterable[Change]
    unchanged: int
    counts: Mapping[RowAction, int]
    #: How many employed people would be gone: absent from a full file, said to have left, or suspended.
    leaving: int
    #: How many people of this source are employed now.
    active_now: int
    #: Rows that clash with somebody else's address.
    problems: list[RowProblem]
    #: Whether a bad row may be about one of those who would leave.
    has_unknown_rows: bool = False

    def count(self, action: RowAction) -> int:
        """How many people an action applies to."""
        return self.counts.get(action, 0)

    @property
    def held_reason(self) -> HeldReason | None:
        """Why somebody should look before this is applied, if they should."""
        if self.leaving > max(MASS_CHANGE_PEOPLE, self.active_now * MASS_CHANGE_SHARE):
            return HeldReason.MASS_CHANGE
        if self.has_unknown_rows and self.count(RowAction.LEAVE):
            return HeldReason.UNKNOWN_ROWS
        return None


def compare(current: Sequence[Known], parsed: ParsedFile, *, source: str, mode: SyncMode, today: date) -> Diff:
    """Compare everybody of an organization with a file from ``source``.

    A row is the person with the same id in that source; else the one of another source with the same address who has
    not left (the row takes them over); else somebody new.
    """
    by_id = {one["source_id"]: one for one in current if one["source"] == source}
    by_email = {one["work_email"].lower(): one for one in current if one["source"] != source and one["status"] != _LEFT}
    targets = [by_id.get(person.source_id) or by_email.get(person.email) for person in parsed.people]
    present = [one for one in by_id.values() if one["status"] not in _GONE]
    absent = _absent(by_id.values(), parsed) if mode is SyncMode.FULL else []
    refused = _clashes(current, parsed.people, targets, leaving=absent)
    changes = _Changes(parsed.people, targets, refused, absent, source=source, today=today)
    counts: Counter[RowAction] = Counter()
    leaving = 0
    for change in changes:
        counts[change.action] += 1
        was, will = change.before.get("status", _LEFT), change.changes.get("status")
        leaving += was not in _GONE and will in _GONE
    column = parsed.columns["work_email"]
    return Diff(
        changes=changes,
        unchanged=len(parsed.people) - len(refused) - (counts.total() - len(absent)),
        counts=counts,
        leaving=leaving,
        active_now=len(present),
        problems=[RowProblem(parsed.people[place].line, column, code) for place, code in sorted(refused.items())],
        has_unknown_rows=parsed.has_unknown_rows,
    )


class _Changes:
    """What happens to each person, worked out anew at each turn: a first load as a list would take its size again."""

    def __init__(
        self,
        people: Sequence[Person],
        targets: Sequence[Known | None],
        refused: Collection[int],
        absent: Sequence[Known],
        *,
        source: str,
        today: date,
    ) -> None:
        self._people = people
        self._targets = targets
        self._refused = refused
        self._absent = absent
        self._source = source
        self._today = today

    def __iter__(self) -> Iterator[Change]:
        for place, (person, before) in enumerate(zip(self._people, self._targets, strict=True)):
            if place in self._refused:
                continue
            change = _change(person, before, source=self._source, today=self._today)
            if change is not None:
                yield change
        for one in self._absent:
            yield Change(one["source_id"], RowAction.LEAVE, *_leave(one, self._today))


def _absent(known: Collection[Known], parsed: ParsedFile) -> list[Known]:
    """Who has left because a full file does not name them. A row that cannot be used names its person all the same."""
    named = {person.source_id for person in parsed.people} | parsed.unread_ids
    return [
        one
        for one in known
        if one["status"] != _LEFT
        and one["source_id"] not in named
        and one["work_email"].lower() not in parsed.unread_emails
    ]


def _clashes(
    current: Sequence[Known], people: Sequence[Person], targets: Sequence[Known | None], *, leaving: Collection[Known]
) -> dict[int, str]:
    """Rows, by their place, that claim an address which somebody else keeps. Nobody is guessed."""
    refused: dict[int, str] = {}
    gone = {id(one) for one in leaving}
    while True:
        changed = {id(one) for place, one in enumerate(targets) if one is not None and place not in refused}
        kept = {
            one["work_email"].lower()
            for one in current
            if one["status"] != _LEFT and id(one) not in gone and id(one) not in changed
        }
        claimed: set[str] = set()
        found: dict[int, str] = {}
        taken_over: set[int] = set()
        for place, (person, before) in enumerate(zip(people, targets, strict=True)):
            if place in refused:
                continue
            if before is not None and id(before) in taken_over:
                found[place] = "twice_in_file"
                continue
            if before is not None:
                taken_over.add(id(before))
            if person.values.get("status") is EmploymentStatus.LEFT:
                continue
            if person.email in claimed:
                found[place] = "twice_in_file"
            elif person.email in kept:
                found[place] = "belongs_to_somebody_else"
            claimed.add(person.email)
        if not found:
            return refused
        # A refused row leaves its person as they are, and their address with them: look again.
        refused |= found


def _change(person: Person, before: Known | None, *, source: str, today: date) -> Change | None:
    after = {name: plain(value) for name, value in person.values.items()}
    if before is None:
        after.setdefault("status", EmploymentStatus.ACTIVE.value)
        after.setdefault("display_name", _full_name(after))
        filled = {name: value for name, value in sorted(after.items()) if value is not None and name != "source_id"}
        return Change(person.source_id, RowAction.CREATE, filled)
    after["source"] = source
    if "display_name" not in after and before["display_name"] == _full_name(before):
        after["display_name"] = _full_name(after)
    if "status" not in after and before["status"] in (_LEFT, EmploymentStatus.PENDING.value):
        # Named in a file, and neither a date nor a word says otherwise: they are employed.
        after["status"] = EmploymentStatus.ACTIVE.value
    if before.get("suspended_by") and after.get("status") in _PRESENT:
        # Whoever says inactive wins, until the same source says otherwise.
        after["status"] = EmploymentStatus.SUSPENDED.value
    if before["status"] == _LEFT and after.get("status", _LEFT) != _LEFT:
        after.setdefault("ended_on", None)
    leaves = after.get("status") == _LEFT and before["status"] != _LEFT
    if leaves and not after.get("ended_on"):
        after["ended_on"] = before["ended_on"] or today.isoformat()
    elif after.get("status", before["status"]) == _LEFT and not after.get("ended_on", ""):
        after["ended_on"] = before["ended_on"]
    changed = {name: value for name, value in sorted(after.items()) if before[name] != value}
    if not changed:
        return None
    action = RowAction.LEAVE if leaves else RowAction.UPDATE
    return Change(person.source_id, action, changed, {name: before[name] for name in changed})


def _leave(one: Known, today: date) -> tuple[dict[str, Any], dict[str, Any]]:
    """What changes, and what it was, for somebody whom a full file does not name."""
    ended_on = one["ended_on"] if one["ended_on"] and one["ended_on"] <= today.isoformat() else today.isoformat()
    changes = {"status": _LEFT, **({"ended_on": ended_on} if ended_on != one["ended_on"] else {})}
    return changes, {name: one[name] for name in changes}


def _full_name(values: Known) -> str:
    return f"{values['first_name']} {values['last_name']}"


def plain(value: Any) -> Any:
    """A value as it is stored in a diff."""
    if isinstance(value, date):
        return value.isoformat()
    return value.value if isinstance(value, StrEnum) else value
