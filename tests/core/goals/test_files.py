"""CSV files of values: read whole, or refused with each line and column."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from services.core.goals import files
from services.core.goals.models import Method
from services.core.kit.texts import Language

LATEST = date(2026, 11, 25)


def problems(text: str | bytes) -> list[tuple[str, str]]:
    """Where and what is wrong."""
    with pytest.raises(files.NotReadable) as refused:
        files.read(text if isinstance(text, bytes) else text.encode(), latest=LATEST)
    for problem in refused.value.problems:
        assert all(problem.in_language(language) for language in Language)
    return [(problem.pointer, problem.code) for problem in refused.value.problems]


class TestRead:
    def test_columns_in_any_order_with_what_excel_adds(self) -> None:
        text = '\ufeffValue,Date,series\r\n12.5,2026-11-01,"A, page"\r\n\r\n-3,2026-11-02,\r\n'
        first, second = files.read(text.encode(), latest=LATEST)
        assert first == files.Line(2, date(2026, 11, 1), Decimal("12.5"), "A, page", Method.IMPORTED)
        assert (second.number, second.value, second.series) == (4, -3, "")

    def test_every_wrong_cell_is_named_by_line_and_column(self) -> None:
        text = (
            'date,value,series,method\n2026-11-01,12,,measured\n01/11/2026,12,,\n2026-11-02,"1,200",,\n'
            "2026-11-03,,,\n2026-13-01,x,,guess\n2999-01-01,1,,\n1999-12-31,1,,\n2026-11-01,13,,\n2026-11-04,1\n"
        )
        assert problems(text) == [
            ("/lines/3/date", "no_day"),
            ("/lines/4/value", "no_number"),
            ("/lines/5/value", "no_number"),
            ("/lines/6/date", "no_day"), ("/lines/6/value", "no_number"), ("/lines/6/method", "unknown_method"),
            ("/lines/7/date", "in_the_future"),
            ("/lines/8/date", "too_old"),
            ("/lines/9/date", "twice"),
            ("/lines/10", "cells"),
        ]  # fmt: skip

    def test_columns_that_are_missing_or_strange_are_named(self) -> None:
        assert problems("day,value\n2026-11-01,1\n") == [("/lines/1/date", "missing"), ("/lines/1", "unknown_column")]

    def test_what_is_no_text_or_has_no_line_is_refused(self) -> None:
        assert problems(b"\xff\xfe\x00") == [("/lines", "not_utf8")]
        assert problems("date,value\n") == [("/lines", "empty")]
        assert problems("date,value\n" + "2026-11-01,1\n" * 5001) == [("/lines", "too_many")]

    @pytest.mark.parametrize("value", ["NaN", "inf", "1e5", "١٢", "1_000", "0x1", "=1+1", "1.23456", "9" * 30, " - 1"])
    def test_only_plain_numbers_are_values(self, value: str) -> None:
        assert problems(f"date,value\n2026-11-01,{value}\n") == [("/lines/2/value", "no_number")]

    def test_a_long_report_ends(self) -> None:
        assert len(problems("date,value\n" + "x,y\n" * 300)) == 101
