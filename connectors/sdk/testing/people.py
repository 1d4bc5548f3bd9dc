"""Base of the simulators of HR systems: people who are hired, changed and deleted, and the command line."""

import argparse
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from connectors.sdk.testing.simulator import Event, Simulator, run

#: Somebody as a simulator keeps them: the vendor's own names of fields.
Person = dict[str, Any]


class PeopleSimulator(Simulator):
    """State and control routes; a subclass answers as its vendor does, out of `people`."""

    #: By id, in the order in which they came.
    people: dict[str, Person]
    #: When somebody was last changed or deleted.
    changed: dict[str, datetime]
    deleted: set[str]

    def __init__(
        self,
        people: Mapping[str, Person],
        *,
        journal_path: Path | None = None,
        clock: Callable[[], datetime] | None = None,
    ) -> None:
        self._first = {key: dict(value) for key, value in people.items()}
        super().__init__(journal_path=journal_path, clock=clock)

    def hosts(self) -> tuple[str, ...]:
        return ("api",)

    def reset(self) -> None:
        self.people = {key: dict(value) for key, value in self._first.items()}
        self.changed = {}
        self.deleted = set()

    def apply(self, event: Event) -> None:
        key, at = event["id"], datetime.fromisoformat(event["at"])
        if event["kind"] == "person_put":
            self.people[key] = {**self.people.get(key, {}), **event["fields"]}
            self.deleted.discard(key)
        elif event["kind"] == "person_deleted":
            self.people.pop(key, None)
            self.deleted.add(key)
        self.changed[key] = at

    def state(self) -> dict[str, object]:
        return {"people": self.people, "deleted": sorted(self.deleted)}

    def put(self, key: str, **fields: Any) -> None:
        """Hire or change somebody, as the HR department does in the vendor's pages."""
        self.record({"kind": "person_put", "id": key, "at": self.now().isoformat(), "fields": fields})

    def remove(self, key: str) -> None:
        """Delete somebody's record."""
        self.record({"kind": "person_deleted", "id": key, "at": self.now().isoformat()})

    def control_routes(self) -> Sequence[BaseRoute]:
        return (Route("/_sim/people/{key}", self._control, methods=["PUT", "DELETE"]),)

    async def _control(self, request: Request) -> Response:
        key = request.path_params["key"]
        if request.method == "DELETE":
            self.remove(key)
        else:
            self.put(key, **await request.json())
        return JSONResponse({"people": len(self.people)})


def serve(name: str, create: Callable[..., PeopleSimulator], arguments: Sequence[str] | None = None) -> None:
    """The command line of `python -m connectors.<name>.simulator`."""
    parser = argparse.ArgumentParser(prog=f"python -m connectors.{name}.simulator")
    parser.add_argument("--port", type=int, required=True, help="port of the API; 0 takes a free one")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--state-file", type=Path, help="journal that survives a restart; without it all is in memory")
    parser.add_argument("--secret", default="demo-secret", help="the key, token or password that is taken")
    parser.add_argument("--quiet", action="store_true", help="print nothing")
    given = parser.parse_args(arguments)
    simulator = create(journal_path=given.state_file, secret=given.secret)
    run(simulator, ports={"api": given.port}, host=given.host, announce=not given.quiet)
