"""Notifications of the simulated LinkedIn about company pages: a challenge first, signed batches afterwards.

A person registers the address in the developer portal; here `/_sim/webhooks` does it.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import httpx2
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from connectors.linkedin.simulator.answers import read_object

if TYPE_CHECKING:
    from connectors.linkedin.simulator.app import LinkedInSimulator

MOST_PER_BATCH = 10
ANSWER_SECONDS = 3.0
MOST_FAILURES = 3
ACTIONS = ("LIKE", "COMMENT", "SHARE", "SHARE_MENTION", "ADMIN_COMMENT", "COMMENT_EDIT", "COMMENT_DELETE")


def challenge_response(client_secret: str, challenge: str) -> str:
    """What an endpoint has to answer."""
    return hmac.new(client_secret.encode(), challenge.encode(), hashlib.sha256).hexdigest()


def signature(client_secret: str, body: bytes) -> str:
    """The header X-LI-Signature of a delivery."""
    return hmac.new(client_secret.encode(), b"hmacsha256=" + body, hashlib.sha256).hexdigest()


class WebhookDesk:
    """The part of the simulator that calls others."""

    def __init__(self, world: LinkedInSimulator) -> None:
        self._world = world

    def control_routes(self) -> Sequence[BaseRoute]:
        """Register an address, look at it again (as LinkedIn does every two hours), and deliver."""
        return [
            Route("/_sim/webhooks", self._register, methods=["POST"]),
            Route("/_sim/webhooks/check", self._check, methods=["POST"]),
            Route("/_sim/webhooks/deliver", self._deliver, methods=["POST"]),
        ]

    async def _register(self, request: Request) -> Response:
        body = await read_object(request)
        if isinstance(body, Response):
            return body
        url = body.get("url")
        if not isinstance(url, str) or not url.startswith(("https://", "http://127.0.0.1:")):
            return JSONResponse({"error": "url must be an https address"}, status_code=400)
        if not await self._answers(url):
            return JSONResponse({"error": "the address did not answer the challenge"}, status_code=400)
        self._world.record({"kind": "webhook_registered", "url": url})
        return self._shown()

    async def _check(self, request: Request) -> Response:
        hook = self._world.store.webhook
        if hook is None:
            return JSONResponse({"error": "nothing is registered"}, status_code=404)
        self._world.record({"kind": "webhook_checked", "is_fine": await self._answers(hook.url)})
        return self._shown()

    async def _deliver(self, request: Request) -> Response:
        body = await read_object(request)
        if isinstance(body, Response):
            return body
        hook = self._world.store.webhook
        if hook is None or hook.failures >= MOST_FAILURES:
            return JSONResponse({"error": "nothing is registered, or it is blocked"}, status_code=409)
        notifications = [self._notification(one) for one in body.get("posts", [])]
        statuses = []
        for start in range(0, len(notifications), MOST_PER_BATCH):
            batch = {
                "type": "ORGANIZATION_SOCIAL_ACTION_NOTIFICATIONS",
                "notifications": notifications[start : start + MOST_PER_BATCH],
            }
            for _ in range(2 if body.get("twice") else 1):
                statuses.append(await self._send(hook.url, json.dumps(batch).encode()))
        return JSONResponse({"statuses": statuses})

    def _notification(self, post_urn: str) -> dict[str, Any]:
        self._world.record({"kind": "notification_made"})
        number = self._world.store.notifications_made
        return {
            "notificationId": number,
            "action": ACTIONS[number % len(ACTIONS)],
            "organizationalEntity": "urn:li:organization:99",
            "sourcePost": post_urn,
            "lastModifiedAt": int(self._world.now().timestamp() * 1000),
        }

    async def _answers(self, url: str) -> bool:
        challenge = secrets.token_hex(16)
        expected = challenge_response(self._world.options.client_secret, challenge)
        try:
            async with httpx2.AsyncClient(trust_env=False, timeout=ANSWER_SECONDS) as http:
                answer = await http.get(url, params={"challengeCode": challenge})
            given = answer.json() if answer.status_code == 200 else None
        except (httpx2.HTTPError, ValueError):
            return False
        return given == {"challengeCode": challenge, "challengeResponse": expected}

    async def _send(self, url: str, body: bytes) -> int:
        headers = {
            "Content-Type": "application/json",
            "X-LI-Signature": signature(self._world.options.client_secret, body),
        }
        try:
            async with httpx2.AsyncClient(trust_env=False, timeout=ANSWER_SECONDS) as http:
                return (await http.post(url, content=body, headers=headers)).status_code
        except httpx2.HTTPError:
            return 0

    def _shown(self) -> Response:
        hook = self._world.store.webhook
        assert hook is not None  # noqa: S101  # just registered or checked
        return JSONResponse({"failures": hook.failures, "is_blocked": hook.failures >= MOST_FAILURES})
