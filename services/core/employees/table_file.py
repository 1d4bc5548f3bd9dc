"""A table out of the bytes of a file, CSV or XLSX: its first line and the lines below, every cell as text. Pure."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any

import openpyxl

#: Marks without a shape of their own, which files from right-to-left desktops carry around names and numbers.
_INVISIBLE = re.compile("[\u200b\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]")
_DELIMITERS = ",;\t"
#: An XLSX file is a ZIP archive.
_ZIP = b"PK\x03\x04"
#: A workbook that unpacks to more is no list of people: 400,000 of them need about half.
MAX_UNPACKED_BYTES = 1024 * 1024 * 1024


class Delimiter(StrEnum):
    """What stands between two cells of a CSV file."""

    COMMA = "comma"
    SEMICOLON = "semicolon"
    TAB = "tab"


_CHARACTERS = {Delimiter.COMMA: ",", Delimiter.SEMICOLON: ";", Delimiter.TAB: "\t"}


class Encoding(StrEnum):
    """How a CSV file writes its letters."""

    UTF_8 = "utf-8"
    UTF_16 = "utf-16"
    WINDOWS_1252 = "windows-1252"
    WINDOWS_1255 = "windows-1255"


class FileRefused(Exception):
    """The file as a whole cannot be used; ``code`` and ``values`` say why."""

    def __init__(self, code: str, **values: object) -> None:
        self.code = code
        self.values = values
        super().__init__(code)


@dataclass(frozen=True)
class Layout:
    """What an organization has said of its files; what it has not said is found out from each file."""

    #: Our field, and what the file calls its column.
    columns: Mapping[str, str] = field(default_factory=dict)
    delimiter: Delimiter | None = None
    encoding: Encoding | None = None


@dataclass(frozen=True)
class Table:
    """The first line of a file, in lower case with underscores, and the lines below it."""

    header: list[str]
    #: Where each line begins in the file (the first one is 1), and its cells; raises FileRefused where it breaks off.
    lines: Iterator[tuple[int, list[str]]]


def read_table(content: bytes, layout: Layout, *, known: Collection[str]) -> Table:
    """Open a file; ``known`` are column names by which the delimiter is found. Raises FileRefused."""
    if content.startswith(_ZIP):
        return _workbook(content)
    encoding = _encoding(content, layout.encoding)
    header, delimiter = _header(_text_of(content, encoding), layout.delimiter, known)
    return Table(header, _csv_lines(_text_of(content, encoding), delimiter))


def clean(cell: str) -> str:
    """A text of one line, without what cannot be seen."""
    return " ".join(_INVISIBLE.sub("", cell).split())


def column_name(cell: str) -> str:
    """A heading as it is compared: case, spaces, hyphens and quotes in it say nothing."""
    name = clean(cell).casefold().replace('"', "").replace("״", "")
    return re.sub(r"[\s\-]+", "_", name)


def _text_of(content: bytes, encoding: str) -> io.TextIOWrapper:
    """The text, decoded as it is read: as a whole it would take several times the file."""
    return io.TextIOWrapper(io.BytesIO(content), encoding=encoding, errors="replace", newline="")


def _csv_lines(text: io.TextIOWrapper, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    reader = csv.reader(text, delimiter=delimiter, strict=True)
    start = 1
    try:
        for cells in reader:
            if start > 1:
                yield start, cells
            start = reader.line_num + 1
    except csv.Error as wrong:
        raise FileRefused("not_csv", line=reader.line_num, reason=str(wrong)) from None


def _header(text: io.TextIOWrapper, given: Delimiter | None, known: Collection[str]) -> tuple[list[str], str]:
    """The names on the first line, and the delimiter under which most of them are known to us."""
    best: tuple[int, int, list[str], str] | None = None
    for delimiter in _DELIMITERS if given is None else _CHARACTERS[given]:
        text.seek(0)
        try:
            cells = next(csv.reader(text, delimiter=delimiter), [])
        except csv.Error:
            continue
        names = [column_name(cell) for cell in cells]
        found = (sum(name in known for name in names), len(names), names, delimiter)
        if best is None or found[:2] > best[:2]:
            best = found
    if best is None or not any(best[2]):
        raise FileRefused("empty_file")
    return best[2], best[3]


def _encoding(content: bytes, given: Encoding | None) -> str:
    """Python's name for how a file writes its letters; raises FileRefused if it is not as it was said to be."""
    if given is not None:
        name = "utf-8-sig" if given is Encoding.UTF_8 else given.value
        try:
            content.decode(name)
            return name
        except UnicodeDecodeError as wrong:
            line = content.count(b"\n", 0, wrong.start) + 1
            raise FileRefused("wrong_encoding", encoding=given.value, line=line) from None
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    try:
        content.decode("utf-8-sig")
        return "utf-8-sig"
    except UnicodeDecodeError:
        pass
    # Bytes of Windows-1255 that are Hebrew letters there are accented letters in Windows-1252; running text of a
    # Latin script has them between plain letters, and hardly ever two in a row.
    hebrew = len(re.findall(rb"[\xe0-\xfa]{2,}", content))
    latin = len(re.findall(rb"[A-Za-z][\xc0-\xff]|[\xc0-\xff][a-z]", content))
    return "cp1255" if hebrew > latin else "cp1252"


def _workbook(content: bytes) -> Table:
    """The sheet that was in front when the workbook was saved, read line by line and never held as a whole."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as parts:
            if sum(part.file_size for part in parts.infolist()) > MAX_UNPACKED_BYTES:
                raise FileRefused("workbook_too_large")
        book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=True, keep_links=False)
        sheet: Any = book.active
        # A chart sheet has no cells.
        found = sheet.iter_rows(values_only=True) if hasattr(sheet, "iter_rows") else iter(())
        first = next(found, ())
    except FileRefused:
        raise
    # Whatever the library trips over in a file of somebody else's making, it is no workbook to us.
    except Exception as wrong:
        raise FileRefused("not_xlsx", reason=type(wrong).__name__) from None
    header = [column_name(_text(cell)) for cell in first]
    while header and not header[-1]:
        header.pop()
    if not header:
        raise FileRefused("empty_file")
    return Table(header, _sheet_lines(found, len(header)))


def _sheet_lines(found: Iterator[tuple[Any, ...]], width: int) -> Iterator[tuple[int, list[str]]]:
    line = 1
    while True:
        line += 1
        try:
            cells = next(found, None)
        except Exception as wrong:
            raise FileRefused("not_xlsx", reason=type(wrong).__name__) from None
        if cells is None:
            return
        texts = [_text(cell) for cell in cells]
        # A sheet knows no end of a line: cells without a heading may hold a format, or nothing at all.
        texts += [""] * (width - len(texts))
        while len(texts) > width and not texts[-1]:
            texts.pop()
        yield line, texts


def _text(cell: Any) -> str:
    """A cell as a CSV file would have it."""
    if cell is None:
        return ""
    if isinstance(cell, datetime):
        return cell.date().isoformat()
    if isinstance(cell, date):
        return cell.isoformat()
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell)
