"""Reading a CSV file of values: whole or not at all, with a report that names each line and column. Pure."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation

from services.core.goals.models import Method
from services.core.kit.errors import FieldProblem
from services.core.kit.texts import Text

MOST_BYTES = 1_048_576
MOST_LINES = 5_000
#: A report longer than this helps nobody.
MOST_PROBLEMS = 100

_NEEDED = ("date", "value")
_KNOWN = (*_NEEDED, "series", "method")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_NUMBER = re.compile(r"[+-]?\d+(?:\.\d{1,4})?")

_NOT_TEXT = Text(
    en="The file is not UTF-8 text. Save it as “CSV UTF-8”.", he="הקובץ אינו טקסט UTF-8. יש לשמור אותו כ-„CSV UTF-8”."
)
_EMPTY = Text(
    en="There is no line with a value. The first line names the columns: date,value,series,method.",
    he="אין בקובץ אף שורה עם ערך. השורה הראשונה מפרטת את העמודות: date,value,series,method.",
)
_TOO_MANY = Text(en="A file has at most {most} lines. Split it.", he="קובץ כולל עד {most} שורות. יש לחלק אותו.")
_NO_COLUMN = Text(
    en="Line 1: the column {column} is missing. The first line names the columns: date,value,series,method.",
    he="שורה 1: העמודה {column} חסרה. השורה הראשונה מפרטת את העמודות: date,value,series,method.",
)
_STRANGE_COLUMN = Text(
    en="Line 1: there is no column {column}, or it is there twice. Known: date, value, series, method.",
    he="שורה 1: אין עמודה בשם {column}, או שהיא מופיעה פעמיים. העמודות המוכרות: date, value, series, method.",
)
_CELLS = Text(
    en="Line {line}: it has {found} cells, and the first line names {wanted} columns.",
    he="שורה {line}: מספר התאים בה הוא {found}, ומספר העמודות בשורה הראשונה הוא {wanted}.",
)
_BAD_DAY = Text(
    en="Line {line}, column date: “{value}” is no day. Write it as 2026-11-24.",
    he="שורה {line}, עמודה date: „{value}” אינו תאריך. יש לכתוב אותו כך: ‎2026-11-24‎.",
)
_FUTURE = Text(
    en="Line {line}, column date: {value} has not begun yet.", he="שורה {line}, עמודה date: היום {value} עדיין לא החל."
)
_TOO_OLD = Text(
    en="Line {line}, column date: {value} is before the year 2000.",
    he="שורה {line}, עמודה date: {value} הוא לפני שנת 2000.",
)
_BAD_VALUE = Text(
    en="Line {line}, column value: “{value}” is no number. Write it with a point and without separators, "
    "such as 1234.5; leave out the line of a day without a value.",
    he="שורה {line}, עמודה value: „{value}” אינו מספר. יש לכתוב אותו עם נקודה וללא מפרידים, למשל 1234.5; "
    "יום ללא ערך משמיטים מהקובץ.",
)
_BAD_METHOD = Text(
    en="Line {line}, column method: “{value}” is none of: {known}.",
    he="שורה {line}, עמודה method: „{value}” אינו אחד מאלה: {known}.",
)
_LONG_SERIES = Text(
    en="Line {line}, column series: longer than 200 characters.", he="שורה {line}, עמודה series: יותר מ-200 תווים."
)
_TWICE = Text(
    en="Line {line}: the day {value} of this series is in line {first} already. Leave one of them out.",
    he="שורה {line}: היום {value} של סדרה זו כבר מופיע בשורה {first}. יש להשמיט אחת מהן.",
)
_BEYOND = Text(en="There are more; correct these first.", he="יש שגיאות נוספות; יש לתקן תחילה את אלה.")

#: What is said of a line about a day that has a value.
MEASURED = Text(
    en="Line {line}: the day {value} has a value from a file already.",
    he="שורה {line}: ליום {value} כבר יש ערך מקובץ.",
)
EARLIEST = date(2000, 1, 1)


@dataclass(frozen=True)
class Line:
    """A value out of a file."""

    number: int
    measured_on: date
    value: Decimal
    series: str
    method: Method


class NotReadable(ValueError):
    """The file cannot be taken; each reason by line and column."""

    def __init__(self, problems: list[FieldProblem]) -> None:
        super().__init__(f"{len(problems)} problems")
        more = [FieldProblem("/lines", "more", _BEYOND)] if len(problems) > MOST_PROBLEMS else []
        self.problems = problems[:MOST_PROBLEMS] + more


def _problem(line: int, column: str, code: str, words: Text, /, **values: object) -> FieldProblem:
    pointer = f"/lines/{line}/{column}" if column else f"/lines/{line}"
    return FieldProblem(pointer, code, words, {"line": line, **values})


def read(content: bytes, *, latest: date) -> list[Line]:
    """The values of a file, in its order; raise NotReadable. ``latest`` is the last day that has begun anywhere."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise NotReadable([FieldProblem("/lines", "not_utf8", _NOT_TEXT)]) from None
    reader = csv.reader(io.StringIO(text, newline=""), strict=False)
    try:
        rows = [(reader.line_num, cells) for cells in reader if any(cell.strip() for cell in cells)]
    except csv.Error:
        raise NotReadable([FieldProblem("/lines", "not_utf8", _NOT_TEXT)]) from None
    if len(rows) < 2:
        raise NotReadable([FieldProblem("/lines", "empty", _EMPTY)])
    if len(rows) - 1 > MOST_LINES:
        raise NotReadable([FieldProblem("/lines", "too_many", _TOO_MANY, {"most": MOST_LINES})])
    columns = [cell.strip().lower() for cell in rows[0][1]]
    problems = [_problem(1, name, "missing", _NO_COLUMN, column=name) for name in _NEEDED if name not in columns]
    strange = {name for name in columns if name not in _KNOWN or columns.count(name) > 1}
    problems += [
        _problem(1, "", "unknown_column", _STRANGE_COLUMN, column=name[:60] or "-") for name in sorted(strange)
    ]
    if problems:
        raise NotReadable(problems)
    lines: list[Line] = []
    seen: dict[tuple[date, str], int] = {}
    for number, cells in rows[1:]:
        if len(cells) != len(columns):
            problems.append(_problem(number, "", "cells", _CELLS, found=len(cells), wanted=len(columns)))
            continue
        found = _line(number, dict(zip(columns, (cell.strip() for cell in cells), strict=True)), latest, problems)
        if found is None:
            continue
        key = (found.measured_on, found.series)
        if key in seen:
            day = found.measured_on.isoformat()
            problems.append(_problem(number, "date", "twice", _TWICE, value=day, first=seen[key]))
        seen.setdefault(key, number)
        lines.append(found)
    if problems:
        raise NotReadable(problems)
    return lines


def _line(number: int, cells: Mapping[str, str], latest: date, problems: list[FieldProblem]) -> Line | None:
    before = len(problems)
    day, value = _day(number, cells["date"], latest, problems), _value(cells["value"])
    if value is None:
        problems.append(_problem(number, "value", "no_number", _BAD_VALUE, value=cells["value"][:60]))
    series = cells.get("series", "")
    if len(series) > 200:
        problems.append(_problem(number, "series", "too_long", _LONG_SERIES))
    said = cells.get("method", "").lower() or Method.IMPORTED.value
    if said not in Method._value2member_map_:
        known = ", ".join(Method)
        problems.append(_problem(number, "method", "unknown_method", _BAD_METHOD, value=said[:60], known=known))
    if len(problems) > before or day is None or value is None:
        return None
    return Line(number, day, value, series, Method(said))


def _day(number: int, said: str, latest: date, problems: list[FieldProblem]) -> date | None:
    try:
        # Python reads more spellings of a day than a reader of a file would.
        day = date.fromisoformat(said) if _DAY.fullmatch(said) and said.isascii() else None
    except ValueError:
        day = None
    if day is None:
        problems.append(_problem(number, "date", "no_day", _BAD_DAY, value=said[:60]))
    elif day > latest:
        problems.append(_problem(number, "date", "in_the_future", _FUTURE, value=said))
    elif day < EARLIEST:
        problems.append(_problem(number, "date", "too_old", _TOO_OLD, value=said))
    else:
        return day
    return None


def _value(said: str) -> Decimal | None:
    if not said.isascii() or not _NUMBER.fullmatch(said) or len(said) > 19:
        return None
    try:
        return Decimal(said)
    except InvalidOperation:
        return None
