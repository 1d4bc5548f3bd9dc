"""What a file changes, who clashes, and when somebody has to look first."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest

from services.core.employees import csv_file, rules
from services.core.employees.models import RowAction, SyncMode
from services.core.employees.rules import Diff, HeldReason

TODAY = date(2026, 11, 24)
HEADER = "employee_id,email,first_name,last_name"


def known(source_id: str, email: str, **values: Any) -> dict[str, Any]:
    fields = {**dict.fromkeys(csv_file.FIELDS), "source": "csv", "source_id": source_id, "work_email": email}
    names = {"first_name": "A", "last_name": "B", "display_name": "A B", "status": "active"}
    return {**fields, **names, **values}


def compare(current: list[dict[str, Any]], *rows: str, header: str = HEADER, mode: SyncMode = SyncMode.FULL) -> Diff:
    text = "\n".join([header, *rows])
    parsed = csv_file.parse(text.encode(), now=datetime(2026, 11, 24, 12, tzinfo=UTC), default_zone="UTC")
    diff = rules.compare(current, parsed, source="csv", mode=mode, today=TODAY)
    return replace(diff, changes=list(diff.changes))


class TestCompare:
    def test_somebody_new_is_created_active_with_a_full_name(self) -> None:
        (change,) = compare([], "E1,a@x.example,A,B").changes
        assert change.action is RowAction.CREATE
        assert change.changes == {
            "work_email": "a@x.example", "first_name": "A", "last_name": "B", "display_name": "A B", "status": "active"
        }  # fmt: skip

    def test_only_what_changes_is_in_the_diff_with_what_it_was(self) -> None:
        diff = compare([known("E1", "a@x.example")], "E1,a@x.example,A,C")
        (change,) = diff.changes
        assert change.changes == {"last_name": "C", "display_name": "A C"}
        assert change.before == {"last_name": "B", "display_name": "A B"}

    def test_a_name_the_person_chose_stays(self) -> None:
        diff = compare([known("E1", "a@x.example", display_name="Abie")], "E1,a@x.example,A,C")
        assert diff.changes[0].changes == {"last_name": "C"}

    def test_a_field_without_a_column_stays(self) -> None:
        diff = compare([known("E1", "a@x.example", department="Sales", status="on_leave")], "E1,a@x.example,A,B")
        assert (diff.changes, diff.unchanged) == ([], 1)

    def test_who_is_absent_from_a_full_file_leaves(self) -> None:
        current = [known("E1", "a@x.example"), known("E2", "b@x.example"), known("E3", "c@x.example", status="left")]
        (change,) = compare(current, "E1,a@x.example,A,B").changes
        assert (change.source_id, change.action) == ("E2", RowAction.LEAVE)
        assert change.changes == {"status": "left", "ended_on": "2026-11-24"}
        assert change.before == {"status": "active", "ended_on": None}

    def test_who_is_absent_from_a_delta_stays(self) -> None:
        current = [known("E1", "a@x.example"), known("E2", "b@x.example")]
        assert compare(current, "E1,a@x.example,A,B", mode=SyncMode.DELTA).changes == []

    def test_who_is_on_a_bad_row_of_a_full_file_does_not_leave(self) -> None:
        current = [known("E1", "a@x.example"), known("E2", "b@x.example"), known("E3", "c@x.example")]
        diff = compare(current, "E1,a@x.example,A,B", "E2,nobody,A,B", ",c@x.example,A,B")
        assert diff.changes == []

    def test_other_sources_do_not_leave(self) -> None:
        assert compare([known("S1", "s@x.example", source="scim")], "E1,a@x.example,A,B").count(RowAction.LEAVE) == 0

    def test_a_row_takes_over_who_has_the_address_in_another_source(self) -> None:
        (change,) = compare([known("S1", "A@x.example", source="scim")], "E1,a@x.example,A,B").changes
        assert change.action is RowAction.UPDATE
        assert change.changes == {"source": "csv", "source_id": "E1", "work_email": "a@x.example"}
        assert change.before == {"source": "scim", "source_id": "S1", "work_email": "A@x.example"}

    def test_who_left_another_source_is_not_taken_over(self) -> None:
        diff = compare([known("S1", "a@x.example", source="scim", status="left")], "E1,a@x.example,A,B")
        assert diff.count(RowAction.CREATE) == 1

    def test_somebody_who_left_and_is_named_again_is_back(self) -> None:
        diff = compare([known("E1", "a@x.example", status="left", ended_on="2026-01-31")], "E1,a@x.example,A,B")
        assert diff.changes[0].changes == {"status": "active", "ended_on": None}

    def test_a_row_that_says_left_is_a_leave(self) -> None:
        diff = compare([known("E1", "a@x.example")], "E1,a@x.example,A,B,left", header=f"{HEADER},status")
        assert diff.changes[0].action is RowAction.LEAVE
        assert diff.changes[0].changes == {"status": "left", "ended_on": "2026-11-24"}

    def test_a_leaver_whose_last_day_is_not_in_the_file_keeps_it(self) -> None:
        current = [known("E1", "a@x.example", status="left", ended_on="2026-03-31")]
        diff = compare(current, "E1,a@x.example,A,B,left,", header=f"{HEADER},status,end_date")
        assert diff.changes == []


class TestAddresses:
    def test_two_rows_cannot_have_one_address(self) -> None:
        diff = compare([], "E1,a@x.example,A,B", "E2,A@X.example,C,D")
        assert [(problem.line, problem.code) for problem in diff.problems] == [(3, "twice_in_file")]
        assert [change.source_id for change in diff.changes] == ["E1"]

    def test_an_address_of_somebody_who_keeps_it_is_refused(self) -> None:
        diff = compare([known("E1", "a@x.example")], "E2,a@x.example,C,D", mode=SyncMode.DELTA)
        assert [(problem.column, problem.code) for problem in diff.problems] == [("email", "belongs_to_somebody_else")]
        assert diff.changes == []

    def test_an_address_of_somebody_who_leaves_is_free(self) -> None:
        diff = compare([known("E1", "a@x.example")], "E2,a@x.example,C,D")
        assert diff.problems == []
        assert {change.action for change in diff.changes} == {RowAction.CREATE, RowAction.LEAVE}

    def test_two_people_may_swap(self) -> None:
        current = [known("E1", "a@x.example"), known("E2", "b@x.example")]
        diff = compare(current, "E1,b@x.example,A,B", "E2,a@x.example,A,B")
        assert (len(diff.changes), diff.problems) == (2, [])

    def test_a_refused_row_leaves_its_person_the_address_that_another_row_wants(self) -> None:
        current = [known("E1", "a@x.example"), known("E2", "b@x.example"), known("E3", "c@x.example", source="scim")]
        # E1 cannot have c (E3 of another source keeps it, being taken over by nobody), so E2 cannot have a.
        rows = ["E2,a@x.example,A,B", "E1,c@x.example,A,B"]
        diff = compare(current, *rows, mode=SyncMode.DELTA)
        assert {problem.line: problem.code for problem in diff.problems} == {
            2: "belongs_to_somebody_else",
            3: "belongs_to_somebody_else",
        }
        assert diff.changes == []


class TestSafetyStop:
    @pytest.mark.parametrize(
        ("employed", "leaving", "held"), [(8, 5, False), (8, 6, True), (100, 10, False), (100, 11, True)]
    )
    def test_more_than_five_and_more_than_a_tenth_is_held(self, employed: int, leaving: int, held: bool) -> None:
        current = [known(f"E{n}", f"p{n}@x.example") for n in range(employed)]
        diff = compare(current, *[f"E{n},p{n}@x.example,A,B" for n in range(leaving, employed)])
        assert diff.leaving == leaving
        assert diff.held_reason == (HeldReason.MASS_CHANGE if held else None)

    def test_suspending_counts_like_leaving(self) -> None:
        current = [known(f"E{n}", f"p{n}@x.example") for n in range(6)]
        rows = [f"E{n},p{n}@x.example,A,B,suspended" for n in range(6)]
        assert compare(current, *rows, header=f"{HEADER},status").held_reason is HeldReason.MASS_CHANGE

    def test_a_leaver_who_may_be_on_a_row_without_a_name_is_held(self) -> None:
        current = [known("E1", "a@x.example"), known("E2", "b@x.example")]
        assert compare(current, "E1,a@x.example,A,B", ",,A,B").held_reason is HeldReason.UNKNOWN_ROWS
