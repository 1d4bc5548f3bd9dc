"""PATCH: the operations of one request on a document, in every form that identity systems send. Pure.

RFC 7644 section 3.5.2, and wider where real systems are: truth as text, a bare manager, a value that is not there yet.
"""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from scim2_models.path import FilterNode

from services.core.scim import paths
from services.core.scim.attributes import COMPLEX, EXTERNAL_ID, META, Attribute, ResourceKind, Schema
from services.core.scim.documents import (
    COMMON_NAMES,
    MOST_VALUES,
    Document,
    coerce,
    coerce_one,
    must_be_whole,
    only_one_primary,
)
from services.core.scim.errors import InvalidPath, InvalidSyntax, InvalidValue, NoTarget, ReadOnly

#: One request changes a person or a group, not a company.
MOST_OPERATIONS = 1000


class Verb(StrEnum):
    """What an operation does."""

    ADD = "add"
    REPLACE = "replace"
    REMOVE = "remove"


@dataclass(frozen=True)
class Operation:
    """One operation of a PATCH."""

    verb: Verb
    path: str | None
    value: Any


def read_operations(body: Any) -> list[Operation]:
    """The operations of a PATCH body; raise InvalidSyntax."""
    if not isinstance(body, dict):
        raise InvalidSyntax(where="/")
    raw = next((value for key, value in body.items() if key.lower() == "operations"), None)
    if not isinstance(raw, list) or not raw or len(raw) > MOST_OPERATIONS:
        raise InvalidSyntax(where="/Operations")
    found = []
    for place, one in enumerate(raw):
        parts = {key.lower(): value for key, value in one.items()} if isinstance(one, dict) else {}
        verb, path = parts.get("op"), parts.get("path")
        if not isinstance(verb, str) or verb.lower() not in Verb._value2member_map_:
            raise InvalidSyntax(where=f"/Operations/{place}/op")
        if path is not None and not isinstance(path, str):
            raise InvalidSyntax(where=f"/Operations/{place}/path")
        found.append(Operation(Verb(verb.lower()), path.strip() or None if path else None, parts.get("value")))
    return found


def flatten(kind: ResourceKind, operation: Operation) -> list[Operation]:
    """An operation without a path, as one for each attribute that its value names; others as they are."""
    if operation.path is not None:
        return [operation]
    if operation.verb is Verb.REMOVE:
        raise NoTarget(path="-")
    if not isinstance(operation.value, dict):
        raise InvalidValue(path="value", expected="an object")
    found: list[Operation] = []
    for key, value in operation.value.items():
        name = key.lower()
        if name in COMMON_NAMES and name != EXTERNAL_ID.name.lower():
            # Ours to set, and sent along with the rest.
            continue
        try:
            selection = paths.read(kind, key)
        except InvalidPath:
            # Unlike in a path, what is unknown among others is passed over.
            continue
        if isinstance(selection, paths.Selection) and selection.target.last.is_read_only:
            continue
        if isinstance(selection, Schema):
            found += flatten_extension(selection, operation.verb, value)
        else:
            found.append(Operation(operation.verb, key, value))
    return found


def flatten_extension(schema: Schema, verb: Verb, value: Any) -> list[Operation]:
    """An operation on a whole extension, as one for each of its attributes."""
    if not isinstance(value, dict):
        raise InvalidValue(path=schema.urn, expected="an object")
    return [Operation(verb, f"{schema.urn}:{key}", inner) for key, inner in value.items() if schema.find(key)]


def apply(kind: ResourceKind, document: Document, operations: list[Operation]) -> Document:
    """The document after all the operations; the one given stays as it is. All apply, or an error is raised."""
    changed = deepcopy(document)
    for operation in operations:
        for one in flatten(kind, operation):
            _apply_one(kind, changed, one)
    must_be_whole(kind, changed)
    return changed


def _apply_one(kind: ResourceKind, document: Document, operation: Operation) -> None:
    assert operation.path is not None  # noqa: S101  # flattened
    selection = paths.read(kind, operation.path)
    if isinstance(selection, paths.Forgotten):
        return
    if isinstance(selection, Schema):
        if operation.verb is Verb.REMOVE:
            document.pop(selection.urn, None)
            return
        if operation.verb is Verb.REPLACE:
            document.pop(selection.urn, None)
        for inner in flatten_extension(selection, operation.verb, operation.value):
            _apply_one(kind, document, inner)
        return
    target = selection.target
    if target.attribute.is_read_only or target.last.is_read_only or target.attribute is META:
        raise ReadOnly(path=operation.path)
    place = document
    if target.is_extension:
        place = document.setdefault(target.schema.urn, {})
    if selection.chosen is not None:
        _change_chosen(place, selection, selection.chosen, operation)
    elif target.sub is not None:
        _change_part(place, target.attribute, target.sub, operation)
    else:
        _change_attribute(place, target.attribute, operation)
    if target.is_extension and not place:
        del document[target.schema.urn]


def _change_attribute(place: Document, attribute: Attribute, operation: Operation) -> None:
    name = attribute.name
    if operation.verb is Verb.REMOVE:
        if attribute.is_list and operation.value is not None:
            _set(place, name, _without(attribute, place.get(name, []), operation))
        else:
            place.pop(name, None)
        return
    found = coerce(attribute, operation.value, path=str(operation.path))
    if operation.verb is Verb.ADD and attribute.is_list:
        found = _joined(place.get(name, []), found or [])
    elif attribute.type == COMPLEX and not attribute.is_list and found is not None:
        # RFC 7644 section 3.5.2.3: parts that are not named stay as they are.
        found = {**(place.get(name) or {}), **found}
    if found is None and operation.verb is Verb.ADD:
        return
    _set(place, name, found)


def _joined(kept: list[Any], added: list[Any]) -> list[Any]:
    """Both lists, no value twice: what is there already is only told more of."""
    found = list(kept)
    newest = next((one for one in added if isinstance(one, dict) and one.get("primary") is True), None)
    for one in added:
        same = next((place for place, other in enumerate(found) if _is_same(other, one)), None)
        if same is None:
            found.append(one)
        elif isinstance(one, dict):
            merged = {**found[same], **one}
            newest = merged if one is newest else newest
            found[same] = merged
    only_one_primary(found, newest=newest)
    return found


def _is_same(left: Any, right: Any) -> bool:
    if isinstance(left, dict) and isinstance(right, dict) and left.get("value") and right.get("value"):
        return bool((left["value"], left.get("type")) == (right["value"], right.get("type")))
    return bool(left == right)


def _without(attribute: Attribute, kept: list[Any], operation: Operation) -> list[Any]:
    """What stays when the values that are listed go; each is known by its ``value``, else by all that it says."""
    gone = coerce(attribute, operation.value, path=str(operation.path)) or []
    values = {one["value"].casefold() for one in gone if isinstance(one, dict) and isinstance(one.get("value"), str)}
    return [
        one
        for one in kept
        if one not in gone and not (isinstance(one, dict) and str(one.get("value", "")).casefold() in values)
    ]


def _change_part(place: Document, attribute: Attribute, sub: Attribute, operation: Operation) -> None:
    name = attribute.name
    if operation.verb is Verb.REMOVE:
        for one in _values(place, name):
            one.pop(sub.name, None)
        _drop_empty(place, attribute)
        return
    found = coerce_one(sub, operation.value, path=str(operation.path))
    if name not in place:
        if found is not None:
            place[name] = [{sub.name: found}] if attribute.is_list else {sub.name: found}
        return
    values = _values(place, name)
    for one in values:
        _set(one, sub.name, found)
    if attribute.is_list:
        only_one_primary(values)
    _drop_empty(place, attribute)


def _change_chosen(place: Document, selection: paths.Selection, node: FilterNode, operation: Operation) -> None:
    attribute, sub = selection.target.attribute, selection.target.sub
    values: list[Document] = _values(place, attribute.name)
    chosen = [one for one in values if paths.matches(one, node)]
    if operation.verb is Verb.REMOVE:
        if sub is None:
            values = [one for one in values if one not in chosen]
        for one in chosen:
            if sub is not None:
                one.pop(sub.name, None)
        _set(place, attribute.name, [one for one in values if one])
        return
    if not chosen:
        chosen = [_new_value(attribute, node, operation)]
        values.append(chosen[0])
    if sub is not None:
        found = coerce_one(sub, operation.value, path=str(operation.path))
        for one in chosen:
            _set(one, sub.name, found)
    else:
        found = coerce_one(attribute, _only(operation.value), path=str(operation.path)) or {}
        for one in chosen:
            if operation.verb is Verb.REPLACE:
                one.clear()
            one.update(found)
    only_one_primary(values, newest=chosen[-1])
    _set(place, attribute.name, [one for one in values if one])


def _new_value(attribute: Attribute, node: FilterNode, operation: Operation) -> Document:
    """The value that an operation is about and that is not there yet: strict servers refuse here, and clients loop."""
    parts = paths.equal_parts(node)
    if parts is None:
        raise NoTarget(path=operation.path)
    return coerce_one(attribute, parts, path=str(operation.path)) or {}


def _only(value: Any) -> Any:
    return value[0] if isinstance(value, list) and len(value) == 1 else value


def _values(place: Document, name: str) -> list[Any]:
    kept = place.get(name)
    return kept if isinstance(kept, list) else [kept] if kept else []


def _set(place: Document, name: str, value: Any) -> None:
    if isinstance(value, list) and len(value) > MOST_VALUES:
        raise InvalidValue(path=name, expected=f"at most {MOST_VALUES} values")
    if value is None or value == [] or value == {}:
        place.pop(name, None)
    else:
        place[name] = value


def _drop_empty(place: Document, attribute: Attribute) -> None:
    kept = place.get(attribute.name)
    _set(place, attribute.name, [one for one in kept if one] if isinstance(kept, list) else kept)
