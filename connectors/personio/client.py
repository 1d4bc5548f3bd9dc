"""Personio's API v2 in its own words, one method per call."""

from urllib.parse import quote, urlencode

import httpx2

from connectors.personio.errors import error_for, token_error_for
from connectors.personio.manifest import MANIFEST
from connectors.sdk.http import build_request, call
from connectors.sdk.models import Context

#: The most that is given at once; without it there are 10.
PAGE = 50


class PersonioClient:
    """One context's view of the API."""

    def __init__(self, ctx: Context) -> None:
        self._ctx = ctx
        self._base = MANIFEST.setting(ctx, "api_url").rstrip("/") + "/v2"

    async def token(self) -> dict[str, object]:
        """`POST /v2/auth/token`: client credentials for reading persons."""
        form = {
            "grant_type": "client_credentials",
            "client_id": MANIFEST.setting(self._ctx, "client_id"),
            "client_secret": MANIFEST.setting(self._ctx, "client_secret"),
            "scope": "personio:persons:read",
        }
        request = build_request(
            self._ctx.http,
            "POST",
            f"{self._base}/auth/token",
            headers={"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"},
            content=urlencode(form).encode(),
        )
        answer = await call(self._ctx.http, request, deadline_seconds=self._ctx.deadline_seconds)
        if not answer.is_success:
            raise token_error_for(answer, ctx=self._ctx)
        return answer.json_object()

    async def persons(self, *, cursor: str | None, updated_after: str | None, limit: int = PAGE) -> dict[str, object]:
        """`GET /v2/persons`: a page, also of those who are inactive."""
        asked = {"limit": str(limit), "cursor": cursor, "updated_at.gt": updated_after}
        return await self._get("/persons?" + urlencode({name: value for name, value in asked.items() if value}))

    async def employments(self, person_id: str) -> dict[str, object]:
        """`GET /v2/persons/{id}/employments`."""
        return await self._get(f"/persons/{quote(person_id, safe='')}/employments")

    async def _get(self, path: str) -> dict[str, object]:
        answer = await call(self._ctx.http, self._request(path), deadline_seconds=self._ctx.deadline_seconds)
        if not answer.is_success:
            raise error_for(answer, ctx=self._ctx)
        return answer.json_object()

    def _request(self, path: str) -> httpx2.Request:
        token = self._ctx.require_credentials().access_token.reveal()
        headers = {"Accept": "application/json", "Authorization": f"Bearer {token}"}
        return build_request(self._ctx.http, "GET", self._base + path, headers=headers)
