"""The two CSV files of the simulated EveryoneSocial: invitations come in, the report of users goes out."""

import csv
import io
from collections.abc import Collection, Iterable, Mapping
from typing import Any

INVITATION_COLUMNS = ("email", "advocacy_role", "department_id", "location_id")
_ROLES = ("user", "contributor", "admin")

#: What a member's day counts, and the columns of the report.
ACTIVITY = ("reach", "posts", "shares", "clicks", "engagement")
REPORT_COLUMNS = ("Name", "Type", "Created On", "Onboarded", "Last Active", *(name.title() for name in ACTIVITY))


def read_invitations(
    data: bytes, *, departments: Collection[str], locations: Collection[str]
) -> tuple[list[dict[str, str]], str | None]:
    """The people of a file, or what is wrong with it: then nobody is invited."""
    reader = csv.DictReader(io.StringIO(data.decode("utf-8-sig", "replace"), newline=""))
    names = reader.fieldnames or []
    if extra := [name for name in names if name not in INVITATION_COLUMNS]:
        return [], f"Unknown columns: {', '.join(extra)}"
    if not {"email", "advocacy_role"} <= set(names):
        return [], "The columns email and advocacy_role are required"
    people = list(reader)
    for person in people:
        problem = _problem(person, departments=departments, locations=locations)
        if problem:
            return [], f"Line {reader.line_num}: {problem}"
    return people, None


def _problem(person: Mapping[str, Any], *, departments: Collection[str], locations: Collection[str]) -> str | None:
    if None in person or "@" not in (person["email"] or ""):
        return "an e-mail address is needed, and no cell more than there are columns"
    if person["advocacy_role"] not in _ROLES:
        return f"advocacy_role is one of {', '.join(_ROLES)}"
    # Called ids, but matched by name.
    if person.get("department_id") and person["department_id"] not in departments:
        return "there is no department of this name"
    if person.get("location_id") and person["location_id"] not in locations:
        return "there is no location of this name"
    return None


def user_report(days: Iterable[Mapping[str, Any]]) -> bytes:
    """The report over days of activity; who was not active on one of them is not in it."""
    people: dict[str, dict[str, Any]] = {}
    for day in days:
        person = people.setdefault(day["name"], {"last": "", **dict.fromkeys(ACTIVITY, 0)})
        person["last"] = max(person["last"], day["date"])
        # Reach is what somebody's networks count now, not a sum over days.
        person["reach"] = max(person["reach"], day["numbers"]["reach"])
        for name in ACTIVITY[1:]:
            person[name] += day["numbers"][name]
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(REPORT_COLUMNS)
    for name, person in sorted(people.items()):
        if any(person[one] for one in ACTIVITY[1:]):
            counts = [f"{person[one]:,}" for one in ACTIVITY]
            writer.writerow([name, "User", "2026-01-05", "Yes", person["last"], *counts])
    return out.getvalue().encode()
