"""Reads files that an administrator downloaded from Employee Advocacy. Their headings are not published.

So nothing is assumed of them but what the settings say: the administrator gives the headings as they stand in the file.
"""

import csv
import io
import re

from connectors.bambu.manifest import MANIFEST, READER_REPORT, STORY_REPORT
from connectors.sdk.errors import Rejected
from connectors.sdk.models import Context, Metric, ReportReading, ReportRow, ReportSubject, SkippedLine

_SUBJECTS = {
    STORY_REPORT: ("story_column", ReportSubject.ITEM),
    READER_REPORT: ("reader_column", ReportSubject.PERSON),
}
_NUMBERS = {
    Metric.SHARES: "shares_column",
    Metric.CLICKS: "clicks_column",
    Metric.IMPRESSIONS: "impressions_column",
}
_COUNT = re.compile(r"[0-9]{1,15}|[0-9]{1,3}(?:,[0-9]{3}){1,4}")


def read_report(ctx: Context, *, name: str, data: bytes) -> ReportReading:
    """A report by story or by person; subject and shares must be there, other numbers may."""
    if name not in _SUBJECTS:
        raise Rejected("report_not_readable", f"There is no report {name!r}; known are {', '.join(_SUBJECTS)}.")
    setting, subject = _SUBJECTS[name]
    subject_column = MANIFEST.setting(ctx, setting)
    columns = {metric: MANIFEST.setting(ctx, column) for metric, column in _NUMBERS.items()}
    try:
        return _read(_decoded(data), subject=subject, subject_column=subject_column, columns=columns)
    except csv.Error:
        raise Rejected("report_not_readable", "This file is not a table of comma-separated values.") from None


def _decoded(data: bytes) -> str:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Rejected("report_not_readable", "This file is not UTF-8; please save it as CSV in UTF-8.") from None
    if "\x00" in text or not text.strip():
        raise Rejected("report_not_readable", "This file holds no table.")
    return text


def _header(cells: list[str], *, needed: tuple[str, ...]) -> dict[str, int]:
    header = {cell.strip().casefold(): index for index, cell in enumerate(cells)}
    if lacking := [column for column in needed if column.strip().casefold() not in header]:
        raise Rejected(
            "report_not_readable",
            f"The file has no column {', '.join(repr(column) for column in lacking)}. If it is headed otherwise in your"
            " file, an administrator can set the heading in the connector's settings.",
        )
    return header


def _read(text: str, *, subject: ReportSubject, subject_column: str, columns: dict[Metric, str]) -> ReportReading:
    first = text.partition("\n")[0]
    lines = csv.reader(io.StringIO(text, newline=""), delimiter=max(",;\t", key=first.count))
    header = _header(next(lines, []), needed=(subject_column, columns[Metric.SHARES]))
    rows: list[ReportRow] = []
    skipped: list[SkippedLine] = []
    places = {metric: header.get(column.strip().casefold()) for metric, column in columns.items()}
    at = header[subject_column.strip().casefold()]
    begins = lines.line_num + 1
    for cells in lines:
        line, begins = begins, lines.line_num + 1
        if not any(cell.strip() for cell in cells):
            continue
        key = cells[at].strip() if at < len(cells) else ""
        found = {
            metric: cells[place].strip()
            for metric, place in places.items()
            # An empty cell says nothing; that is not zero.
            if place is not None and place < len(cells) and cells[place].strip()
        }
        if not key:
            skipped.append(SkippedLine(line, f"no {subject_column}"))
        elif wrong := [columns[metric] for metric, value in found.items() if not _COUNT.fullmatch(value)]:
            skipped.append(SkippedLine(line, f"no whole number in {', '.join(wrong)}"))
        elif not found:
            skipped.append(SkippedLine(line, "no numbers"))
        else:
            values = {metric: int(value.replace(",", "")) for metric, value in found.items()}
            rows.append(ReportRow(subject=subject, key=key, values=values))
    return ReportReading(tuple(rows), tuple(skipped))
