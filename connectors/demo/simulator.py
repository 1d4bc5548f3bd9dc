"""The demo network itself: a small vendor with an idempotency key and posts that can be read back.

Run it with `python -m connectors.demo.simulator --port 8390 --state-file FILE`.
"""

import argparse
import json
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path

import httpx2
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from connectors.sdk.testing.simulator import Event, Simulator, run
from connectors.sdk.webhooks import sign_standard

MAX_TEXT_CHARS = 500
_COUNTS = ("impressions", "reactions", "comments", "reshares")


class DemoSimulator(Simulator):
    """Keeps posts by id and by idempotency key; a post starts to have counts with its first look at them."""

    def hosts(self) -> tuple[str, ...]:
        return ("api",)

    def reset(self) -> None:
        self._posts: dict[str, Event] = {}
        self._by_key: dict[str, str] = {}
        self._deleted: set[str] = set()

    def routes(self, host: str) -> Sequence[BaseRoute]:
        return [
            self.operation("/health", self._health, name="health", methods=["GET"]),
            self.operation("/posts", self._create, name="create_post", methods=["POST"]),
            self.operation("/posts", self._find, name="find_post", methods=["GET"]),
            self.operation("/posts/{post_id}", self._delete, name="delete_post", methods=["DELETE"]),
            self.operation("/posts/{post_id}/counts", self._counts, name="counts", methods=["GET"]),
        ]

    def apply(self, event: Event) -> None:
        if event["kind"] == "post_created":
            self._posts[event["id"]] = event
            self._by_key[event["key"]] = event["id"]
        elif event["kind"] == "post_deleted":
            self._deleted.add(event["id"])

    def state(self) -> dict[str, object]:
        return {"posts": [post for post_id, post in self._posts.items() if post_id not in self._deleted]}

    def control_routes(self) -> Sequence[BaseRoute]:
        return [Route("/_sim/webhooks", self._send_webhook, methods=["POST"])]

    def notification(self, post_id: str, *, secret: str, kind: str = "post.created") -> tuple[dict[str, str], bytes]:
        """Headers and body of what it would send about one of its posts; the same post and kind has the same id."""
        post = self._posts[post_id]
        data = {**self._describe(post_id), "idempotency_key": post["key"]}
        body = json.dumps({"type": kind, "timestamp": post["at"], "data": data}).encode()
        event_id = f"evt_{kind.replace('.', '_')}_{post_id}"
        headers = sign_standard(secret, event_id=event_id, body=body, at=self.now())
        return {**headers, "content-type": "application/json"}, body

    async def _send_webhook(self, request: Request) -> Response:
        """`{"url", "secret", "idempotency_key", "kind"?}`: sends it once, and answers the status that came back."""
        asked = await request.json()
        post_id = self._by_key.get(str(asked.get("idempotency_key")))
        if post_id is None:
            return _refusal(404, "not_found", "There is no such post.")
        headers, body = self.notification(
            post_id, secret=str(asked.get("secret")), kind=str(asked.get("kind", "post.created"))
        )
        async with httpx2.AsyncClient(trust_env=False) as http:
            answer = await http.post(str(asked.get("url")), content=body, headers=headers)
        return JSONResponse({"status": answer.status_code})

    async def _health(self, request: Request) -> Response:
        return JSONResponse({"status": "ok"})

    async def _create(self, request: Request) -> Response:
        key = request.headers.get("idempotency-key")
        body = await request.json()
        if not key or not isinstance(body, dict) or not isinstance(body.get("text"), str):
            return _refusal(400, "incomplete", "An Idempotency-Key and a text are needed.")
        if len(body["text"]) > MAX_TEXT_CHARS:
            return _refusal(422, "text_too_long", f"A text may have {MAX_TEXT_CHARS} characters.")
        post_id = self._by_key.get(key)
        if post_id is None:
            post_id = f"demo-{len(self._posts) + 1}"
            content = {name: body.get(name) for name in ("author", "text", "link")}
            self.record({"kind": "post_created", "id": post_id, "key": key, "at": self.now().isoformat(), **content})
        return JSONResponse(self._describe(post_id), status_code=201, headers={"X-Post-Id": post_id})

    async def _find(self, request: Request) -> Response:
        post_id = self._by_key.get(request.query_params.get("idempotency_key", ""))
        if post_id is None or post_id in self._deleted:
            return _refusal(404, "not_found", "There is no such post.")
        return JSONResponse(self._describe(post_id))

    async def _delete(self, request: Request) -> Response:
        post_id = request.path_params["post_id"]
        if post_id in self._posts and post_id not in self._deleted:
            self.record({"kind": "post_deleted", "id": post_id})
        return Response(status_code=204)

    async def _counts(self, request: Request) -> Response:
        post_id = request.path_params["post_id"]
        if post_id not in self._posts or post_id in self._deleted:
            return _refusal(404, "not_found", "There is no such post.")
        seed = len(self._posts[post_id]["text"])
        return JSONResponse({name: seed * 40 // 10**power for power, name in enumerate(_COUNTS)})

    def _describe(self, post_id: str) -> dict[str, object]:
        return {"id": post_id, "permalink": f"https://demo.example/posts/{post_id}"}


def create_simulator(*, journal_path: Path | None = None, clock: Callable[[], datetime] | None = None) -> DemoSimulator:
    """A demo network, empty or as its journal left it."""
    return DemoSimulator(journal_path=journal_path, clock=clock)


def _refusal(status: int, code: str, message: str) -> Response:
    return JSONResponse({"code": code, "message": message}, status_code=status)


def main(arguments: Sequence[str] | None = None) -> None:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m connectors.demo.simulator", description=__doc__)
    parser.add_argument("--port", type=int, default=8390)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--state-file", type=Path)
    parser.add_argument("--quiet", action="store_true", help="print nothing")
    given = parser.parse_args(arguments)
    simulator = create_simulator(journal_path=given.state_file)
    run(simulator, ports={"api": given.port}, host=given.host, announce=not given.quiet)


if __name__ == "__main__":
    main()
