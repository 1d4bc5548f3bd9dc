"""The forms in which changes come, on a document alone."""

from __future__ import annotations

from typing import Any

import pytest

from services.core.scim import changes, documents, people
from services.core.scim.attributes import ENTERPRISE, USERS
from services.core.scim.documents import MOST_VALUES
from services.core.scim.errors import InvalidValue

WORK = {"type": "work", "value": "m@corp.example", "primary": True}
HOME = {"type": "home", "value": "m@home.example"}


def after(document: dict[str, Any], *operations: dict[str, Any]) -> dict[str, Any]:
    before = {"userName": "m", **document}
    changed = changes.apply(USERS, before, changes.read_operations({"operations": list(operations)}))
    assert before == {"userName": "m", **document}
    return {name: value for name, value in changed.items() if name != "userName"}


@pytest.mark.parametrize(
    ("document", "operation", "expected"),
    [
        pytest.param(
            {"emails": [WORK]},
            {"op": "add", "path": "emails", "value": [{**HOME, "primary": "True"}, WORK]},
            {"emails": [{**WORK, "primary": False}, {**HOME, "primary": True}]},
            id="a new primary value takes the place of the old one, and what is there is not added again",
        ),
        pytest.param(
            {"emails": [WORK, HOME]},
            {"op": "replace", "path": 'emails[type eq "home"].primary', "value": True},
            {"emails": [{**WORK, "primary": False}, {**HOME, "primary": True}]},
            id="a part can make a value the primary one",
        ),
        pytest.param(
            {"emails": [WORK, HOME]},
            {"op": "remove", "path": "emails", "value": [{"value": "M@home.example"}]},
            {"emails": [WORK]},
            id="values that are listed go",
        ),
        pytest.param(
            {"emails": [WORK, HOME]},
            {"op": "remove", "path": 'emails[type eq "work" or value sw "m@home"]'},
            {},
            id="a list without values is no attribute",
        ),
        pytest.param(
            {"emails": [WORK]},
            {"op": "replace", "path": 'emails[type eq "home"]', "value": {"value": "m@home.example", "type": "home"}},
            {"emails": [WORK, HOME]},
            id="a value that is not there is made",
        ),
        pytest.param(
            {"name": {"givenName": "Maja", "familyName": "Lind"}},
            {"op": "replace", "path": "name", "value": {"familyName": "Berg"}},
            {"name": {"givenName": "Maja", "familyName": "Berg"}},
            id="parts that are not named stay",
        ),
        pytest.param(
            {ENTERPRISE: {"department": "Sales", "division": "EU"}},
            {"op": "Add", "value": {ENTERPRISE.upper(): {"Department": "Ops", "strange": 1}, "strange": {"a": 1}}},
            {ENTERPRISE: {"department": "Ops", "division": "EU"}},
            id="an extension as an object, in any case, with what nobody knows",
        ),
        pytest.param(
            {ENTERPRISE: {"department": "Sales"}},
            {"op": "remove", "path": ENTERPRISE},
            {},
            id="a whole extension goes",
        ),
        pytest.param(
            {},
            {"op": "add", "path": f"{ENTERPRISE}:manager.value", "value": "7"},
            {ENTERPRISE: {"manager": {"value": "7"}}},
            id="a manager part by part",
        ),
        pytest.param(
            {}, {"op": "add", "path": "nickName", "value": "M"}, {}, id="what we have no use for is taken and forgotten"
        ),
        pytest.param(
            {"title": "Driver"}, {"op": "replace", "path": "title", "value": None}, {}, id="null takes a value away"
        ),
    ],
)
def test_changes(document: dict[str, Any], operation: dict[str, Any], expected: dict[str, Any]) -> None:
    assert after(document, operation) == expected


def test_a_private_address_is_never_taken_for_the_one_at_work() -> None:
    assert people.told("m", {"emails": [HOME]})["work_email"] is None
    assert people.told("m", {"emails": [{**HOME, "primary": True}]})["work_email"] == HOME["value"]
    assert people.told("m@corp.example", {"emails": [HOME]})["work_email"] == "m@corp.example"
    assert people.told("m@corp.example", {"emails": [HOME, {**WORK, "value": "w@corp.example"}]})["work_email"] == (
        "w@corp.example"
    )


def test_too_many_values_are_refused() -> None:
    with pytest.raises(InvalidValue):
        documents.read(USERS, {"userName": "m", "emails": [{"value": f"{n}@corp.example"} for n in range(101)]})


def test_many_changes_of_one_list_leave_it_as_short_as_one_does() -> None:
    more = [{"op": "add", "path": "emails", "value": {"value": f"m{number}@corp.example"}} for number in range(200)]
    assert len(after({}, *more[:MOST_VALUES])["emails"]) == MOST_VALUES
    with pytest.raises(InvalidValue):
        after({}, *more)
