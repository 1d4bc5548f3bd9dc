"""What is read from a directory file, and what is refused."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from services.core.employees import csv_file
from services.core.employees.csv_file import FileRefused, ParsedFile
from services.core.employees.models import EmploymentStatus

NOW = datetime(2026, 11, 24, 22, 30, tzinfo=UTC)
HEADER = "employee_id,email,first_name,last_name"


def parse(text: str | bytes, zone: str = "UTC") -> ParsedFile:
    content = text if isinstance(text, bytes) else text.encode()
    return csv_file.parse(content, now=NOW, default_zone=zone)


def only(text: str | bytes, zone: str = "UTC") -> dict[str, object]:
    """The values of a file's one person."""
    parsed = parse(text, zone)
    assert parsed.problems == []
    assert len(parsed.people) == 1
    return parsed.people[0].values


def with_column(name: str, value: str) -> str:
    return f"{HEADER},{name}\nE1,a@x.example,A,B,{value}\n"


class TestEncodingAndDelimiter:
    @pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1255", "utf-16"])
    def test_hebrew_names_are_read_in_every_usual_encoding(self, encoding: str) -> None:
        text = f"{HEADER},department\r\nE1,a@x.example,יונתן,אברהם,שיווק ומכירות\r\n"
        person = only(text.encode(encoding))
        assert (person["first_name"], person["last_name"]) == ("יונתן", "אברהם")
        assert person["department"] == "שיווק ומכירות"

    def test_western_names_are_read_in_windows_1252(self) -> None:
        person = only(f"{HEADER}\nE1,a@x.example,Jürgen,Großmann-Núñez\n".encode("cp1252"))
        assert (person["first_name"], person["last_name"]) == ("Jürgen", "Großmann-Núñez")

    @pytest.mark.parametrize("delimiter", [",", ";", "\t"])
    def test_each_delimiter_is_found_by_the_first_line(self, delimiter: str) -> None:
        text = f"{HEADER},department\nE1,a@x.example,A,B,Sales\n".replace(",", delimiter)
        assert only(text)["department"] == "Sales"

    def test_a_quoted_value_may_hold_delimiters_and_new_lines(self) -> None:
        text = f'{HEADER},department\nE1,a@x.example,A,B,"Sales,\n EMEA"\nE2,not-an-address,A,B,Sales\n'
        parsed = parse(text)
        assert parsed.people[0].values["department"] == "Sales, EMEA"
        assert parsed.problems[0].line == 4


class TestHeader:
    def test_case_spaces_and_other_names_are_understood(self) -> None:
        text = "\ufeff Employee ID ;E-Mail;First Name;SURNAME;Hire Date\nE1;a@x.example;A;B;2024-01-31\n"
        assert only(text) == {
            "source_id": "E1",
            "work_email": "a@x.example",
            "first_name": "A",
            "last_name": "B",
            "started_on": date(2024, 1, 31),
        }

    def test_hebrew_headers_are_understood(self) -> None:
        text = "מספר עובד,דוא״ל,שם פרטי,שם משפחה,סטטוס\n17,a@x.example,דנה,כהן,בחופשה\n"
        assert only(text)["status"] is EmploymentStatus.ON_LEAVE

    def test_columns_we_do_not_keep_are_dropped_and_named(self) -> None:
        parsed = parse(f"{HEADER},salary,Birth Date\nE1,a@x.example,A,B,30000,1990-01-01\n")
        assert parsed.dropped_columns == ["salary", "birth_date"]
        assert set(parsed.people[0].values) == {"source_id", "work_email", "first_name", "last_name"}

    def test_every_missing_column_is_named(self) -> None:
        with pytest.raises(FileRefused) as refused:
            parse("employee_id,first_name\nE1,A\n")
        assert refused.value.code == "missing_columns"
        assert refused.value.values == {"columns": "email, last_name"}

    def test_two_columns_of_one_meaning_are_refused(self) -> None:
        with pytest.raises(FileRefused) as refused:
            parse(f"{HEADER},work_email\nE1,a@x.example,A,B,b@x.example\n")
        assert refused.value.code == "column_twice"

    def test_a_managers_id_comes_before_their_address(self) -> None:
        text = f"{HEADER},manager_email,manager_employee_id\nE1,a@x.example,A,B,boss@x.example,E9\n"
        assert only(text)["manager_ref"] == "E9"

    @pytest.mark.parametrize("text", ["", "\n\n", HEADER, f"{HEADER}\n\n,,,\n"])
    def test_a_file_without_people_is_refused(self, text: str) -> None:
        with pytest.raises(FileRefused, match="empty_file"):
            parse(text)

    def test_a_quote_that_never_ends_is_refused(self) -> None:
        with pytest.raises(FileRefused, match="not_csv"):
            parse(f'{HEADER}\nE1,a@x.example,"A,B\n')


class TestValues:
    @pytest.mark.parametrize(
        ("column", "value", "code"),
        [
            ("country", "ISR", "not_a_country_code"),
            ("time_zone", "Mars/Olympus", "not_a_time_zone"),
            ("locale", "hebrew please", "not_a_language"),
            ("start_date", "31/01/2024", "not_a_date"),
            ("start_date", "2024-02-30", "not_a_date"),
            ("start_date", "20240131", "not_a_date"),
            ("status", "sabbatical-ish", "unknown_status"),
            ("department", "x" * 201, "too_long"),
            ("department", "a\x00b", "control_character"),
        ],
    )
    def test_a_wrong_value_is_a_problem_of_its_row_alone(self, column: str, value: str, code: str) -> None:
        parsed = parse(with_column(column, value) + "E2,b@x.example,C,D,\n")
        assert [(problem.line, problem.column, problem.code) for problem in parsed.problems] == [(2, column, code)]
        assert [person.source_id for person in parsed.people] == ["E2"]

    @pytest.mark.parametrize(
        "address", ["", "nobody", "a@b", "a b@x.example", "a@x.example\nBcc: b@y.example", "a@@b.c"]
    )
    def test_an_address_is_an_address(self, address: str) -> None:
        parsed = parse(f'{HEADER}\nE1,"{address}",A,B\nE2,b@x.example,C,D\n')
        assert [problem.line for problem in parsed.problems] == [2]

    def test_a_country_is_written_in_capitals(self) -> None:
        assert only(with_column("country", "il"))["country"] == "IL"

    def test_an_empty_cell_says_that_there_is_nothing(self) -> None:
        assert only(with_column("department", ""))["department"] is None

    def test_invisible_marks_of_right_to_left_files_are_taken_out(self) -> None:
        assert only(f"{HEADER}\n\u200fE1\u200f,a@x.example,\u202bדנה\u202c,כהן\n")["source_id"] == "E1"

    def test_a_row_with_a_delimiter_too_many_is_a_problem(self) -> None:
        parsed = parse(f"{HEADER}\nE1,a@x.example,A,B,C\nE2,b@x.example,C,D\n")
        assert [problem.code for problem in parsed.problems] == ["wrong_number_of_cells"]

    def test_an_id_twice_is_a_problem_of_the_second_row(self) -> None:
        parsed = parse(f"{HEADER}\nE1,a@x.example,A,B\nE1,b@x.example,C,D\n")
        assert [(problem.line, problem.code) for problem in parsed.problems] == [(3, "twice_in_file")]

    def test_bad_rows_still_say_whom_they_are_about(self) -> None:
        parsed = parse(f"{HEADER}\nE1,nobody,A,B\n,c@x.example,A,B\n,,A,B\nE2,b@x.example,C,D\n")
        assert parsed.unread_ids == {"E1"}
        assert parsed.unread_emails == {"nobody", "c@x.example"}
        assert parsed.has_unknown_rows

    def test_a_file_with_more_than_one_bad_row_in_twenty_is_refused(self) -> None:
        good = [f"E{n},p{n}@x.example,A,B" for n in range(38)]
        parsed = parse("\n".join([HEADER, *good, "X1,nobody,A,B", "X2,nobody,A,B"]))
        csv_file.check_share(parsed.problems, rows=parsed.rows)
        parsed = parse("\n".join([HEADER, *good[:-1], "X1,nobody,A,B", "X2,nobody,A,B"]))
        with pytest.raises(FileRefused, match="too_many_bad_rows"):
            csv_file.check_share(parsed.problems, rows=parsed.rows)


class TestStatus:
    @pytest.mark.parametrize(
        ("status", "start", "end", "expected"),
        [
            ("active", "2024-01-01", "", EmploymentStatus.ACTIVE),
            ("Active", "2026-12-01", "", EmploymentStatus.PENDING),
            ("active", "2024-01-01", "2026-11-23", EmploymentStatus.LEFT),
            ("active", "2024-01-01", "2026-11-24", EmploymentStatus.ACTIVE),
            ("active", "2024-01-01", "2027-01-31", EmploymentStatus.ACTIVE),
            ("On Leave", "2024-01-01", "", EmploymentStatus.ON_LEAVE),
            ("terminated", "2024-01-01", "", EmploymentStatus.LEFT),
            ("inactive", "2024-01-01", "", EmploymentStatus.SUSPENDED),
            ("", "2026-12-01", "", EmploymentStatus.PENDING),
            ("", "2024-01-01", "2026-11-01", EmploymentStatus.LEFT),
        ],
    )
    def test_words_are_folded_and_dates_win(
        self, status: str, start: str, end: str, expected: EmploymentStatus
    ) -> None:
        text = f"{HEADER},status,start_date,end_date\nE1,a@x.example,A,B,{status},{start},{end}\n"
        assert only(text)["status"] is expected

    def test_nothing_said_is_nothing_known(self) -> None:
        assert "status" not in only(with_column("status", ""))

    def test_the_last_day_ends_in_the_persons_own_zone(self) -> None:
        # 22:30 UTC on the 24th is the 25th in Jerusalem and still the 24th in London.
        text = f"{HEADER},end_date,status\nE1,a@x.example,A,B,2026-11-24,active\n"
        assert only(text, "Asia/Jerusalem")["status"] is EmploymentStatus.LEFT
        assert only(text, "Europe/London")["status"] is EmploymentStatus.ACTIVE
