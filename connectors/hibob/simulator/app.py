"""What HiBob answers."""

from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute

from connectors.sdk.directories import basic_auth
from connectors.sdk.testing.people import PeopleSimulator, Person

PEOPLE: dict[str, Person] = {
    "3001": {
        "root.email": "noa.levi@lumen.example", "root.firstName": "נועה", "root.surname": "לוי",
        "root.displayName": "נועה לוי", "work.title": "Engineer", "work.department": "257|R&D",
        "work.site": "12|Tel Aviv", "work.startDate": "2023-04-01", "work.employeeIdInCompany": 1001,
        "work.reportsTo": {"id": "3002", "email": "dana@lumen.example", "displayName": "Dana"},
        "payroll.employment.type": "Permanent", "payroll.salary": "98765", "internal.status": "Active",
    },
    "3002": {
        "root.email": "dana@lumen.example", "root.firstName": "Dana", "root.surname": "Katz",
        "root.displayName": "Dana Katz", "work.title": "Head of R&D", "work.department": "257|R&D",
        "work.site": "12|Tel Aviv", "work.startDate": "2020-01-15", "work.employeeIdInCompany": 1002,
        "payroll.employment.type": "Permanent", "internal.status": "Active",
    },
    "3003": {
        "root.email": "dan@lumen.example", "root.firstName": "Dan", "root.surname": "Cohen",
        "root.displayName": "Dan Cohen", "work.title": "Sales", "work.department": "300|Sales",
        "work.site": "12|Tel Aviv", "work.startDate": "2019-05-01", "work.employeeIdInCompany": 1003,
        "internal.status": "Inactive", "internal.terminationDate": "2025-06-30",
    },
}  # fmt: skip
#: Values of lists: HiBob keeps ids, and gives names only when asked for something that people can read.
_LISTS = ("work.department", "work.site")


class HiBobSimulator(PeopleSimulator):
    """One company; fields that the service user may not see are in `hidden`, `is_flat` names them as a whole."""

    def __init__(
        self, *, secret: str, journal_path: Path | None = None, clock: Callable[[], datetime] | None = None
    ) -> None:
        self._authorization = basic_auth("SERVICE-1", secret)
        self.hidden: set[str] = set()
        self.is_flat = False
        super().__init__(PEOPLE, journal_path=journal_path, clock=clock)

    def routes(self, host: str) -> Sequence[BaseRoute]:
        return (self.operation("/people/search", self._search, name="search", methods=["POST"]),)

    async def _search(self, request: Request) -> Response:
        if request.headers.get("authorization") != self._authorization:
            return JSONResponse({"error": "unauthorized"}, status_code=401)
        body = await request.json()
        found = []
        for key, one in self.people.items():
            if one.get("internal.status") == "Inactive" and not body.get("showInactive"):
                continue
            if all(one.get(asked["fieldPath"]) in asked["values"] for asked in body.get("filters", [])):
                found.append(self._shown(key, one, body))
        return JSONResponse({"employees": found})

    def _shown(self, key: str, one: Person, body: dict[str, Any]) -> Person:
        shown: Person = {"id": key}
        for name in body["fields"]:
            if name in self.hidden or name not in one:
                continue
            value = one[name]
            if name in _LISTS:
                value = value.partition("|")[2 if body.get("humanReadable") == "REPLACE" else 0]
            *folders, last = [name] if self.is_flat else name.removeprefix("root.").split(".")
            place = shown
            for folder in folders:
                place = place.setdefault(folder, {})
            place[last] = value
        return shown


def create_simulator(
    *,
    secret: str = "demo-secret",
    journal_path: Path | None = None,
    clock: Callable[[], datetime] | None = None,
) -> HiBobSimulator:
    """A company with three people, one of whom has left; the service user is `SERVICE-1`."""
    return HiBobSimulator(secret=secret, journal_path=journal_path, clock=clock)
