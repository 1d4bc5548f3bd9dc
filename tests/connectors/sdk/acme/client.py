"""Acme's HTTP API in the vendor's own words: one method per call."""

import json
from collections.abc import Mapping
from urllib.parse import quote

from advocacy_connector_acme.manifest import MANIFEST

from connectors.sdk import Answer, Context, build_request, call, send_once


class AcmeClient:
    """One context's view of the API."""

    def __init__(self, ctx: Context) -> None:
        self._ctx = ctx
        self._api_url = MANIFEST.setting(ctx, "api_url").rstrip("/")
        self._headers = {"Authorization": f"Bearer {MANIFEST.setting(ctx, 'api_key')}"}

    async def check_key(self) -> Answer:
        """A call that changes nothing and that the vendor refuses with a wrong key."""
        return await self._call("GET", "/v1/me")

    async def create_post(self, body: Mapping[str, object]) -> Answer:
        """The visible step, sent once at most."""
        return await self._send_once("POST", "/v1/posts", body)

    async def delete_post(self, post_id: str) -> Answer:
        """Safe to repeat."""
        return await self._call("DELETE", f"/v1/posts/{_part(post_id)}")

    async def _call(self, method: str, path: str) -> Answer:
        request = build_request(self._ctx.http, method, self._api_url + path, headers=self._headers)
        return await call(self._ctx.http, request, deadline_seconds=self._ctx.deadline_seconds)

    async def _send_once(self, method: str, path: str, body: Mapping[str, object]) -> Answer:
        request = build_request(
            self._ctx.http,
            method,
            self._api_url + path,
            headers={**self._headers, "Content-Type": "application/json"},
            content=json.dumps(body, ensure_ascii=False).encode(),
        )
        return await send_once(self._ctx.http, request, deadline_seconds=self._ctx.deadline_seconds)


def _part(value: str) -> str:
    """A part of a path that stays one, whatever the id holds."""
    return quote(value, safe="")
