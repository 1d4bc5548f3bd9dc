"""Texts are counted as vendors count, refused where they cannot go, and isolated without being changed."""

import pytest

from connectors.sdk import Rejected, TextUnit
from connectors.sdk.text import count, isolate, join, require_fits, require_sendable


@pytest.mark.parametrize(
    ("unit", "length"), [(TextUnit.CODE_POINTS, 3), (TextUnit.UTF16_UNITS, 4), (TextUnit.UTF8_BYTES, 7)]
)
def test_a_text_is_as_long_as_the_vendor_counts(unit: TextUnit, length: int):
    assert count("ש👋a", unit) == length


def test_a_text_that_is_too_long_is_refused_with_both_lengths():
    require_fits("abc", most=3, unit=TextUnit.CODE_POINTS)
    with pytest.raises(Rejected, match=r"4 characters; at most 3") as caught:
        require_fits("abcd", most=3, unit=TextUnit.CODE_POINTS)
    assert caught.value.code == "text_too_long"


@pytest.mark.parametrize("text", ["half \ud83d", "zero \x00"])
def test_what_no_document_can_carry_is_refused(text: str):
    with pytest.raises(Rejected) as caught:
        require_sendable(text)
    assert caught.value.code == "text_not_sendable"


@pytest.mark.parametrize("piece", ["R&D (Acme)", "נועה", "open \u2067 and left", "\u2069 closed too often"])
def test_a_piece_is_isolated_and_what_it_opened_swallows_nothing_after_it(piece: str):
    isolated = isolate(piece)
    assert piece in isolated
    depth = 0
    for char in isolated + "after":
        depth += (char in "\u2066\u2067\u2068") - (char == "\u2069" and depth > 0)
    assert depth == 0


def test_empty_paragraphs_leave_no_gap():
    assert join("a", None, "", "b") == "a\n\nb"
