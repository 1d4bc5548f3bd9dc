"""From Personio's persons and employments to our fields; pure."""

from collections.abc import Mapping
from urllib.parse import parse_qs, urlsplit

from connectors.sdk.directories import day_of, text_of
from connectors.sdk.errors import ProtocolViolation
from connectors.sdk.models import DirectoryPerson

_STATUS = {
    "active": "active",
    "onboarding": "pending",
    "leave": "on_leave",
    "on_leave": "on_leave",
    "inactive": "left",
}
#: What is read, so that what nobody has can be told.
ASKED = frozenset(
    {
        "work_email", "first_name", "last_name", "title", "department", "division", "location", "manager_ref",
        "employment_type", "started_on", "ended_on", "status",
    }
)  # fmt: skip


def records(body: Mapping[str, object]) -> list[dict[str, object]]:
    """The objects of a page; raises ProtocolViolation when there is no list."""
    found = body.get("_data", body.get("data"))
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
        raise ProtocolViolation("the page holds no list")
    return found


def next_cursor(body: Mapping[str, object]) -> str | None:
    """The cursor out of `_meta.links.next.href`; the address itself is not followed."""
    found: object = body
    for name in ("_meta", "links", "next", "href"):
        found = found.get(name) if isinstance(found, dict) else None
    values = parse_qs(urlsplit(text_of(found)).query).get("cursor") if found else None
    if found and not values:
        raise ProtocolViolation("the next page has no cursor")
    return values[0] if values else None


def person(raw: Mapping[str, object], employments: list[dict[str, object]]) -> DirectoryPerson:
    """Somebody with the employment that counts; raises ValueError for one without an id."""
    email = text_of(raw.get("email"))
    values = {
        "work_email": email,
        "login": email,
        "first_name": text_of(raw.get("first_name")),
        "last_name": text_of(raw.get("last_name")),
    }
    if preferred := text_of(raw.get("preferred_name")):
        values["display_name"] = preferred
    values["status"] = _status(raw)
    if current := _current(employments):
        values |= _work(current)
    return DirectoryPerson(text_of(raw.get("id")), {name: value for name, value in values.items() if value})


def _work(one: Mapping[str, object]) -> dict[str, str]:
    ends = one.get("termination")
    last_day = day_of(ends.get("last_working_day")) if isinstance(ends, dict) else ""
    units = one.get("org_units")
    departments = [
        unit for unit in (units if isinstance(units, list) else []) if isinstance(unit, dict)
        and text_of(unit.get("type")).casefold() == "department"
    ]  # fmt: skip
    found = {
        "title": _in(one, "position", "title"),
        # Only an id is promised; a name is taken where there is one.
        "department": text_of(departments[0].get("name")) if departments else "",
        "division": _in(one, "legal_entity", "name"),
        "location": _in(one, "office", "name"),
        "manager_ref": _in(one, "supervisor", "id"),
        "employment_type": text_of(one.get("type")),
        "started_on": day_of(one.get("employment_start_date")),
        "ended_on": last_day or day_of(one.get("employment_end_date")),
    }
    # The person's own status is derived, and calls those on leave and those to come active.
    return found | ({"status": _status(one)} if one.get("status") else {})


def _status(one: Mapping[str, object]) -> str:
    said = text_of(one.get("status")).casefold()
    return _STATUS.get(said, said)


def _current(employments: list[dict[str, object]]) -> dict[str, object] | None:
    """The employment that is not over; of several, the one that began last."""
    ordered = sorted(employments, key=lambda one: (_status(one) != "left", day_of(one.get("employment_start_date"))))
    return ordered[-1] if ordered else None


def _in(one: Mapping[str, object], name: str, inner: str) -> str:
    found = one.get(name)
    return text_of(found.get(inner)) if isinstance(found, dict) else ""
