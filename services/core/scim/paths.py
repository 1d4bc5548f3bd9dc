"""What a path of a change is about: an attribute, a part of it, or some values of a list. Pure.

The grammar is read by scim2-models; what an operation may do there is ours.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from scim2_models.exceptions import SCIMException
from scim2_models.path import (
    AttrPath,
    CompareOperator,
    Comparison,
    FilterNode,
    LogicalExpr,
    LogicalOperator,
    Not,
    Path,
    Present,
    ValuePath,
)

from services.core.scim.attributes import (
    FORGOTTEN,
    ResourceKind,
    Schema,
    Target,
    find,
)
from services.core.scim.errors import InvalidPath

#: Nobody needs more, and reading costs time.
LONGEST = 2000


@dataclass(frozen=True)
class Selection:
    """A path that names an attribute: which values of it, and which part of those."""

    target: Target
    #: Values of a list to which this applies; None means all of it.
    chosen: FilterNode | None = None


@dataclass(frozen=True)
class Forgotten:
    """A path to something that is accepted and not kept."""


def read(kind: ResourceKind, text: str) -> Selection | Schema | Forgotten:
    """What a path names; a whole extension is answered as its schema. Raise InvalidPath."""
    if len(text) > LONGEST:
        raise InvalidPath(path=text[:100])
    extension = next((one for one in kind.extensions if one.urn.lower() == text.strip().lower()), None)
    if extension is not None:
        return extension
    try:
        node = Path(text).ast
    except SCIMException:
        raise InvalidPath(path=text) from None
    if isinstance(node, AttrPath):
        return _attribute(kind, node, text)
    if isinstance(node, ValuePath):
        attr_path = AttrPath(attr=node.attr_path.attr, sub_attr=node.sub_attr, uri=node.attr_path.uri)
        found = _attribute(kind, attr_path, text)
        if isinstance(found, Forgotten):
            return found
        if not found.target.attribute.is_list:
            raise InvalidPath(path=text)
        return Selection(found.target, node.val_filter)
    raise InvalidPath(path=text)


def _attribute(kind: ResourceKind, path: AttrPath, text: str) -> Selection | Forgotten:
    target = find(kind, path.attr, sub=path.sub_attr, urn=path.uri)
    if target is not None:
        return Selection(target)
    if path.uri in (None, kind.core.urn) and path.attr.lower() in FORGOTTEN:
        return Forgotten()
    raise InvalidPath(path=text)


def matches(value: Any, node: FilterNode) -> bool:
    """Whether one value of a list is meant. Texts are compared without case: a type, an address."""
    match node:
        case Comparison():
            return _compare(_part(value, node.attr_path), node.op, node.value)
        case Present():
            return _part(value, node.attr_path) not in (None, "", [])
        case Not():
            return not matches(value, node.expr)
        case LogicalExpr():
            results = [matches(value, term) for term in node.terms]
            return all(results) if node.op is LogicalOperator.and_ else any(results)
    return False


def equal_parts(node: FilterNode) -> dict[str, Any] | None:
    """What a value must be for ``node`` to mean it, if that is said part by part; else None."""
    match node:
        case Comparison() if node.op is CompareOperator.eq and node.attr_path.sub_attr is None:
            return {node.attr_path.attr: node.value}
        case LogicalExpr() if node.op is LogicalOperator.and_:
            parts: dict[str, Any] = {}
            for term in node.terms:
                inner = equal_parts(term)
                if inner is None:
                    return None
                parts |= inner
            return parts
    return None


def _part(value: Any, path: AttrPath) -> Any:
    if not isinstance(value, dict):
        return None
    return next((inner for key, inner in value.items() if key.lower() == path.attr.lower()), None)


def _compare(actual: Any, op: CompareOperator, expected: Any) -> bool:
    left = _comparable(actual)
    right = _comparable(expected)
    match op:
        case CompareOperator.eq:
            return bool(left == right)
        case CompareOperator.ne:
            return bool(left != right)
    if not isinstance(left, str) or not isinstance(right, str):
        return False
    match op:
        case CompareOperator.co:
            return right in left
        case CompareOperator.sw:
            return left.startswith(right)
        case CompareOperator.ew:
            return left.endswith(right)
        case CompareOperator.gt:
            return left > right
        case CompareOperator.ge:
            return left >= right
        case CompareOperator.lt:
            return left < right
    return left <= right


def _comparable(value: Any) -> Any:
    if isinstance(value, str):
        folded = value.casefold()
        # A primary value is looked for as true, and as "true".
        return {"true": True, "false": False}.get(folded, folded)
    return value
