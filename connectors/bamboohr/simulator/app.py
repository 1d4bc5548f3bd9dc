"""What BambooHR answers."""

from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute

from connectors.sdk.directories import basic_auth
from connectors.sdk.testing.people import PeopleSimulator, Person

PEOPLE: dict[str, Person] = {
    "101": {
        "employeeNumber": "1001", "firstName": "Noa", "lastName": "Levi", "preferredName": "נועה",
        "workEmail": "noa.levi@lumen.example", "bestEmail": "noa@private.example", "jobTitle": "Engineer",
        "department": "R&D", "division": "Lumen Ltd", "location": "Tel Aviv", "supervisorId": "102",
        "employmentHistoryStatus": "Full-Time", "hireDate": "2023-04-01", "terminationDate": "0000-00-00",
        "status": "Active", "payRate": "98765 ILS", "dateOfBirth": "1990-01-01",
    },
    "102": {
        "employeeNumber": "1002", "firstName": "Jürgen", "lastName": "Groß", "preferredName": "",
        "workEmail": "j.gross@lumen.example", "jobTitle": "Head of R&D", "department": "R&D", "division": "Lumen Ltd",
        "location": "Berlin", "supervisorId": "", "employmentHistoryStatus": "Full-Time", "hireDate": "2020-01-15",
        "terminationDate": "0000-00-00", "status": "Active",
    },
    "103": {
        "employeeNumber": "1003", "firstName": "Dan", "lastName": "Cohen", "preferredName": "",
        "workEmail": "dan.cohen@lumen.example", "jobTitle": "Sales", "department": "Sales", "division": "Lumen Ltd",
        "location": "Tel Aviv", "supervisorId": "102", "employmentHistoryStatus": "Terminated",
        "hireDate": "2019-05-01", "terminationDate": "2025-06-30", "status": "Inactive",
    },
}  # fmt: skip


class BambooHRSimulator(PeopleSimulator):
    """One company; fields that a key may not see are in `hidden`."""

    def __init__(
        self, *, secret: str, journal_path: Path | None = None, clock: Callable[[], datetime] | None = None
    ) -> None:
        self._authorization = basic_auth(secret, "x")
        self.hidden: set[str] = set()
        super().__init__(PEOPLE, journal_path=journal_path, clock=clock)

    def routes(self, host: str) -> Sequence[BaseRoute]:
        return (
            self.operation("/{company}/v1/reports/custom", self._report, name="custom_report", methods=["POST"]),
            self.operation("/{company}/v1/employees/changed", self._changed, name="changed", methods=["GET"]),
            self.operation("/{company}/v1/meta/fields", self._fields, name="fields", methods=["GET"]),
        )

    def _refused(self, request: Request) -> Response | None:
        if request.headers.get("authorization") != self._authorization:
            return Response(status_code=401)
        if request.path_params["company"] != "lumen":
            return Response(status_code=404)
        if request.headers.get("accept") != "application/json":
            # Without the header the vendor answers XML.
            return Response("<result/>", media_type="text/xml")
        return None

    async def _report(self, request: Request) -> Response:
        if refused := self._refused(request):
            return refused
        body = await request.json()
        fields = [name for name in body["fields"] if name not in self.hidden]
        people = [
            {"id": key, **{name: one.get(name, "") for name in fields if name != "id"}}
            for key, one in self.people.items()
        ]
        return JSONResponse({"title": body["title"], "fields": [{"id": name} for name in fields], "employees": people})

    async def _changed(self, request: Request) -> Response:
        if refused := self._refused(request):
            return refused
        try:
            since = datetime.fromisoformat(request.query_params["since"].replace("Z", "+00:00"))
        except (KeyError, ValueError):
            return Response(status_code=400)
        found = {
            key: {"id": key, "action": "Deleted" if key in self.deleted else "Updated", "lastChanged": at.isoformat()}
            for key, at in self.changed.items()
            if at > since
        }
        return JSONResponse({"latest": self.now().isoformat(), "employees": found or []})

    async def _fields(self, request: Request) -> Response:
        if refused := self._refused(request):
            return refused
        names = sorted({name for one in self.people.values() for name in one})
        return JSONResponse([{"id": name, "name": name, "type": "text", "alias": name} for name in names])


def create_simulator(
    *,
    secret: str = "demo-secret",
    journal_path: Path | None = None,
    clock: Callable[[], datetime] | None = None,
) -> BambooHRSimulator:
    """A company called `lumen` with three people, one of whom has left."""
    return BambooHRSimulator(secret=secret, journal_path=journal_path, clock=clock)
