"""Formulas of KPIs: arithmetic over other KPIs, read by a small grammar of our own. Pure; nothing is ever executed."""

from __future__ import annotations

import ast
import decimal
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import TypeAlias

MOST_CHARACTERS = 500
MOST_PARTS = 60
#: Digits before and behind the point that a result keeps.
_LARGEST = Decimal(10) ** 14
_PLACES = Decimal("0.0001")
_LARGEST_NUMBER = Decimal(10) ** 12


class Why(StrEnum):
    """Why a text is no formula."""

    TOO_LONG = "too_long"
    NOT_READABLE = "not_readable"
    NOT_ALLOWED = "not_allowed"
    NO_KPI = "no_kpi"


class NotAFormula(ValueError):
    """The text is no formula; ``where`` is the character at which it stops being one, from 1."""

    def __init__(self, why: Why, *, where: int | None = None) -> None:
        super().__init__(why.value)
        self.why = why
        self.where = where or 1


class Gap(StrEnum):
    """Why a formula has no value."""

    OPERAND_MISSING = "operand_not_measured"
    DIVISION_BY_ZERO = "division_by_zero"
    OUT_OF_RANGE = "out_of_range"


@dataclass(frozen=True)
class NoValue(Exception):
    """A formula has no value on a day, and why."""

    reason: Gap
    #: The KPI that has none.
    kpi: str | None = None


@dataclass(frozen=True)
class Number:
    """A number as it is written."""

    value: Decimal


@dataclass(frozen=True)
class Name:
    """Another KPI."""

    slug: str


@dataclass(frozen=True)
class Signed:
    """The negative of something."""

    of: Node


@dataclass(frozen=True)
class Pair:
    """Two things and what is done with them: ``+ - * /``."""

    sign: str
    left: Node
    right: Node


Node: TypeAlias = Number | Name | Signed | Pair

_SIGNS: dict[type[ast.operator], str] = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/"}


def parse(text: str) -> Node:
    """The formula that a text is; raise NotAFormula.

    Numbers, names, ``+ - * /`` and parentheses; everything else that Python could read is refused.
    """
    if len(text) > MOST_CHARACTERS:
        raise NotAFormula(Why.TOO_LONG, where=MOST_CHARACTERS)
    if not text.isascii() or not text.isprintable():
        where = next(place for place, char in enumerate(text, 1) if not (char.isascii() and char.isprintable()))
        raise NotAFormula(Why.NOT_ALLOWED, where=where)
    stripped = text.lstrip()
    ahead = len(text) - len(stripped)
    try:
        tree = ast.parse(stripped.rstrip(), mode="eval")
    except SyntaxError as wrong:
        raise NotAFormula(Why.NOT_READABLE, where=ahead + (wrong.offset or 1)) from None
    # Python's own limits for what is nested too deeply, and for numbers with thousands of digits.
    except (ValueError, RecursionError, MemoryError):
        raise NotAFormula(Why.NOT_READABLE) from None
    if sum(1 for node in ast.walk(tree) if isinstance(node, ast.expr)) > MOST_PARTS:
        raise NotAFormula(Why.TOO_LONG)
    read = _read(tree.body, stripped, ahead)
    if not names(read):
        raise NotAFormula(Why.NO_KPI)
    return read


def _read(node: ast.expr, text: str, ahead: int) -> Node:
    where = ahead + node.col_offset + 1
    match node:
        case ast.Name(id=slug):
            return Name(slug)
        case ast.Constant(value=int() | float()) if not isinstance(node.value, bool):
            # As it is written: what Python's floats make of 0.1 is not what a reader means.
            try:
                value = Decimal(ast.get_source_segment(text, node) or "")
            except decimal.InvalidOperation:
                raise NotAFormula(Why.NOT_ALLOWED, where=where) from None
            if not value.is_finite() or abs(value) > _LARGEST_NUMBER:
                raise NotAFormula(Why.NOT_ALLOWED, where=where)
            return Number(value)
        case ast.UnaryOp(op=ast.USub(), operand=of):
            return Signed(_read(of, text, ahead))
        case ast.UnaryOp(op=ast.UAdd(), operand=of):
            return _read(of, text, ahead)
        case ast.BinOp(left=left, op=operator, right=right) if type(operator) in _SIGNS:
            return Pair(_SIGNS[type(operator)], _read(left, text, ahead), _read(right, text, ahead))
        case _:
            raise NotAFormula(Why.NOT_ALLOWED, where=where)


def names(node: Node) -> frozenset[str]:
    """The KPIs that a formula needs."""
    match node:
        case Name(slug):
            return frozenset({slug})
        case Signed(of):
            return names(of)
        case Pair(_, left, right):
            return names(left) | names(right)
        case _:
            return frozenset()


def evaluate(node: Node, values: Mapping[str, Decimal]) -> Decimal:
    """The value of a formula, to four places; raise NoValue when there is none."""
    with decimal.localcontext() as context:
        context.prec = 34
        try:
            value = _value(node, values)
            if abs(value) >= _LARGEST:
                raise NoValue(Gap.OUT_OF_RANGE)
            # Written over, so that a negative zero does not look like a number below zero.
            return value.quantize(_PLACES, rounding=decimal.ROUND_HALF_UP) + 0
        except decimal.DecimalException:
            raise NoValue(Gap.OUT_OF_RANGE) from None


def _value(node: Node, values: Mapping[str, Decimal]) -> Decimal:
    match node:
        case Number(value):
            return value
        case Name(slug):
            if slug not in values:
                raise NoValue(Gap.OPERAND_MISSING, slug)
            return values[slug]
        case Signed(of):
            return -_value(of, values)
        case Pair(sign, left, right):
            first, second = _value(left, values), _value(right, values)
            match sign:
                case "+":
                    return first + second
                case "-":
                    return first - second
                case "*":
                    return first * second
            if second == 0:
                raise NoValue(Gap.DIVISION_BY_ZERO)
            return first / second


def needs(slug: str, formulas: Mapping[str, str]) -> list[str]:
    """The KPIs with formulas that ``slug`` rests on, itself last, each behind those it needs; raise Cycle."""
    ordered: list[str] = []
    path: list[str] = []

    def visit(one: str) -> None:
        if one in path:
            raise Cycle([*path[path.index(one) :], one])
        if one in ordered or one not in formulas:
            return
        path.append(one)
        for needed in sorted(names(parse(formulas[one]))):
            visit(needed)
        path.pop()
        ordered.append(one)

    visit(slug)
    return ordered


class Cycle(ValueError):
    """A KPI needs itself, by way of others."""

    def __init__(self, path: list[str]) -> None:
        super().__init__(" → ".join(path))
        self.path = path
