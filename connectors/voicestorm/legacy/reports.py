"""VoiceStorm's Member report: a CSV whose first row is a banner, whose second row is the header."""

import csv
import io
import re

from connectors.sdk.errors import Rejected
from connectors.sdk.models import Metric, ReportReading, ReportRow, ReportSubject, SkippedLine

ID_COLUMN = "UserId"
#: Headings in small letters without blanks. The vendor's help names the numbers, no source shows the headings, so some
#: spellings are taken. Left out on purpose: "impressions" (potential views), "reactions" (comments and re-shares are in
#: it), "conversions" (clicks divided by shares) and EMV are not what our words for them mean.
_METRICS = {
    "views": Metric.VIEWS,
    "postviews": Metric.VIEWS,
    "shares": Metric.SHARES,
    "postshares": Metric.SHARES,
    "totalshares": Metric.SHARES,
    "clicks": Metric.CLICKS,
    "totalclicks": Metric.CLICKS,
}
_COUNT = re.compile(r"[0-9]{1,3}(,[0-9]{3})+|[0-9]{1,15}")


def read_member_report(data: bytes) -> ReportReading:
    """Rows by `UserId`; the file does not say which days it is about.

    Raises Rejected with code `report_not_readable` for another file, naming what it misses.
    """
    try:
        lines = list(_lines(data))
    except (UnicodeDecodeError, csv.Error):
        raise _not_readable("It is no CSV file in UTF-8.") from None
    # Somebody may have cut the banner off already.
    header = next((index for index, (_, cells) in enumerate(lines[:2]) if ID_COLUMN in cells), None)
    if header is None:
        raise _not_readable(f"The column {ID_COLUMN} is missing in its first two rows.")
    names = lines[header][1]
    columns = {index: metric for index, name in enumerate(names) if (metric := _METRICS.get(_plain(name)))}
    if not columns:
        raise _not_readable("It has none of the columns Post Views, Shares or Clicks.")
    rows: list[ReportRow] = []
    skipped: list[SkippedLine] = []
    for number, cells in lines[header + 1 :]:
        try:
            rows.append(_row(cells, names, columns))
        except ValueError as error:
            skipped.append(SkippedLine(number, str(error)))
    return ReportReading(tuple(rows), tuple(skipped))


def _lines(data: bytes) -> list[tuple[int, list[str]]]:
    reader = csv.reader(io.StringIO(data.decode("utf-8-sig"), newline=""), strict=True)
    return [(reader.line_num, [cell.strip() for cell in cells]) for cells in reader if any(cells)]


def _row(cells: list[str], names: list[str], columns: dict[int, Metric]) -> ReportRow:
    if len(cells) != len(names):
        raise ValueError(f"{len(cells)} cells under {len(names)} headings")
    key = cells[names.index(ID_COLUMN)]
    if not key:
        raise ValueError(f"no {ID_COLUMN}")
    values: dict[Metric, int] = {}
    for index, metric in columns.items():
        if not cells[index]:
            continue
        if not _COUNT.fullmatch(cells[index]):
            raise ValueError(f"{names[index]} is no whole number")
        values[metric] = int(cells[index].replace(",", ""))
    return ReportRow(ReportSubject.PERSON, key, values)


def _plain(heading: str) -> str:
    return re.sub(r"[\s_]+", "", heading).casefold()


def _not_readable(why: str) -> Rejected:
    return Rejected("report_not_readable", f"This is not VoiceStorm's Member report as a CSV file. {why}")
