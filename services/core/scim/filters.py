"""Filters and orders of SCIM as SQL with bound parameters (RFC 7644 sections 3.4.2.2 and 3.4.2.3).

The grammar is read by scim2-models. Texts are compared without case unless the attribute says otherwise.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from scim2_models.exceptions import SCIMException
from scim2_models.path import (
    ORDERING_OPERATORS,
    AttrPath,
    CompareOperator,
    Comparison,
    FilterNode,
    LogicalExpr,
    LogicalOperator,
    Not,
    Present,
    ScimFilter,
    ValuePath,
)
from sqlalchemy.dialects.postgresql import JSONB, JSONPATH

from services.core.scim.attributes import BOOLEAN, COMPLEX, TIME, Attribute, ResourceKind, Target, find
from services.core.scim.errors import InvalidFilter

LONGEST = 4000
#: How many comparisons one filter may make: each is work for the database.
MOST_TERMS = 50

_PRIMARY = "$[*] ? (@.primary == true)"

Condition = sa.ColumnElement[bool]


@dataclass(frozen=True)
class Column:
    """Where an attribute is kept that is not in the document."""

    value: Any
    #: The stored value is folded already: so is what it is compared with, and an index can be used.
    is_folded: bool = False
    is_id: bool = False
    #: A quicker way to ask whether it is equal to a text.
    equals: Callable[[str], Condition] | None = None


@dataclass(frozen=True)
class Rows:
    """Where the values of a list are kept that are rows: a condition for each part, inside one ``exists``."""

    parts: Mapping[str, Column]
    #: Selects the rows of one resource; conditions are added to it.
    select: sa.Select[Any]


@dataclass(frozen=True)
class Store:
    """Where everything of one kind of resource is kept."""

    kind: ResourceKind
    document: Any = None
    #: By path in small letters, such as ``meta.created``.
    columns: Mapping[str, Column] = field(default_factory=dict)
    rows: Mapping[str, Rows] = field(default_factory=dict)
    #: What is the same for every resource of the kind.
    constants: Mapping[str, str] = field(default_factory=dict)


def parse(text: str) -> FilterNode:
    """Read a filter; raise InvalidFilter."""
    if len(text) > LONGEST or "\0" in text:
        raise InvalidFilter(where=text[:100].replace("\0", ""))
    try:
        node = ScimFilter(text).ast
    except SCIMException as refused:
        raise InvalidFilter(where=str(getattr(refused, "detail", "") or text[:100])) from None
    if _count(node) > MOST_TERMS:
        raise InvalidFilter(where=text[:100])
    return node


def _count(node: FilterNode) -> int:
    match node:
        case LogicalExpr():
            return sum(_count(term) for term in node.terms)
        case Not():
            return _count(node.expr)
        case ValuePath():
            return _count(node.val_filter)
    return 1


def condition(store: Store, node: FilterNode, *, is_shared: bool = False) -> Condition:
    """A filter as a condition on the rows of ``store``; raise InvalidFilter.

    ``is_shared``: the filter is for several kinds, and an attribute that this one lacks is just never equal.
    """
    match node:
        case LogicalExpr():
            terms = [condition(store, term, is_shared=is_shared) for term in node.terms]
            return sa.and_(*terms) if node.op is LogicalOperator.and_ else sa.or_(*terms)
        case Not():
            return sa.not_(condition(store, node.expr, is_shared=is_shared))
        case Comparison() | Present():
            return _leaf(store, node, is_shared=is_shared)
        case ValuePath():
            return _value_path(store, node, is_shared=is_shared)
    raise InvalidFilter(where=str(node))


def _target(store: Store, path: AttrPath, *, is_shared: bool) -> Target | None:
    target = find(store.kind, path.attr, sub=path.sub_attr, urn=path.uri)
    if target is None and not is_shared:
        raise InvalidFilter(where=str(path))
    return target


def _leaf(store: Store, node: Comparison | Present, *, is_shared: bool) -> Condition:
    target = _target(store, node.attr_path, is_shared=is_shared)
    if target is None:
        return sa.false()
    name = ".".join([target.attribute.name.lower(), *([target.sub.name.lower()] if target.sub else [])])
    if name == "schemas":
        return _constant(node, sorted(schema.urn for schema in store.kind.schemas))
    if name in store.constants:
        return _constant(node, [store.constants[name]])
    if name in store.columns:
        return _test(store.columns[name], target.last, node)
    if target.attribute.name.lower() in store.rows:
        rows = store.rows[target.attribute.name.lower()]
        return _in_rows(rows, target.attribute, AttrPath(attr=target.sub.name if target.sub else "value"), node)
    if store.document is None or target.attribute.name in ("meta", "id"):
        raise InvalidFilter(where=str(node.attr_path))
    held = store.document[target.schema.urn] if target.is_extension else store.document
    held = held[target.attribute.name]
    if not target.attribute.is_list:
        sub = target.sub or (target.attribute.sub("value") if isinstance(node, Comparison) else None)
        if sub is None and target.attribute.type == COMPLEX:
            if isinstance(node, Comparison):
                raise InvalidFilter(where=str(node.attr_path))
            return sa.func.coalesce(held.isnot(None), sa.false())
        text = held[sub.name].astext if sub else held.astext
        return _test(Column(text), sub or target.attribute, node)
    if isinstance(node, Present) and target.sub is None:
        return sa.func.coalesce(sa.func.jsonb_array_length(held) > 0, sa.false())
    inner = target.sub or target.attribute.sub("value")
    if inner is None:
        raise InvalidFilter(where=str(node.attr_path))
    is_not = isinstance(node, Comparison) and node.op is CompareOperator.ne
    positive = Comparison(node.attr_path, CompareOperator.eq, node.value) if is_not else node  # type: ignore[union-attr]
    found = _any_element(held, lambda one: _test(Column(one[inner.name].astext), inner, positive))
    return sa.not_(found) if is_not else found


def _value_path(store: Store, node: ValuePath, *, is_shared: bool) -> Condition:
    target = _target(store, node.attr_path, is_shared=is_shared)
    if target is None:
        return sa.false()
    if not target.attribute.is_list or node.sub_attr is not None:
        raise InvalidFilter(where=str(node))
    if target.attribute.name.lower() in store.rows:
        rows = store.rows[target.attribute.name.lower()]
        return rows.select.where(_inner(rows.parts, target.attribute, node.val_filter)).exists()
    held = store.document[target.schema.urn] if target.is_extension else store.document

    def fits(one: Any) -> Condition:
        parts = {sub.name.lower(): Column(one[sub.name].astext) for sub in target.attribute.subs}
        return _inner(parts, target.attribute, node.val_filter)

    return _any_element(held[target.attribute.name], fits)


def inner_condition(rows: Rows, attribute: Attribute, node: FilterNode) -> Condition:
    """What chooses rows of a list, for a change of those alone; raise InvalidFilter."""
    return _inner(rows.parts, attribute, node)


def _inner(parts: Mapping[str, Column], attribute: Attribute, node: FilterNode) -> Condition:
    match node:
        case LogicalExpr():
            terms = [_inner(parts, attribute, term) for term in node.terms]
            return sa.and_(*terms) if node.op is LogicalOperator.and_ else sa.or_(*terms)
        case Not():
            return sa.not_(_inner(parts, attribute, node.expr))
        case Comparison() | Present():
            sub = attribute.sub(node.attr_path.attr)
            if sub is None or node.attr_path.sub_attr is not None or sub.name.lower() not in parts:
                raise InvalidFilter(where=str(node.attr_path))
            return _test(parts[sub.name.lower()], sub, node)
    raise InvalidFilter(where=str(node))


def _in_rows(rows: Rows, attribute: Attribute, path: AttrPath, node: Comparison | Present) -> Condition:
    if isinstance(node, Present):
        return rows.select.exists()
    is_not = node.op is CompareOperator.ne
    positive = Comparison(path, CompareOperator.eq if is_not else node.op, node.value)
    found = rows.select.where(_inner(rows.parts, attribute, positive)).exists()
    return sa.not_(found) if is_not else found


def _any_element(held: Any, fits: Any) -> Condition:
    empty = sa.literal([], JSONB)
    elements = sa.func.jsonb_array_elements(sa.func.coalesce(held, empty)).table_valued(sa.column("value", JSONB))
    return sa.select(sa.literal(1)).select_from(elements).where(fits(elements.c.value)).exists()


def _constant(node: Comparison | Present, values: list[str]) -> Condition:
    if isinstance(node, Present):
        return sa.true()
    equal = str(node.value) in values
    match node.op:
        case CompareOperator.eq:
            return sa.true() if equal else sa.false()
        case CompareOperator.ne:
            return sa.false() if equal else sa.true()
    raise InvalidFilter(where=str(node))


def _test(column: Column, attribute: Attribute, node: Comparison | Present) -> Condition:
    """One comparison. What is missing is equal to nothing, and different from everything."""
    if isinstance(node, Present) or node.value is None:
        there: Condition = column.value.isnot(None)
        is_present = isinstance(node, Present) or node.op is CompareOperator.ne
        return there if is_present else sa.not_(there)
    if node.op is CompareOperator.ne:
        return sa.not_(_test(column, attribute, Comparison(node.attr_path, CompareOperator.eq, node.value)))
    return sa.func.coalesce(_compare(column, attribute, node), sa.false(), type_=sa.Boolean)


def _compare(column: Column, attribute: Attribute, node: Comparison) -> Condition:
    if attribute.type == BOOLEAN:
        wanted = {"true": True, "false": False}.get(str(node.value).lower())
        if wanted is None or node.op is not CompareOperator.eq:
            raise InvalidFilter(where=str(node))
        truth: Condition = sa.cast(column.value, sa.Boolean).is_(wanted)
        return truth
    if attribute.type == TIME:
        return _by_operator(column.value, sa.literal(_instant(node), sa.DateTime(timezone=True)), node)
    if column.is_id:
        return _by_id(column, node)
    if isinstance(node.value, bool):
        raise InvalidFilter(where=str(node))
    text = str(node.value)
    if column.equals is not None and node.op is CompareOperator.eq:
        return column.equals(text)
    value: Any = column.value
    if column.is_folded:
        text = text.casefold()
    elif not attribute.is_case_exact:
        return _by_operator(sa.func.lower(value), sa.func.lower(sa.literal(text)), node)
    return _by_operator(value, sa.literal(text), node)


def _by_id(column: Column, node: Comparison) -> Condition:
    if node.op is not CompareOperator.eq:
        if node.op in ORDERING_OPERATORS:
            raise InvalidFilter(where=str(node))
        return _by_operator(sa.cast(column.value, sa.String), sa.literal(str(node.value)), node)
    found = as_id(str(node.value))
    if found is None:
        return sa.false()
    equal: Condition = column.value == sa.literal(found, sa.Uuid())
    return equal


def _by_operator(value: Any, wanted: Any, node: Comparison) -> Condition:
    match node.op:
        case CompareOperator.eq:
            found = value == wanted
        case CompareOperator.co:
            found = sa.func.strpos(value, wanted) > 0
        case CompareOperator.sw:
            found = sa.func.starts_with(value, wanted)
        case CompareOperator.ew:
            found = sa.func.right(value, sa.func.length(wanted)) == wanted
        case CompareOperator.gt:
            found = value > wanted
        case CompareOperator.ge:
            found = value >= wanted
        case CompareOperator.lt:
            found = value < wanted
        case _:
            found = value <= wanted
    return sa.type_coerce(found, sa.Boolean)


def _instant(node: Comparison) -> datetime:
    if node.op in (CompareOperator.co, CompareOperator.sw, CompareOperator.ew):
        raise InvalidFilter(where=str(node))
    try:
        found = datetime.fromisoformat(str(node.value))
    except ValueError:
        raise InvalidFilter(where=str(node)) from None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def as_id(text: str) -> UUID | None:
    """An id of ours in its one spelling; None for anything else: ids are compared with case."""
    try:
        found = UUID(text)
    except ValueError:
        return None
    return found if str(found) == text else None


def order(store: Store, sort_by: str) -> Any:
    """What to order by; raise InvalidFilter for what is no attribute."""
    path = sort_by.strip()
    urn, _, rest = path.rpartition(":") if path.lower().startswith("urn:") else ("", "", path)
    name, _, sub = rest.partition(".")
    target = find(store.kind, name, sub=sub or None, urn=urn or None)
    if target is None:
        raise InvalidFilter(where=sort_by[:100])
    full = ".".join(one.lower() for one in (target.attribute.name, *([target.sub.name] if target.sub else [])))
    if full in store.columns:
        return store.columns[full].value
    if store.document is None or target.attribute.name.lower() in ("meta", "schemas", *store.rows):
        return sa.null()
    held = store.document[target.schema.urn] if target.is_extension else store.document
    held = held[target.attribute.name]
    inner = target.sub or target.attribute.sub("value") or target.attribute.sub("formatted")
    if target.attribute.is_list:
        # RFC 7644 section 3.4.2.3: the primary value decides, or the first.
        primary = sa.func.jsonb_path_query_first(held, sa.cast(_PRIMARY, JSONPATH))
        held = sa.func.coalesce(primary, held[0], type_=JSONB)
    text = held[inner.name].astext if inner and target.attribute.type == COMPLEX else held.astext
    return text if target.last.is_case_exact else sa.func.lower(text)
