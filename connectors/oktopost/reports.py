"""Files of Oktopost's scheduled exports: one CSV, or a ZIP of several.

Their columns are not documented; those that are read here bear the names that the API gives to the same things.
"""

import csv
import io
import zipfile
from collections.abc import Iterator, Mapping
from datetime import date

from connectors.oktopost.manifest import MANIFEST
from connectors.sdk.errors import Rejected
from connectors.sdk.manifest import ReportKind
from connectors.sdk.models import Metric, ReportReading, ReportRow, SkippedLine

#: What the files of a ZIP may hold together, unpacked.
MAX_UNPACKED_BYTES = 50 * 1024 * 1024
_METRICS: Mapping[str, Metric] = {
    "ShareCount": Metric.SHARES,
    "BoardClicks": Metric.CLICKS,
    "BoardConverts": Metric.CONVERSIONS,
}
#: May stand in a file besides: the day that a row is about.
_DAY = "Date"


def read_report(name: str, data: bytes) -> ReportReading:
    """Reads a file of one of the manifest's kinds; of a ZIP, all the files in it that have the columns.

    Raises Rejected with code `report_not_readable` when no file has them.
    """
    kind = next((one for one in MANIFEST.reports if one.name == name), None)
    if kind is None:
        raise _unreadable(f"There is no kind of report called {name}.")
    rows: list[ReportRow] = []
    skipped: list[SkippedLine] = []
    is_read = False
    for file_name, text in _texts(data):
        try:
            reader = csv.DictReader(io.StringIO(text, newline=""), strict=True)
            if not set(kind.columns) <= set(reader.fieldnames or ()):
                continue
            is_read = True
            _read_lines(reader, kind, rows, skipped, where=f"{file_name}: " if file_name else "")
        except csv.Error as error:
            raise _unreadable(f"The file is no CSV file: {error}.") from error
    if not is_read:
        raise _unreadable(f"The file needs the columns {', '.join(kind.columns)}.")
    return ReportReading(rows=tuple(rows), skipped=tuple(skipped))


def _read_lines(
    reader: "csv.DictReader[str]", kind: ReportKind, rows: list[ReportRow], skipped: list[SkippedLine], *, where: str
) -> None:
    for cells in reader:
        try:
            rows.append(_row(kind, cells))
        except ValueError as error:
            # A quoted cell may hold line breaks; an editor counts from where the row begins.
            breaks = sum(value.count("\n") for value in cells.values() if isinstance(value, str))
            skipped.append(SkippedLine(reader.line_num - breaks, f"{where}{error}"))


def _row(kind: ReportKind, cells: Mapping[str | None, str | list[str] | None]) -> ReportRow:
    def cell(column: str) -> str:
        value = cells.get(column)
        return value.strip() if isinstance(value, str) else ""

    if None in cells:
        raise ValueError("more cells than columns")
    key = cell(kind.columns[0])
    if not key:
        raise ValueError(f"no {kind.columns[0]}")
    values: dict[Metric, int] = {}
    for column, metric in _METRICS.items():
        number = cell(column)
        if number and not (number.isascii() and number.isdecimal() and len(number) < 16):
            raise ValueError(f"{column} is no number")
        if number:
            values[metric] = int(number)
    if not values:
        raise ValueError("no numbers")
    try:
        day = date.fromisoformat(cell(_DAY)[:10]) if cell(_DAY) else None
    except ValueError:
        raise ValueError(f"{_DAY} is no day") from None
    return ReportRow(subject=kind.subject, key=key, values=values, since=day, until=day)


def _texts(data: bytes) -> Iterator[tuple[str, str]]:
    if not data.startswith(b"PK"):
        yield "", _decode(data)
        return
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            files = [info for info in archive.infolist() if info.filename.lower().endswith(".csv")]
            # The directory of a ZIP may lie about sizes, so that reading is limited too.
            left = MAX_UNPACKED_BYTES
            for info in files:
                with archive.open(info) as file:
                    unpacked = file.read(left + 1)
                left -= len(unpacked)
                if left < 0:
                    raise _unreadable(f"The files in the ZIP are larger than {MAX_UNPACKED_BYTES} bytes.")
                yield info.filename, _decode(unpacked)
    # A damaged ZIP raises many things: of the module, of the decompressors, or RuntimeError for an encrypted one.
    except (zipfile.BadZipFile, zipfile.LargeZipFile, RuntimeError, EOFError, OSError, ValueError) as error:
        raise _unreadable("The ZIP file is damaged, encrypted, or no ZIP file.") from error


def _decode(data: bytes) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise _unreadable("The file is not UTF-8; please give it to us as it was downloaded.") from None


def _unreadable(message: str) -> Rejected:
    return Rejected("report_not_readable", message)
