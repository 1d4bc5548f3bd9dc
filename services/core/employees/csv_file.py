"""Reading a list of people: an allow-list of columns, one word per problem, whoever wrote the list. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from services.core.employees.models import EmploymentStatus
from services.core.employees.records import Record, Shared
from services.core.employees.table_file import FileRefused as FileRefused
from services.core.employees.table_file import Layout, column_name, read_table
from services.core.employees.table_file import clean as clean

#: Our field, and the names its column may have; the first one is used in messages. Whatever is not here is dropped
#: before anything is stored: pay, birth dates, home addresses, national ids and the rest never come in.
FIELDS: dict[str, tuple[str, ...]] = {
    "source_id": ("employee_id", "worker_id", "person_id", "remote_id", "מספר_עובד"),
    "employee_number": ("employee_number", "personnel_number"),
    "work_email": ("email", "work_email", "e_mail", "email_address", "mail", "דואל", "אימייל"),
    "login": ("login", "username", "user_name"),
    "first_name": ("first_name", "firstname", "given_name", "שם_פרטי"),
    "last_name": ("last_name", "lastname", "surname", "family_name", "שם_משפחה"),
    "display_name": ("display_name", "full_name", "preferred_name"),
    "title": ("job_title", "title", "position", "תפקיד"),
    "job_family": ("job_family",),
    "job_level": ("job_level", "level"),
    "department": ("department", "dept", "מחלקה"),
    "division": ("division", "company", "legal_entity"),
    "location": ("location", "work_location", "office", "site"),
    "country": ("country", "country_code", "country_iso"),
    "locale": ("locale", "language"),
    "time_zone": ("time_zone", "timezone"),
    "manager_ref": ("manager_employee_id", "manager_id", "supervisor_id", "manager_email", "supervisor_email"),
    "employment_type": ("employment_type", "worker_type"),
    "started_on": ("start_date", "hire_date", "תאריך_התחלה"),
    "ended_on": ("end_date", "termination_date", "תאריך_סיום"),
    "status": ("status", "employment_status", "סטטוס"),
}
REQUIRED = ("source_id", "work_email", "first_name", "last_name")
#: More bad rows than this share (and than one), and the whole file is refused: it is hardly the file that was meant.
BAD_ROWS_SHARE = 0.05
MAX_LENGTH = 200

_COLUMNS = {name: ours for ours, names in FIELDS.items() for name in names}
_MANAGER_BY_EMAIL = {"manager_email", "supervisor_email"}
#: Where somebody is in their employment, in the words of HR systems. A reason for absence is folded, never kept.
_STATUS = {
    "active": EmploymentStatus.ACTIVE,
    "employed": EmploymentStatus.ACTIVE,
    "current": EmploymentStatus.ACTIVE,
    "true": EmploymentStatus.ACTIVE,
    "1": EmploymentStatus.ACTIVE,
    "פעיל": EmploymentStatus.ACTIVE,
    "פעילה": EmploymentStatus.ACTIVE,
    "pending": EmploymentStatus.PENDING,
    "onboarding": EmploymentStatus.PENDING,
    "hired": EmploymentStatus.PENDING,
    "on_leave": EmploymentStatus.ON_LEAVE,
    "leave": EmploymentStatus.ON_LEAVE,
    "parental_leave": EmploymentStatus.ON_LEAVE,
    "בחופשה": EmploymentStatus.ON_LEAVE,
    "suspended": EmploymentStatus.SUSPENDED,
    "inactive": EmploymentStatus.SUSPENDED,
    "false": EmploymentStatus.SUSPENDED,
    "0": EmploymentStatus.SUSPENDED,
    "left": EmploymentStatus.LEFT,
    "terminated": EmploymentStatus.LEFT,
    "resigned": EmploymentStatus.LEFT,
    "retired": EmploymentStatus.LEFT,
    "עזב": EmploymentStatus.LEFT,
    "עזבה": EmploymentStatus.LEFT,
}
EMAIL = re.compile(r"[^@\s,;:<>()\[\]\"\\]+@[^@\s,;:<>()\[\]\"\\.]+(\.[^@\s,;:<>()\[\]\"\\.]+)+")
COUNTRY = re.compile(r"[A-Z]{2}")
LOCALE = re.compile(r"[A-Za-z]{2,3}([-_][A-Za-z0-9]{2,8})*")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f\x7f]")


@dataclass(frozen=True)
class RowProblem:
    """One row that cannot be used. What it says is not kept: the line is enough to find it in the file."""

    line: int
    #: As the file calls it.
    column: str
    code: str


@dataclass(frozen=True, slots=True)
class Person:
    """One row that can be used: our fields, those alone that the file has a column for."""

    line: int
    values: Mapping[str, Any]

    @property
    def source_id(self) -> str:
        """Their id in the system that wrote the file."""
        return str(self.values["source_id"])

    @property
    def email(self) -> str:
        """Their address, as it is compared."""
        return str(self.values["work_email"]).lower()


@dataclass(frozen=True)
class ParsedFile:
    """What a file says: people, rows that cannot be used, columns that were dropped."""

    people: list[Person]
    problems: list[RowProblem]
    dropped_columns: list[str]
    #: How many rows there were, good and bad.
    rows: int
    #: Our fields, and what the file calls their columns.
    columns: Mapping[str, str]
    #: Who is meant by the rows that cannot be used: they are in the file, so they have not left.
    unread_ids: frozenset[str]
    unread_emails: frozenset[str]
    #: Whether a bad row does not even say who is meant.
    has_unknown_rows: bool


@dataclass
class _Row:
    line: int
    values: dict[str, str]
    columns: Mapping[str, str]
    problems: list[RowProblem] = field(default_factory=list)

    def refuse(self, name: str, code: str) -> None:
        """Note a problem with one value of this row."""
        self.problems.append(RowProblem(self.line, self.columns.get(name, name), code))


def parse(content: bytes, *, now: datetime, default_zone: str, layout: Layout | None = None) -> ParsedFile:
    """Read a directory file; raise FileRefused if it cannot be used as a whole.

    ``now`` and ``default_zone`` (for those without a zone of their own) decide whose dates lie behind or ahead.
    """
    layout = layout or Layout()
    names = _names(layout)
    table = read_table(content, layout, known=names)
    places, dropped = _places(table.header, names, layout)
    columns = {name: table.header[index] for index, name in places.items()}
    width = len(table.header)

    def rows() -> Iterable[_Row]:
        for line, cells in table.lines:
            if not any(cell.strip() for cell in cells):
                continue
            row = _Row(line, {name: clean(cells[i]) for i, name in places.items() if i < len(cells)}, columns)
            if len(cells) != width:
                row.refuse("", "wrong_number_of_cells")
            yield row

    return _read(rows(), columns, dropped, now=now, default_zone=default_zone)


def read_people(told: Iterable[Mapping[str, str]], *, now: datetime, default_zone: str) -> ParsedFile:
    """The same for people whom a directory tells one by one, by the names of our fields; what is not ours is dropped.

    Each is a line of their own. A field that no one has is left as it is; one that somebody lacks is empty.
    """
    people = list(told)
    columns = {name: name for name in FIELDS if any(name in one for one in people)}
    dropped = sorted({name for one in people for name in one} - FIELDS.keys())
    rows = (
        _Row(line, {name: clean(one[name]) for name in columns if name in one}, columns)
        for line, one in enumerate(people, start=1)
    )
    for name in REQUIRED:
        columns.setdefault(name, name)
    return _read(rows, columns, dropped, now=now, default_zone=default_zone)


def _read(
    rows: Iterable[_Row], columns: Mapping[str, str], dropped: list[str], *, now: datetime, default_zone: str
) -> ParsedFile:
    today = cache(lambda zone: now.astimezone(ZoneInfo(zone or default_zone)).date())
    people: list[Person] = []
    bad: list[_Row] = []
    seen: set[str] = set()
    shared = Shared()
    count = 0
    for row in rows:
        count += 1
        person = _person(row, today)
        if person["source_id"] in seen:
            row.refuse("source_id", "twice_in_file")
        if row.problems:
            bad.append(row)
        else:
            seen.add(person["source_id"])
            values = tuple(map(shared, person.values()))
            people.append(Person(row.line, Record(tuple(person), values)))
    if count == 0:
        raise FileRefused("empty_file")
    return ParsedFile(
        people=people,
        problems=[problem for row in bad for problem in row.problems],
        dropped_columns=dropped,
        rows=count,
        columns=columns,
        unread_ids=frozenset(row.values["source_id"] for row in bad if row.values.get("source_id")),
        unread_emails=frozenset(row.values["work_email"].lower() for row in bad if row.values.get("work_email")),
        has_unknown_rows=any(not row.values.get("source_id") and not row.values.get("work_email") for row in bad),
    )


def check_share(problems: list[RowProblem], *, rows: int) -> None:
    """Raise FileRefused if too many of a file's rows cannot be used."""
    bad = len({problem.line for problem in problems})
    if bad > max(1, rows * BAD_ROWS_SHARE):
        first = min(problems, key=lambda problem: problem.line)
        raise FileRefused(
            "too_many_bad_rows", bad=bad, rows=rows, line=first.line, column=first.column or "-", why=first.code
        )


def _person(row: _Row, today: Callable[[str | None], date]) -> dict[str, Any]:
    person: dict[str, Any] = {name: row.values.get(name) or None for name in row.columns}
    for name, value in row.values.items():
        if _CONTROL.search(value):
            row.refuse(name, "control_character")
        if len(value) > MAX_LENGTH:
            row.refuse(name, "too_long")
    for name in REQUIRED:
        if not person[name]:
            row.refuse(name, "missing")
            person[name] = ""
    if person["work_email"] and not EMAIL.fullmatch(person["work_email"]):
        row.refuse("work_email", "not_an_email")
    if person.get("country"):
        person["country"] = person["country"].upper()
        if not COUNTRY.fullmatch(person["country"]):
            row.refuse("country", "not_a_country_code")
    if person.get("locale"):
        person["locale"] = person["locale"].replace("_", "-")
        if not LOCALE.fullmatch(person["locale"]):
            row.refuse("locale", "not_a_language")
    if person.get("time_zone") and person["time_zone"] not in known_zones():
        row.refuse("time_zone", "not_a_time_zone")
        person["time_zone"] = None
    for name in ("started_on", "ended_on"):
        if name in person:
            person[name] = _date(row, name)
    started_on, ended_on = person.get("started_on"), person.get("ended_on")
    if started_on and ended_on and ended_on < started_on:
        row.refuse("ended_on", "ends_before_it_starts")
    said = None
    if person.get("status"):
        said = _STATUS.get(person["status"].casefold().replace(" ", "_").replace("-", "_"))
        if said is None:
            row.refuse("status", "unknown_status")
    status = status_by_dates(said, started_on, ended_on, today(person.get("time_zone")))
    if status is None:
        person.pop("status", None)
    else:
        person["status"] = status
    if not person.get("display_name"):
        person.pop("display_name", None)
    return person


def status_by_dates(
    said: EmploymentStatus | None, started_on: date | None, ended_on: date | None, today: date
) -> EmploymentStatus | None:
    """What a row says of somebody's status: dates win over a word that has not caught up with them."""
    if ended_on is not None and ended_on < today:
        return EmploymentStatus.LEFT
    if started_on is not None and started_on > today and said in (None, EmploymentStatus.ACTIVE):
        return EmploymentStatus.PENDING
    return said


def _date(row: _Row, name: str) -> date | None:
    value = row.values.get(name)
    if not value:
        return None
    try:
        if _DATE.fullmatch(value):
            return date.fromisoformat(value)
    except ValueError:
        pass
    row.refuse(name, "not_a_date")
    return None


@cache
def known_zones() -> set[str]:
    """The names of all zones; found once, as they are read from files."""
    return available_timezones()


def _names(layout: Layout) -> dict[str, str]:
    """Column names and the field that each one is; what an organization has said goes before the usual names."""
    usual = {name: ours for name, ours in _COLUMNS.items() if ours not in layout.columns}
    return {**usual, **{column_name(theirs): ours for ours, theirs in layout.columns.items()}}


def _places(header: list[str], names: Mapping[str, str], layout: Layout) -> tuple[dict[int, str], list[str]]:
    """Which of our fields each place of a row holds, and the names of the columns that are dropped."""
    places: dict[int, str] = {}
    for index, name in enumerate(header):
        ours = names.get(name)
        if ours is None:
            continue
        other = next((place for place, known in places.items() if known == ours), None)
        if other is None:
            places[index] = ours
        elif name in _MANAGER_BY_EMAIL:
            continue
        elif header[other] in _MANAGER_BY_EMAIL:
            del places[other]
            places[index] = ours
        else:
            raise FileRefused("column_twice", columns=f"{header[other]}, {name}")
    wanted = {**{name: FIELDS[name][0] for name in REQUIRED}, **layout.columns}
    missing = [theirs for ours, theirs in wanted.items() if ours not in places.values()]
    if missing:
        raise FileRefused("missing_columns", columns=", ".join(missing))
    return places, [name for name in header if name and name not in names]
