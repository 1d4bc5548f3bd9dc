"""Reading what identity systems send into documents of ours, and choosing what they get back. Pure.

A document is a resource as JSON under canonical names. What is not known is left out, as RFC 7644 section 3.3 has it;
what is known and of the wrong type is refused.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from services.core.scim.attributes import (
    BOOLEAN,
    COMMON,
    COMPLEX,
    EXTERNAL_ID,
    Attribute,
    ResourceKind,
    Schema,
)
from services.core.scim.errors import InvalidSyntax, InvalidValue

Document = dict[str, Any]

#: Some systems send truth as text.
_TRUTH = {"true": True, "false": False}
#: More of one attribute than any person has.
MOST_VALUES = 100
_ALWAYS = frozenset({"id", "schemas"})


def read(kind: ResourceKind, body: Any, *, skip: Iterable[str] = ()) -> Document:
    """The document that a whole resource says; raise InvalidSyntax or InvalidValue. ``skip`` is read by others."""
    if not isinstance(body, dict):
        raise InvalidSyntax(where="/")
    skipped = {name.lower() for name in skip}
    document: Document = {}
    for key, value in body.items():
        extension = next((one for one in kind.extensions if one.urn.lower() == key.lower()), None)
        if extension is not None:
            inner = _read_attributes(extension, value, prefix=f"{extension.urn}:")
            if inner:
                document[extension.urn] = inner
            continue
        if key.lower() == EXTERNAL_ID.name.lower():
            attribute: Attribute | None = EXTERNAL_ID
        else:
            attribute = kind.core.find(key)
        if attribute is None or attribute.is_read_only or attribute.name.lower() in skipped:
            continue
        found = coerce(attribute, value, path=attribute.name)
        if found is not None:
            document[attribute.name] = found
    must_be_whole(kind, document)
    return document


def must_be_whole(kind: ResourceKind, document: Document) -> None:
    """Raise InvalidValue for a document that lacks what each resource has."""
    for attribute in kind.core.attributes:
        if attribute.is_required and not str(document.get(attribute.name) or "").strip():
            raise InvalidValue(path=attribute.name, expected="a text")


def _read_attributes(schema: Schema, value: Any, *, prefix: str) -> Document:
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise InvalidValue(path=schema.urn, expected="an object")
    found: Document = {}
    for key, inner in value.items():
        attribute = schema.find(key)
        if attribute is not None and not attribute.is_read_only:
            read_value = coerce(attribute, inner, path=prefix + attribute.name)
            if read_value is not None:
                found[attribute.name] = read_value
    return found


def coerce(attribute: Attribute, value: Any, *, path: str) -> Any:
    """A value as we store it, None for none; raise InvalidValue."""
    if not attribute.is_list:
        return coerce_one(attribute, value, path=path)
    values = value if isinstance(value, list) else [value]
    if len(values) > MOST_VALUES:
        raise InvalidValue(path=path, expected=f"at most {MOST_VALUES} values")
    found: list[Any] = []
    for one in values:
        read_value = coerce_one(attribute, one, path=path)
        if read_value is not None and read_value not in found:
            found.append(read_value)
    only_one_primary(found)
    return found or None


def only_one_primary(values: list[Any], *, newest: Mapping[str, Any] | None = None) -> None:
    """Let one value alone be the primary one: ``newest`` if it says so, else the first that does."""
    chosen = newest if newest is not None and newest.get("primary") is True else None
    if chosen is None:
        chosen = next((one for one in values if isinstance(one, dict) and one.get("primary") is True), None)
    for one in values:
        if isinstance(one, dict) and one is not chosen and one.get("primary") is True:
            one["primary"] = False


def coerce_one(attribute: Attribute, value: Any, *, path: str) -> Any:
    """The same for one value of a list, or for the only one."""
    if value is None:
        return None
    if attribute.type == COMPLEX:
        return _complex(attribute, value, path=path)
    if attribute.type == BOOLEAN:
        truth = _TRUTH.get(value.strip().lower()) if isinstance(value, str) else value
        if not isinstance(truth, bool):
            raise InvalidValue(path=path, expected="true or false")
        return truth
    if isinstance(value, int | float) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str) or "\0" in value:
        raise InvalidValue(path=path, expected="a text")
    if len(value) > attribute.longest:
        raise InvalidValue(path=path, expected=f"a text of at most {attribute.longest} characters")
    return value


def _complex(attribute: Attribute, value: Any, *, path: str) -> Document | None:
    if isinstance(value, str):
        # A manager, or an address, as a bare text.
        value = {"value": value} if value and attribute.sub("value") else None
        if value is None:
            return None
    if not isinstance(value, dict):
        raise InvalidValue(path=path, expected="an object")
    found: Document = {}
    for key, inner in value.items():
        sub = attribute.sub(key)
        if sub is None or sub.is_read_only:
            continue
        read_value = coerce_one(sub, inner, path=f"{path}.{sub.name}")
        if read_value is not None:
            found[sub.name] = read_value
    return found or None


@dataclass(frozen=True)
class Wanted:
    """Which attributes an answer shall have (RFC 7644 section 3.9)."""

    attributes: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()

    def asks_for(self, name: str) -> bool:
        """Whether an attribute that is answered on request alone was asked for by name."""
        return any(_top(one, name) for one in self.attributes)

    def includes(self, name: str) -> bool:
        """Whether an attribute is in the answer."""
        if self.attributes:
            return any(_top(one, name) for one in self.attributes)
        return all(one != name.lower() for one in self.excluded)


def wanted(attributes: Iterable[str], excluded: Iterable[str], *, kinds: Iterable[ResourceKind]) -> Wanted:
    """What a request asks for, names without the name of their core schema."""
    cores = [f"{kind.core.urn.lower()}:" for kind in kinds]

    def plain(names: Iterable[str]) -> tuple[str, ...]:
        found = []
        for name in names:
            short = name.strip().lower()
            for core in cores:
                short = short.removeprefix(core)
            if short:
                found.append(short)
        return tuple(found)

    return Wanted(plain(attributes), plain(excluded))


def _top(path: str, name: str) -> bool:
    return path == name.lower() or path.startswith((f"{name.lower()}.", f"{name.lower()}["))


def choose(kind: ResourceKind, resource: Document, asked: Wanted) -> Document:
    """The part of a resource that was asked for."""
    if not asked.attributes and not asked.excluded:
        return resource
    urns = {schema.urn for schema in kind.extensions}
    chosen: Document = {}
    for name, value in resource.items():
        if name in _ALWAYS:
            chosen[name] = value
        elif name in urns:
            inner = _choose_inner(value, prefix=name.lower(), separator=":", asked=asked)
            if inner:
                chosen[name] = inner
        else:
            part = _choose_value(value, path=name.lower(), asked=asked)
            if part not in (None, {}, []):
                chosen[name] = part
    return chosen


def _choose_inner(value: Document, *, prefix: str, separator: str, asked: Wanted) -> Document:
    if asked.attributes and prefix in asked.attributes:
        return value
    if prefix in asked.excluded:
        return {}
    found = {
        name: _choose_value(inner, path=f"{prefix}{separator}{name.lower()}", asked=asked)
        for name, inner in value.items()
    }
    return {name: inner for name, inner in found.items() if inner not in (None, {}, [])}


def _choose_value(value: Any, *, path: str, asked: Wanted) -> Any:
    if asked.attributes:
        if path in asked.attributes:
            return value
    elif path in asked.excluded:
        return None
    inner = value if isinstance(value, list) else [value]
    if all(isinstance(one, dict) for one in inner):
        parts = [_choose_inner(one, prefix=path, separator=".", asked=asked) for one in inner]
        return [part for part in parts if part] if isinstance(value, list) else parts[0]
    return None if asked.attributes else value


def schemas_of(kind: ResourceKind, document: Document) -> list[str]:
    """The names of the schemas that a document makes use of."""
    return [kind.core.urn, *(one.urn for one in kind.extensions if document.get(one.urn))]


#: Attributes that each resource has, by their names in small letters.
COMMON_NAMES = frozenset(one.name.lower() for one in COMMON)
