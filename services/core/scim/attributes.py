"""Which attributes SCIM knows and what may be done with them: one table for checking, storing and announcing. Pure.

From RFC 7643 sections 3.1, 4.1, 4.2 and 4.3, less what we have no reason to keep.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

CORE_USER = "urn:ietf:params:scim:schemas:core:2.0:User"
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
CORE_GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"

LONGEST = 1000
#: What goes into the employee record is as short as a directory file may have it.
_LONGEST_OF_OURS = 200

STRING, BOOLEAN, COMPLEX, REFERENCE, TIME = "string", "boolean", "complex", "reference", "dateTime"


@dataclass(frozen=True)
class Attribute:
    """One attribute, or sub-attribute, as RFC 7643 section 7 describes it."""

    name: str
    description: str
    type: str = STRING
    is_list: bool = False
    subs: tuple[Attribute, ...] = ()
    is_read_only: bool = False
    is_immutable: bool = False
    is_required: bool = False
    is_case_exact: bool = False
    is_unique: bool = False
    #: Answered only to who asks for it by name.
    on_request: bool = False
    usual: tuple[str, ...] = ()
    refers_to: tuple[str, ...] = ()
    longest: int = LONGEST

    def sub(self, name: str) -> Attribute | None:
        """The sub-attribute of this name, however it is capitalised."""
        return next((one for one in self.subs if one.name.lower() == name.lower()), None)

    def announce(self) -> dict[str, Any]:
        """The attribute in the document of its schema."""
        mutability = "readOnly" if self.is_read_only else "immutable" if self.is_immutable else "readWrite"
        document: dict[str, Any] = {
            "name": self.name,
            "type": self.type,
            "multiValued": self.is_list,
            "description": self.description,
            "required": self.is_required,
            "mutability": mutability,
            "returned": "request" if self.on_request else "default",
        }
        if self.type != COMPLEX:
            document |= {"caseExact": self.is_case_exact, "uniqueness": "server" if self.is_unique else "none"}
        if self.usual:
            document["canonicalValues"] = list(self.usual)
        if self.refers_to:
            document["referenceTypes"] = list(self.refers_to)
        if self.subs:
            document["subAttributes"] = [one.announce() for one in self.subs]
        return document


@dataclass(frozen=True)
class Schema:
    """Attributes under one name."""

    urn: str
    name: str
    description: str
    attributes: tuple[Attribute, ...]

    def find(self, name: str) -> Attribute | None:
        """The attribute of this name, however it is capitalised."""
        return next((one for one in self.attributes if one.name.lower() == name.lower()), None)


@dataclass(frozen=True)
class ResourceKind:
    """Users, or groups."""

    name: str
    endpoint: str
    core: Schema
    extensions: tuple[Schema, ...] = ()

    @property
    def schemas(self) -> tuple[Schema, ...]:
        """The core schema, and those that extend it."""
        return (self.core, *self.extensions)

    def schema(self, urn: str) -> Schema | None:
        """The schema of this name, however it is capitalised."""
        return next((one for one in self.schemas if one.urn.lower() == urn.lower()), None)


def _plural(name: str, description: str, usual: tuple[str, ...], value: Attribute | None = None) -> Attribute:
    """A list of values with a type each, one of them the primary one."""
    return Attribute(
        name,
        description,
        COMPLEX,
        is_list=True,
        subs=(
            value or Attribute("value", "The value itself."),
            Attribute("display", "How it is shown."),
            Attribute("type", "What it is for.", usual=usual),
            Attribute("primary", "Whether it is the preferred one.", BOOLEAN),
        ),
    )


def _ours(name: str, description: str, **options: Any) -> Attribute:
    """A text that goes into the employee record."""
    return Attribute(name, description, longest=_LONGEST_OF_OURS, **options)


_ADDRESS_PARTS = (
    Attribute("formatted", "The whole address."),
    Attribute("streetAddress", "Street and number."),
    _ours("locality", "City."),
    Attribute("region", "State or region."),
    Attribute("postalCode", "Postal code."),
    _ours("country", "Country, best as two letters (ISO 3166-1)."),
    Attribute("type", "What it is for.", usual=("work", "home", "other")),
    Attribute("primary", "Whether it is the preferred one.", BOOLEAN),
)

USER = Schema(
    CORE_USER,
    "User",
    "A person.",
    (
        _ours("userName", "What the person signs in with.", is_required=True, is_unique=True),
        Attribute(
            "name",
            "The parts of the name.",
            COMPLEX,
            subs=(
                _ours("formatted", "The whole name."),
                _ours("familyName", "Last name."),
                _ours("givenName", "First name."),
                Attribute("middleName", "Middle name."),
                Attribute("honorificPrefix", "Title before the name."),
                Attribute("honorificSuffix", "Title after the name."),
            ),
        ),
        _ours("displayName", "The name that is shown."),
        _ours("title", "Job title."),
        _ours("userType", "Kind of employment."),
        _ours("preferredLanguage", "The language to write in."),
        _ours("locale", "How dates and numbers are written."),
        _ours("timezone", "Time zone, an IANA name."),
        Attribute("active", "Whether the person may use this service.", BOOLEAN),
        _plural("emails", "Addresses for mail.", ("work", "home", "other"), _ours("value", "The address.")),
        _plural("phoneNumbers", "Kept for you alone.", ("work", "home", "mobile", "fax", "pager", "other")),
        _plural(
            "photos", "Kept for you alone.", ("photo", "thumbnail"),
            Attribute("value", "Where it is.", REFERENCE, refers_to=("external",)),
        ),
        Attribute(
            "addresses", "City and country of the work address are used; the rest is kept for you alone.", COMPLEX,
            is_list=True, subs=_ADDRESS_PARTS,
        ),
        Attribute(
            "groups", "The groups the person is in.", COMPLEX, is_list=True, is_read_only=True, on_request=True,
            subs=(
                Attribute("value", "The group's id.", is_read_only=True, is_case_exact=True),
                Attribute("$ref", "Its address.", REFERENCE, is_read_only=True, refers_to=("Group",)),
                Attribute("display", "Its name.", is_read_only=True),
            ),
        ),
    ),
)  # fmt: skip

ENTERPRISE_USER = Schema(
    ENTERPRISE,
    "EnterpriseUser",
    "What an employer knows of a person.",
    (
        _ours("employeeNumber", "The number the employer gives."),
        Attribute("costCenter", "Kept for you alone."),
        Attribute("organization", "Kept for you alone."),
        _ours("division", "Division or company."),
        _ours("department", "Department."),
        Attribute(
            "manager", "Whom the person reports to.", COMPLEX,
            subs=(
                _ours("value", "The manager's id.", is_required=True, is_case_exact=True),
                Attribute("$ref", "The manager's address.", REFERENCE, refers_to=("User",)),
            ),
        ),
    ),
)  # fmt: skip

GROUP = Schema(
    CORE_GROUP,
    "Group",
    "A group of people.",
    (
        _ours("displayName", "The name of the group.", is_required=True, is_unique=True),
        Attribute(
            "members", "Who is in it.", COMPLEX, is_list=True,
            subs=(
                Attribute("value", "The member's id.", is_immutable=True, is_case_exact=True),
                Attribute("$ref", "Its address.", REFERENCE, is_immutable=True, refers_to=("User", "Group")),
                Attribute("type", "User or Group.", is_immutable=True, usual=("User", "Group")),
            ),
        ),
    ),
)  # fmt: skip

EXTERNAL_ID = Attribute("externalId", "What you call it.", is_case_exact=True)
META = Attribute(
    "meta",
    "What this server knows of it.",
    COMPLEX,
    is_read_only=True,
    subs=(
        Attribute("resourceType", "User or Group.", is_read_only=True, is_case_exact=True),
        Attribute("created", "When it was made.", TIME, is_read_only=True),
        Attribute("lastModified", "When it was changed.", TIME, is_read_only=True),
        Attribute("location", "Its address.", REFERENCE, is_read_only=True),
        Attribute("version", "Its version.", is_read_only=True, is_case_exact=True),
    ),
)
#: What every resource has besides the attributes of its schemas (RFC 7643 section 3.1).
COMMON = (
    Attribute("id", "Our id.", is_read_only=True, is_case_exact=True),
    EXTERNAL_ID,
    META,
    Attribute("schemas", "Its schemas.", is_list=True, is_read_only=True, is_case_exact=True),
)

#: Of RFC 7643, and nothing we have a use for: accepted, and forgotten at once.
FORGOTTEN = frozenset({"password", "nickname", "profileurl", "ims", "entitlements", "roles", "x509certificates"})

USERS = ResourceKind("User", "/Users", USER, (ENTERPRISE_USER,))
GROUPS = ResourceKind("Group", "/Groups", GROUP)
KINDS = (USERS, GROUPS)


@dataclass(frozen=True)
class Target:
    """An attribute that a path names: its schema, itself, and a part of it."""

    schema: Schema
    attribute: Attribute
    sub: Attribute | None = None

    @property
    def last(self) -> Attribute:
        """What the path ends with."""
        return self.sub or self.attribute

    @property
    def is_extension(self) -> bool:
        """Whether the attribute lies under the name of an extension."""
        return self.schema.urn in (ENTERPRISE,)


def find(kind: ResourceKind, name: str, *, sub: str | None = None, urn: str | None = None) -> Target | None:
    """What a path of these parts names; None for nothing."""
    schema = kind.schema(urn) if urn is not None else kind.core
    if schema is None:
        return None
    attribute = schema.find(name)
    if attribute is None and schema is kind.core:
        attribute = next((one for one in COMMON if one.name.lower() == name.lower()), None)
    if attribute is None:
        return None
    if sub is None:
        return Target(schema, attribute)
    part = attribute.sub(sub)
    return Target(schema, attribute, part) if part is not None else None
