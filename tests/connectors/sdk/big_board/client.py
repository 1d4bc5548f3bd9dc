"""Big Board's HTTP API in the vendor's own words: one method per call."""

import json
from collections.abc import Mapping
from urllib.parse import quote

from advocacy_connector_big_board.manifest import MANIFEST

from connectors.sdk import Answer, Context, build_request, call, send_once


class BigBoardClient:
    """One context's view of the API."""

    def __init__(self, ctx: Context) -> None:
        self._ctx = ctx
        self._api_url = MANIFEST.setting(ctx, "api_url").rstrip("/")
        self._headers = {"Authorization": f"Bearer {MANIFEST.setting(ctx, 'api_key')}"}

    async def list_boards(self) -> Answer:
        """Where content can go, in the vendor's own word for it; refused with a wrong key."""
        return await self._call("GET", "/boards")

    async def create_item(self, body: Mapping[str, object]) -> Answer:
        """The visible step, sent once at most."""
        return await self._send_once("POST", "/items", body)

    async def delete_item(self, item_id: str) -> Answer:
        """Safe to repeat."""
        return await self._call("DELETE", f"/items/{_part(item_id)}")

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
