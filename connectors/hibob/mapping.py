"""From HiBob's fields to ours; pure."""

from collections.abc import Mapping

from connectors.sdk.directories import day_of, text_of
from connectors.sdk.models import DirectoryPerson

#: Ours, and HiBob's.
FIELDS = {
    "employee_number": "work.employeeIdInCompany",
    "work_email": "root.email",
    "first_name": "root.firstName",
    "last_name": "root.surname",
    "display_name": "root.displayName",
    "title": "work.title",
    "department": "work.department",
    "location": "work.site",
    "manager_ref": "work.reportsTo",
    "employment_type": "payroll.employment.type",
    "started_on": "work.startDate",
    "ended_on": "internal.terminationDate",
    "status": "internal.status",
}
_DAYS = ("started_on", "ended_on")
_STATUS = {"active": "active", "employed": "active", "inactive": "left", "terminated": "left"}


def person(raw: Mapping[str, object], fields: Mapping[str, str]) -> DirectoryPerson:
    """Somebody out of a search; raises ValueError for one without an id."""
    values: dict[str, str] = {}
    for ours, theirs in fields.items():
        found = _at(raw, theirs)
        if found is None:
            continue
        if isinstance(found, dict):
            found = found.get("id")
        values[ours] = day_of(found) if ours in _DAYS else text_of(found)
    if "status" in values:
        said = values["status"].casefold()
        values["status"] = _STATUS.get(said, said)
    if "work_email" in values:
        values["login"] = values["work_email"]
    return DirectoryPerson(text_of(_at(raw, "root.id")), values)


def _at(raw: Mapping[str, object], path: str) -> object:
    """A value by its field id: nested, or under its whole name; fields of the root stand at the top."""
    short = path.removeprefix("root.")
    for name in (path, short):
        if name in raw:
            return raw[name]
    found: object = raw
    for part in short.split("."):
        if not isinstance(found, dict) or part not in found:
            return None
        found = found[part]
    return found
