"""How files of people are opened: workbooks, and files that look as their organization has said."""

from __future__ import annotations

import io
from datetime import UTC, date, datetime

import openpyxl
import pytest

from services.core.employees import csv_file
from services.core.employees.csv_file import ParsedFile
from services.core.employees.table_file import Delimiter, Encoding, FileRefused, Layout

NOW = datetime(2026, 11, 24, 22, 30, tzinfo=UTC)
HEADER = ["Employee ID", "E-Mail", "First Name", "Last Name", "Start Date"]


def parse(content: bytes, layout: Layout | None = None) -> ParsedFile:
    return csv_file.parse(content, now=NOW, default_zone="UTC", layout=layout)


def workbook(*rows: list[object]) -> bytes:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    found = io.BytesIO()
    book.save(found)
    return found.getvalue()


class TestWorkbook:
    def test_numbers_dates_and_empty_cells_are_read_as_a_file_of_text_has_them(self) -> None:
        parsed = parse(
            workbook(
                HEADER,
                [1042, "noa@x.example", "נועה", "כהן", datetime(2024, 1, 31)],
                [None, None, None, None, None],
                [1043.0, "dan@x.example", "Dan", "Lev", None],
            )
        )
        first, second = parsed.people
        assert (first.source_id, first.values["first_name"]) == ("1042", "נועה")
        assert first.values["started_on"] == date(2024, 1, 31)
        assert (second.line, second.source_id, second.values["started_on"]) == (4, "1043", None)
        assert (parsed.rows, parsed.problems) == (2, [])

    def test_a_cell_beyond_the_headings_is_a_problem_of_its_row(self) -> None:
        parsed = parse(workbook(HEADER, [1, "a@x.example", "A", "B", None, "stray"], [2, "b@x.example", "A", "B"]))
        assert [(one.line, one.code) for one in parsed.problems] == [(2, "wrong_number_of_cells")]

    @pytest.mark.parametrize(
        ("content", "code"),
        [(b"PK\x03\x04 no workbook", "not_xlsx"), (workbook(), "empty_file"), (workbook(HEADER), "empty_file")],
    )
    def test_what_is_no_list_of_people_is_refused(self, content: bytes, code: str) -> None:
        with pytest.raises(FileRefused) as caught:
            parse(content)
        assert caught.value.code == code


COLUMNS = {"source_id": "PersNr", "work_email": "Dienst-Mail", "department": "Kostenstelle Text"}


class TestLayout:
    def test_the_organizations_names_of_columns_go_before_the_usual_ones(self) -> None:
        text = (
            "persnr;Dienst Mail;first_name;last_name;kostenstelle text;department;email\n"
            "7;a@x.example;A;B;Einkauf;D-1;private@x.example\n"
        )
        parsed = parse(text.encode(), Layout(columns=COLUMNS))
        values = parsed.people[0].values
        assert (values["source_id"], values["work_email"], values["department"]) == ("7", "a@x.example", "Einkauf")
        assert parsed.dropped_columns == ["department", "email"]

    def test_a_column_that_was_named_must_be_there(self) -> None:
        with pytest.raises(FileRefused) as caught:
            parse(b"persnr;dienst-mail;first_name;last_name\n7;a@x.example;A;B\n", Layout(columns=COLUMNS))
        assert (caught.value.code, caught.value.values["columns"]) == ("missing_columns", "Kostenstelle Text")

    def test_a_given_delimiter_and_encoding_are_not_guessed(self) -> None:
        # One Hebrew letter alone looks like Western text.
        text = "employee_id;email;first_name;last_name;department\n7;a@x.example;A;B;א, 1\n"
        layout = Layout(delimiter=Delimiter.SEMICOLON, encoding=Encoding.WINDOWS_1255)
        assert parse(text.encode("cp1255"), layout).people[0].values["department"] == "א, 1"

    def test_a_file_in_another_encoding_than_was_said_is_refused_with_its_line(self) -> None:
        text = "employee_id,email,first_name,last_name\n7,a@x.example,Jürgen,B\n"
        with pytest.raises(FileRefused) as caught:
            parse(text.encode("cp1252"), Layout(encoding=Encoding.UTF_8))
        assert caught.value.values == {"encoding": "utf-8", "line": 2}
