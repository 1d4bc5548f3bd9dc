"""Formulas of KPIs: what is read, what is refused, and when there is no value."""

from __future__ import annotations

import random
from decimal import Decimal

import pytest

from services.core.goals import formula
from services.core.goals.formula import Cycle, Gap, NotAFormula, NoValue, Why

VALUES = {"cost": Decimal(1200), "visits": Decimal(480), "hires": Decimal(0)}


def value(text: str) -> Decimal:
    """A formula's value out of the above."""
    return formula.evaluate(formula.parse(text), VALUES)


class TestReading:
    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("cost / visits", "2.5"),
            (" cost/ (visits - 80) * 2", "6"),
            ("-cost + +visits", "-720"),
            ("cost * 0.1 + 0.2 * visits", "216"),
            ("cost / 7", "171.4286"),
            ("hires * -1", "0"),
            ("visits - 1e2", "380"),
        ],
    )
    def test_arithmetic_is_done_in_decimals_to_four_places(self, text: str, expected: str) -> None:
        assert str(value(text)) in {expected, f"{Decimal(expected):.4f}"}

    @pytest.mark.parametrize(
        "text",
        [
            "__import__('os').system('true')", "cost.real", "cost[0]", "cost ** 9", "cost // 2", "cost % 2",
            "cost if 1 else 2", "lambda: cost", "'cost'", "True + cost", "cost and visits", "cost < visits", "[cost]",
            "(cost, visits)",
            "cost := 2", "{cost}", "f'{cost}'", "cost @ visits", "~cost", "not cost", "1j + cost", "cost + 1e999",
            "cost + 0x10", "סכום + cost", "cost\x00", "cost\n+ visits", "cost + 9999999999999999", "cost(1)", "*cost",
        ],
    )  # fmt: skip
    def test_anything_but_arithmetic_is_refused(self, text: str) -> None:
        with pytest.raises(NotAFormula):
            formula.parse(text)

    def test_the_place_of_the_mistake_is_named(self) -> None:
        with pytest.raises(NotAFormula) as wrong:
            formula.parse("cost + visits ** 2")
        assert (wrong.value.why, wrong.value.where) == (Why.NOT_ALLOWED, 8)
        with pytest.raises(NotAFormula) as unread:
            formula.parse("cost + (visits")
        assert unread.value.why is Why.NOT_READABLE

    def test_size_and_depth_are_limited(self) -> None:
        for text in ("(" * 240 + "cost" + ")" * 240, "+".join(["cost"] * 80), "cost" + " " * 600, "-" * 400 + "cost"):
            with pytest.raises(NotAFormula):
                formula.parse(text)

    def test_numbers_alone_are_no_formula(self) -> None:
        with pytest.raises(NotAFormula) as wrong:
            formula.parse("1 + 2")
        assert wrong.value.why is Why.NO_KPI

    def test_whatever_text_is_given_the_answer_is_a_formula_or_a_refusal(self) -> None:
        chance, reasons = random.Random(6), set[Gap]()
        signs = [
            "cost",
            "visits",
            "1",
            "0.5",
            "+",
            "-",
            "*",
            "/",
            "(",
            ")",
            ",",
            "**",
            "[",
            "lambda",
            ":",
            ".",
            "'",
            "\\",
        ]
        for _ in range(3000):
            text = " ".join(chance.choices(signs, k=chance.randint(1, 12)))
            try:
                read = formula.parse(text)
            except NotAFormula:
                continue
            try:
                formula.evaluate(read, VALUES)
            except NoValue as none:
                reasons.add(none.reason)
        assert reasons <= {Gap.DIVISION_BY_ZERO}


class TestNoValue:
    @pytest.mark.parametrize(
        ("text", "reason"),
        [
            ("cost / hires", Gap.DIVISION_BY_ZERO),
            ("hires / hires", Gap.DIVISION_BY_ZERO),
            ("cost + leads", Gap.OPERAND_MISSING),
            ("cost * 999999999999 * 999999999999", Gap.OUT_OF_RANGE),
        ],
    )
    def test_the_reason_is_told(self, text: str, reason: Gap) -> None:
        with pytest.raises(NoValue) as none:
            value(text)
        assert none.value.reason is reason


class TestNeeds:
    def test_each_comes_behind_those_it_needs(self) -> None:
        formulas = {"c": "b + a", "b": "a * 2", "a": "cost", "z": "cost"}
        assert formula.needs("c", formulas) == ["a", "b", "c"]

    def test_a_circle_is_named(self) -> None:
        with pytest.raises(Cycle) as circle:
            formula.needs("a", {"a": "b + 1", "b": "cost / c", "c": "a"})
        assert circle.value.path == ["a", "b", "c", "a"]
