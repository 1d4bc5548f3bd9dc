"""Reading a directory file: any usual encoding and delimiter, an allow-list of columns, one word per problem. Pure."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from zoneinfo import available_timezones

from services.core.employees.models import EmploymentStatus

REQUIRED = ("source_id", "work_email", "first_name", "last_name")

#: Column name in a file (trimmed, lower case) to our field. Whatever is not here is dropped before anything is stored.
COLUMNS = {
    "employee_id": "source_id",
    "employee id": "source_id",
    "employee_number": "employee_number",
    "email": "work_email",
    "work_email": "work_email",
    "work email": "work_email",
    "login": "login",
    "first_name": "first_name",
    "first name": "first_name",
    "last_name": "last_name",
    "last name": "last_name",
    "display_name": "display_name",
    "job_title": "title",
    "title": "title",
    "job_family": "job_family",
    "job_level": "job_level",
    "department": "department",
    "division": "division",
    "location": "location",
    "country": "country",
    "locale": "locale",
    "time_zone": "time_zone",
    "timezone": "time_zone",
    "manager_employee_id": "manager_ref",
    "manager_email": "manager_ref",
    "employment_type": "employment_type",
    "start_date": "started_on",
    "end_date": "ended_on",
    "status": "status",
}
#: The name to use in messages and in the template.
HEADERS = {"source_id": "employee_id", "work_email": "email", "first_name": "first_name", "last_name": "last_name"}

_EMAIL = re.compile(r"[^@\s,;<>]+@[^@\s,;<>]+\.[^@\s,;<>]+")
_COUNTRY = re.compile(r"[A-Z]{2}")
_STATUS = {
    "": EmploymentStatus.ACTIVE,
    "active": EmploymentStatus.ACTIVE,
    "pending": EmploymentStatus.PENDING,
    "on_leave": EmploymentStatus.ON_LEAVE,
    "on leave": EmploymentStatus.ON_LEAVE,
    "suspended": EmploymentStatus.SUSPENDED,
    "inactive": EmploymentStatus.SUSPENDED,
    "left": EmploymentStatus.LEFT,
    "terminated": EmploymentStatus.LEFT,
}
#: More bad rows than this share, and the whole file is refused: it is probably not the file that was meant.
BAD_ROWS_SHARE = 0.05


class FileRefused(Exception):
    """The file as a whole cannot be used; ``code`` and ``values`` say why."""

    def __init__(self, code: str, **values: object) -> None:
        self.code = code
        self.values = values
        super().__init__(code)


@dataclass(frozen=True)
class RowProblem:
    """One row that cannot be used."""

    line: int
    column: str
    code: str
    value: str

    def as_dict(self) -> dict[str, Any]:
        """For storing."""
        return {"line": self.line, "column": self.column, "code": self.code, "value": self.value[:80]}


@dataclass(frozen=True)
class ParsedFile:
    """What a file says: people by their id there, rows that cannot be used, columns that were dropped."""

    people: dict[str, dict[str, Any]]
    problems: list[RowProblem]
    dropped_columns: list[str]
    #: Fields the file has a column for; the others of a person stay as they are.
    fields: frozenset[str]


@dataclass
class _Row:
    line: int
    values: dict[str, str]
    problems: list[RowProblem] = field(default_factory=list)

    def refuse(self, column: str, code: str) -> None:
        """Note a problem with one value of this row."""
        self.problems.append(RowProblem(self.line, column, code, self.values.get(column, "")))


def parse(content: bytes) -> ParsedFile:
    """Read a directory file; raise FileRefused if it cannot be used as a whole."""
    text = _decode(content)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text))
    try:
        header = [name.strip().lower() for name in next(reader)]
    except StopIteration:
        raise FileRefused("empty_file") from None
    columns = {index: COLUMNS[name] for index, name in enumerate(header) if name in COLUMNS}
    missing = [HEADERS[name] for name in REQUIRED if name not in columns.values()]
    if missing:
        raise FileRefused("missing_columns", columns=", ".join(missing))
    people: dict[str, dict[str, Any]] = {}
    problems: list[RowProblem] = []
    emails: dict[str, str] = {}
    count = 0
    try:
        for cells in reader:
            if not any(cell.strip() for cell in cells):
                continue
            count += 1
            row = _Row(reader.line_num, {columns[i]: cell.strip() for i, cell in enumerate(cells) if i in columns})
            person = _person(row)
            _check_unique(row, person, people, emails)
            if row.problems:
                problems += row.problems
            else:
                people[person["source_id"]] = person
                emails[person["work_email"].casefold()] = person["source_id"]
    except csv.Error as wrong:
        raise FileRefused("not_csv", line=reader.line_num, reason=str(wrong)) from None
    if count == 0:
        raise FileRefused("empty_file")
    bad = len({problem.line for problem in problems})
    if bad > max(1, count * BAD_ROWS_SHARE):
        first = problems[0]
        raise FileRefused("too_many_bad_rows", bad=bad, rows=count, line=first.line, column=first.column, why=first.code)
    dropped = [name for name in header if name and name not in COLUMNS]
    return ParsedFile(people, problems, dropped, frozenset(columns.values()) | {"display_name", "status"})


def _person(row: _Row) -> dict[str, Any]:
    values = row.values
    person: dict[str, Any] = {name: values.get(name) or None for name in set(COLUMNS.values())}
    for name in REQUIRED:
        if not person[name]:
            row.refuse(name, "missing")
            person[name] = ""
    if person["work_email"] and not _EMAIL.fullmatch(person["work_email"]):
        row.refuse("work_email", "not_an_email")
    if person["country"]:
        person["country"] = person["country"].upper()
        if not _COUNTRY.fullmatch(person["country"]):
            row.refuse("country", "not_a_country_code")
    if person["time_zone"] and person["time_zone"] not in available_timezones():
        row.refuse("time_zone", "not_a_time_zone")
    for name in ("started_on", "ended_on"):
        person[name] = _date(row, name)
    status = _STATUS.get((values.get("status") or "").lower())
    if status is None:
        row.refuse("status", "unknown_status")
    person["status"] = status
    if not person["display_name"]:
        person["display_name"] = f"{person['first_name']} {person['last_name']}"
    return person


def _check_unique(
    row: _Row, person: Mapping[str, Any], people: Mapping[str, Any], emails: Mapping[str, str]
) -> None:
    if person["source_id"] in people:
        row.refuse("source_id", "twice_in_file")
    if person["work_email"].casefold() in emails:
        row.refuse("work_email", "twice_in_file")


def _date(row: _Row, name: str) -> date | None:
    value = row.values.get(name)
    if not value:
        return None
    try:
        return date.fromisoformat(value)
    except ValueError:
        row.refuse(name, "not_a_date")
        return None


def _decode(content: bytes) -> str:
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16", errors="replace")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        pass
    # Bytes of Windows-1255 that are Hebrew letters there are accented capitals and small letters in Windows-1252;
    # running text of a Latin script has far fewer of them in a row.
    hebrew = len(re.findall(rb"[\xe0-\xfa]{2,}", content))
    latin = len(re.findall(rb"[A-Za-z][\xc0-\xff]|[\xc0-\xff][a-z]", content))
    return content.decode("cp1255" if hebrew > latin else "cp1252", errors="replace")


def _delimiter(text: str) -> str:
    first = text.lstrip().split("\n", 1)[0]
    return max(",;\t", key=first.count)
