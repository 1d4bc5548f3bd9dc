"""The demo network's HTTP API in its own words, one function per call."""

import json
from collections.abc import Mapping
from urllib.parse import quote

from connectors.demo.manifest import MANIFEST
from connectors.sdk.http import Answer, build_request, call, send_once
from connectors.sdk.models import Context


class DemoClient:
    """One context's view of the API."""

    def __init__(self, ctx: Context) -> None:
        self._ctx = ctx
        self._api_url = MANIFEST.setting(ctx, "api_url").rstrip("/")

    async def health(self) -> Answer:
        """`GET /health`"""
        return await self._call("GET", "/health")

    async def create_post(self, body: Mapping[str, object], *, idempotency_key: str) -> Answer:
        """`POST /posts`: the visible step; the same key gives the same post again. The id is in the header too."""
        request = build_request(
            self._ctx.http,
            "POST",
            f"{self._api_url}/posts",
            headers={"Content-Type": "application/json", "Idempotency-Key": quote(idempotency_key, safe="")},
            content=json.dumps(body, ensure_ascii=False).encode(),
        )
        return await send_once(self._ctx.http, request, deadline_seconds=self._ctx.deadline_seconds)

    async def delete_post(self, post_id: str) -> Answer:
        """`DELETE /posts/{id}`: 204, also when it is gone already."""
        return await self._call("DELETE", f"/posts/{quote(post_id, safe='')}")

    async def find_post(self, *, idempotency_key: str) -> Answer:
        """`GET /posts?idempotency_key=`: 404 when there is none."""
        key = quote(quote(idempotency_key, safe=""), safe="")
        return await self._call("GET", f"/posts?idempotency_key={key}")

    async def counts(self, post_id: str) -> Answer:
        """`GET /posts/{id}/counts`"""
        return await self._call("GET", f"/posts/{quote(post_id, safe='')}/counts")

    async def _call(self, method: str, path: str) -> Answer:
        request = build_request(self._ctx.http, method, self._api_url + path)
        return await call(self._ctx.http, request, deadline_seconds=self._ctx.deadline_seconds)
