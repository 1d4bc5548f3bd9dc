"""Acme itself, as its documents describe it.

Run it with `python -m advocacy_connector_acme.simulator --port 8399 --state-file FILE`.
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


class AcmeSimulator(Simulator):
    """Keeps posts by id. What changes the state is an event, so that a killed simulator knows it again."""

    def hosts(self) -> tuple[str, ...]:
        return ("api",)

    def reset(self) -> None:
        self._posts: dict[str, Event] = {}
        self._made = 0

    def apply(self, event: Event) -> None:
        if event["kind"] == "post_created":
            self._posts[event["id"]] = event
            self._made += 1
        elif event["kind"] == "post_deleted":
            self._posts.pop(event["id"], None)

    def state(self) -> dict[str, object]:
        return {"posts": list(self._posts.values())}

    def routes(self, host: str) -> Sequence[BaseRoute]:
        return [
            self.operation("/v1/me", self._check_key, name="check_key", methods=["GET"]),
            self.operation("/v1/posts", self._create_post, name="create_post", methods=["POST"]),
            self.operation("/v1/posts/{post_id}", self._delete_post, name="delete_post", methods=["DELETE"]),
        ]

    async def _check_key(self, request: Request) -> Response:
        if not is_known(request):
            return refused(401, "unknown_key", "Who are you?")
        return JSONResponse({"name": "Acme Ltd."})

    async def _create_post(self, request: Request) -> Response:
        if not is_known(request):
            return refused(401, "unknown_key", "Who are you?")
        body = await request.json()
        if len(body["text"]) > 500:
            return refused(422, "text_too_long", "500 characters.")
        post_id = f"post-{self._made + 1}"
        self.record({"kind": "post_created", "id": post_id, "text": body["text"], "link": body.get("link")})
        return JSONResponse({"id": post_id, "url": f"https://acme.example/posts/{post_id}"}, status_code=201)

    async def _delete_post(self, request: Request) -> Response:
        if not is_known(request):
            return refused(401, "unknown_key", "Who are you?")
        post_id = request.path_params["post_id"]
        if post_id not in self._posts:
            return refused(404, "not_found", "No such post.")
        self.record({"kind": "post_deleted", "id": post_id})
        return Response(status_code=204)


def is_known(request: Request) -> bool:
    """Whether the call carries the key."""
    return request.headers.get("authorization") == f"Bearer {KEY}"


def refused(status: int, code: str, message: str) -> Response:
    """A refusal in the vendor's form; change it if the vendor's is another one."""
    return JSONResponse({"code": code, "message": message}, status_code=status)


def main(arguments: Sequence[str] | None = None) -> None:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m advocacy_connector_acme.simulator", description=__doc__)
    parser.add_argument("--port", type=int, default=8399)
    parser.add_argument("--state-file", type=Path)
    given = parser.parse_args(arguments)
    run(AcmeSimulator(journal_path=given.state_file), ports={"api": given.port})


if __name__ == "__main__":
    main()
