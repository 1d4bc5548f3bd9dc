"""From BambooHR's fields to ours; pure."""

from collections.abc import Mapping

from connectors.sdk.directories import day_of, text_of
from connectors.sdk.errors import ProtocolViolation
from connectors.sdk.models import DirectoryPerson

#: Ours, and BambooHR's. ``bestEmail`` is not among them: it falls back to the private address.
FIELDS = {
    "employee_number": "employeeNumber",
    "work_email": "workEmail",
    "first_name": "firstName",
    "last_name": "lastName",
    "title": "jobTitle",
    "department": "department",
    "division": "division",
    "location": "location",
    "manager_ref": "supervisorId",
    "employment_type": "employmentHistoryStatus",
    "started_on": "hireDate",
    "ended_on": "terminationDate",
    "status": "status",
}
_DAYS = ("started_on", "ended_on")
_STATUS = {"active": "active", "inactive": "left"}


def person(raw: Mapping[str, object], fields: Mapping[str, str]) -> DirectoryPerson:
    """Somebody out of a report; raises ValueError for one without an id."""
    values = {
        ours: day_of(raw[theirs]) if ours in _DAYS else text_of(raw[theirs])
        for ours, theirs in fields.items()
        if theirs in raw
    }
    if "status" in values:
        said = values["status"].casefold()
        values["status"] = _STATUS.get(said, said)
    if "work_email" in values:
        values["login"] = values["work_email"]
    if preferred := text_of(raw.get("preferredName")):
        values["display_name"] = f"{preferred} {values.get('last_name', '')}".strip()
    return DirectoryPerson(text_of(raw.get("id")), values)


def changes(body: Mapping[str, object]) -> tuple[frozenset[str], frozenset[str]]:
    """Ids of those who are new or changed, and of those who were deleted."""
    found = body.get("employees")
    # Nobody at all may come as an empty array.
    if found == []:
        return frozenset(), frozenset()
    if not isinstance(found, dict):
        raise ProtocolViolation("the list of changes holds no employees")
    gone = {
        key
        for key, one in found.items()
        if isinstance(one, dict) and text_of(one.get("action")).casefold() == "deleted"
    }
    return frozenset(found.keys() - gone), frozenset(gone)
