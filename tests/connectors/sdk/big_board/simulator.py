"""Big Board itself, as its documents describe it.

Run it with `python -m advocacy_connector_big_board.simulator --port 8399 --state-file FILE`.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute

from connectors.sdk.testing.simulator import Event, Simulator, run

#: The one key that is taken here.
KEY = "key-of-the-simulator"


class BigBoardSimulator(Simulator):
    """Keeps items by id. What changes the state is an event, so that a killed simulator knows it again."""

    def hosts(self) -> tuple[str, ...]:
        return ("api",)

    def reset(self) -> None:
        self._items: dict[str, Event] = {}
        self._made = 0

    def apply(self, event: Event) -> None:
        if event["kind"] == "item_created":
            self._items[event["id"]] = event
            self._made += 1
        elif event["kind"] == "item_deleted":
            self._items.pop(event["id"], None)

    def state(self) -> dict[str, object]:
        return {"items": list(self._items.values())}

    def routes(self, host: str) -> Sequence[BaseRoute]:
        return [
            self.operation("/boards", self._list_boards, name="list_boards", methods=["GET"]),
            self.operation("/items", self._create_item, name="create_item", methods=["POST"]),
            self.operation("/items/{item_id}", self._delete_item, name="delete_item", methods=["DELETE"]),
        ]

    async def _list_boards(self, request: Request) -> Response:
        if not is_known(request):
            return refused(401, "unknown_key", "Who are you?")
        return JSONResponse({"boards": [{"id": "b-1", "title": "Everybody"}]})

    async def _create_item(self, request: Request) -> Response:
        if not is_known(request):
            return refused(401, "unknown_key", "Who are you?")
        item_id = f"item-{self._made + 1}"
        self.record({**await request.json(), "kind": "item_created", "id": item_id})
        return JSONResponse({"id": item_id}, status_code=201)

    async def _delete_item(self, request: Request) -> Response:
        if not is_known(request):
            return refused(401, "unknown_key", "Who are you?")
        item_id = request.path_params["item_id"]
        if item_id not in self._items:
            return refused(404, "not_found", "No such item.")
        self.record({"kind": "item_deleted", "id": item_id})
        return Response(status_code=204)


def is_known(request: Request) -> bool:
    """Whether the call carries the key."""
    return request.headers.get("authorization") == f"Bearer {KEY}"


def refused(status: int, code: str, message: str) -> Response:
    """A refusal in the vendor's form; change it if the vendor's is another one."""
    return JSONResponse({"code": code, "message": message}, status_code=status)


def main(arguments: Sequence[str] | None = None) -> None:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m advocacy_connector_big_board.simulator", description=__doc__)
    parser.add_argument("--port", type=int, default=8399)
    parser.add_argument("--state-file", type=Path)
    given = parser.parse_args(arguments)
    run(BigBoardSimulator(journal_path=given.state_file), ports={"api": given.port})


if __name__ == "__main__":
    main()
