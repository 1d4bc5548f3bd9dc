"""BambooHR's API in its own words, one method per call."""

import json
from collections.abc import AsyncIterator, Sequence
from urllib.parse import quote, urlencode

import httpx2

from connectors.bamboohr.errors import error_for
from connectors.bamboohr.manifest import MANIFEST
from connectors.sdk.directories import basic_auth
from connectors.sdk.http import Answer, build_request, call
from connectors.sdk.models import Context
from connectors.sdk.streaming import items_of


class BambooClient:
    """One context's view of the API."""

    def __init__(self, ctx: Context) -> None:
        self._ctx = ctx
        company = quote(MANIFEST.setting(ctx, "subdomain"), safe="")
        self._base = f"{MANIFEST.setting(ctx, 'api_url').rstrip('/')}/{company}/v1"

    def report(self, fields: Sequence[str]) -> AsyncIterator[dict[str, object]]:
        """`POST reports/custom?format=JSON`: these fields of everybody in one answer, without pages."""
        body = json.dumps({"title": "Directory", "fields": list(fields)}).encode()
        return items_of(
            self._ctx.http,
            self._request("POST", "/reports/custom?format=JSON", body),
            key="employees",
            quiet_seconds=self._ctx.deadline_seconds,
            refuse=lambda answer: error_for(answer, ctx=self._ctx),
        )

    async def changed(self, since: str) -> Answer:
        """`GET employees/changed?since=`: an object keyed by id."""
        return await self._call("/employees/changed?" + urlencode({"since": since}))

    async def fields(self) -> Answer:
        """`GET meta/fields`: what fields there are."""
        return await self._call("/meta/fields")

    async def _call(self, path: str) -> Answer:
        answer = await call(self._ctx.http, self._request("GET", path), deadline_seconds=self._ctx.deadline_seconds)
        if not answer.is_success:
            raise error_for(answer, ctx=self._ctx)
        return answer

    def _request(self, method: str, path: str, content: bytes | None = None) -> httpx2.Request:
        headers = {
            "Accept": "application/json",
            # The password may be any text.
            "Authorization": basic_auth(MANIFEST.setting(self._ctx, "api_key"), "x"),
        }
        if content is not None:
            headers["Content-Type"] = "application/json"
        return build_request(self._ctx.http, method, self._base + path, headers=headers, content=content)
