"""What Personio answers."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qs

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute

from connectors.sdk.testing.people import PeopleSimulator, Person
from connectors.sdk.testing.simulator import Event

PEOPLE: dict[str, Person] = {
    "501": {
        "email": "noa.levi@lumen.example", "first_name": "Noa", "last_name": "Levi", "preferred_name": "נועה לוי",
        "status": "ACTIVE",
        "employments": [
            {
                "id": "e2", "status": "LEAVE", "type": "INTERNAL", "employment_start_date": "2023-04-01",
                "position": {"title": "Engineer"}, "supervisor": {"id": "502"}, "office": {"id": "9"},
                "org_units": [{"type": "department", "id": "77"}], "legal_entity": {"id": "1"},
            },
            {"id": "e1", "status": "INACTIVE", "type": "EXTERNAL", "employment_start_date": "2021-01-01"},
        ],
    },
    "502": {
        "email": "dana@lumen.example", "first_name": "Dana", "last_name": "Katz", "status": "ACTIVE",
        "employments": [
            {
                "id": "e3", "status": "ACTIVE", "type": "INTERNAL", "employment_start_date": "2020-01-15",
                "position": {"title": "Head of R&D"}, "org_units": [{"type": "department", "id": "77"}],
            }
        ],
    },
    "503": {
        "email": "dan@lumen.example", "first_name": "Dan", "last_name": "Cohen", "status": "INACTIVE",
        "employments": [
            {
                "id": "e4", "status": "INACTIVE", "type": "INTERNAL", "employment_start_date": "2019-05-01",
                "employment_end_date": "2025-07-31",
                "termination": {"termination_date": "2025-05-31", "last_working_day": "2025-06-30", "reason": "ill"},
            }
        ],
    },
}  # fmt: skip
_LIFE_SECONDS = 3600


class PersonioSimulator(PeopleSimulator):
    """One company; `most` is how many persons a page really has."""

    def __init__(
        self, *, secret: str, journal_path: Path | None = None, clock: Callable[[], datetime] | None = None
    ) -> None:
        self._secret = secret
        self.most = 2
        self.repeats_cursor = False
        self.tokens: dict[str, datetime] = {}
        super().__init__(PEOPLE, journal_path=journal_path, clock=clock)

    def reset(self) -> None:
        super().reset()
        self.tokens = {}

    def apply(self, event: Event) -> None:
        if event["kind"] == "token_given":
            self.tokens[event["token"]] = datetime.fromisoformat(event["until"])
        else:
            super().apply(event)

    def routes(self, host: str) -> Sequence[BaseRoute]:
        return (
            self.operation("/v2/auth/token", self._token, name="token", methods=["POST"]),
            self.operation("/v2/persons", self._persons, name="persons", methods=["GET"]),
            self.operation("/v2/persons/{key}/employments", self._employments, name="employments", methods=["GET"]),
        )

    async def _token(self, request: Request) -> Response:
        form = {name: values[0] for name, values in parse_qs((await request.body()).decode()).items()}
        if form.get("grant_type") != "client_credentials" or form.get("client_secret") != self._secret:
            return JSONResponse({"error": "invalid_client"}, status_code=401)
        token, until = f"papi-{len(self.tokens) + 1}", self.now() + timedelta(seconds=_LIFE_SECONDS)
        self.record({"kind": "token_given", "token": token, "until": until.isoformat()})
        return JSONResponse({"access_token": token, "token_type": "bearer", "expires_in": _LIFE_SECONDS})

    def _is_refused(self, request: Request) -> bool:
        until = self.tokens.get(request.headers.get("authorization", "").removeprefix("Bearer "))
        return until is None or until <= self.now()

    async def _persons(self, request: Request) -> Response:
        if self._is_refused(request):
            return Response(status_code=401)
        asked = request.query_params
        limit = int(asked.get("limit", "10"))
        if not 1 <= limit <= 50:
            return JSONResponse({"error": "limit"}, status_code=400)
        ids = list(self.people)
        if after := asked.get("updated_at.gt"):
            since = datetime.fromisoformat(after.replace("Z", "+00:00"))
            ids = [key for key in ids if key in self.changed and self.changed[key] > since]
        start, size = int(asked.get("cursor", "0")), min(limit, self.most)
        page = [
            {"id": key, **{name: value for name, value in self.people[key].items() if name != "employments"}}
            for key in ids[start : start + size]
        ]
        links = {}
        if start + size < len(ids):
            cursor = start if self.repeats_cursor and start else start + size
            links["next"] = {"href": f"https://elsewhere.example/v2/persons?limit={limit}&cursor={cursor}"}
        return JSONResponse({"_data": page, "_meta": {"links": links}})

    async def _employments(self, request: Request) -> Response:
        if self._is_refused(request):
            return Response(status_code=401)
        one = self.people.get(request.path_params["key"])
        if one is None:
            return Response(status_code=404)
        return JSONResponse({"_data": one.get("employments", []), "_meta": {"links": {}}})


def create_simulator(
    *,
    secret: str = "demo-secret",
    journal_path: Path | None = None,
    clock: Callable[[], datetime] | None = None,
) -> PersonioSimulator:
    """A company with three people: one on leave, one who has left."""
    return PersonioSimulator(secret=secret, journal_path=journal_path, clock=clock)
