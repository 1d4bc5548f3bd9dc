"""What a Workday report answers."""

from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute

from connectors.sdk.directories import basic_auth
from connectors.sdk.testing.people import PeopleSimulator, Person

PEOPLE: dict[str, Person] = {
    "W1": {
        "Employee_ID": "W1", "Email_Work": "noa.levi@lumen.example", "First_Name": "נועה", "Last_Name": "לוי",
        "Business_Title": "Engineer", "Supervisory_Organization": "R&D", "Company": "Lumen", "Location": "Tel Aviv",
        "Country_ISO": "IL", "Manager_group": [{"Manager_Employee_ID": "W2"}], "Hire_Date": "2023-04-01",
        "Active_Status": "1", "Worker_Type": "Employee", "Annual_Pay": "98765",
    },
    "W2": {
        "Employee_ID": "W2", "Email_Work": "dana@lumen.example", "First_Name": "Dana", "Last_Name": "Katz",
        "Business_Title": "Head of R&D", "Supervisory_Organization": "R&D", "Company": "Lumen",
        "Location": "Tel Aviv", "Country_ISO": "IL", "Hire_Date": "2020-01-15", "Active_Status": "1",
        "Worker_Type": "Employee",
    },
    "W3": {
        "Employee_ID": "W3", "Email_Work": "dan@lumen.example", "First_Name": "Dan", "Last_Name": "Cohen",
        "Supervisory_Organization": "Sales", "Company": "Lumen", "Location": "Tel Aviv", "Country_ISO": "IL",
        "Hire_Date": "2019-05-01", "Termination_Date": "2025-06-30", "Active_Status": "0",
        "Worker_Type": "Employee",
    },
}  # fmt: skip


class WorkdaySimulator(PeopleSimulator):
    """One report; `with_leavers` is whether its data source includes terminated workers."""

    def __init__(
        self, *, secret: str, journal_path: Path | None = None, clock: Callable[[], datetime] | None = None
    ) -> None:
        self._authorization = basic_auth("ISU_Advocacy", secret)
        self.with_leavers = True
        super().__init__(PEOPLE, journal_path=journal_path, clock=clock)

    def routes(self, host: str) -> Sequence[BaseRoute]:
        path = "/ccx/service/customreport2/lumen/ISU_Advocacy/People%20list"
        return (self.operation(path.replace("%20", " "), self._report, name="report", methods=["GET"]),)

    async def _report(self, request: Request) -> Response:
        if request.headers.get("authorization") != self._authorization:
            return Response(status_code=401)
        if request.query_params.get("format") != "json":
            return Response("<wd:Report_Data/>", media_type="text/xml")
        people = [
            {name: value for name, value in one.items() if value not in ("", None)}
            for one in self.people.values()
            if self.with_leavers or one.get("Active_Status") == "1"
        ]
        return JSONResponse({"Report_Entry": people})


def create_simulator(
    *,
    secret: str = "demo-secret",
    journal_path: Path | None = None,
    clock: Callable[[], datetime] | None = None,
) -> WorkdaySimulator:
    """A report `People list` of `ISU_Advocacy` in the tenant `lumen`: three people, one of whom has left."""
    return WorkdaySimulator(secret=secret, journal_path=journal_path, clock=clock)
