"""Firstup's HTTP API in Firstup's words, one function per call; each gives the answer as it came."""

import json
from collections.abc import Mapping
from urllib.parse import quote, urlencode

import httpx2

from connectors.sdk.errors import ConfigurationInvalid
from connectors.sdk.http import Answer, build_request, call, send_once
from connectors.sdk.models import Context
from connectors.voicestorm.manifest import MANIFEST

#: API and sign-in of each region; a token of one opens nothing in another.
REGIONS: Mapping[str, tuple[str, str]] = {
    "us1": ("https://partner.socialchorus.com", "https://auth.socialchorus.com"),
    "us2": ("https://partner.us2.onfirstup.com", "https://auth.us2.onfirstup.com"),
    "eu": ("https://partner.onfirstup.eu", "https://auth.onfirstup.eu"),
}
PAGE_SIZE = 100
_PATCH_SCHEMA = "urn:ietf:params:scim:api:messages:2.0:PatchOp"


class FirstupClient:
    """One context's view of the API: address and token are put on in one place."""

    def __init__(self, ctx: Context) -> None:
        self._ctx = ctx
        region = MANIFEST.setting(ctx, "region")
        if region not in REGIONS:
            raise ConfigurationInvalid(
                "the setting region is none of Firstup's",
                message=f"The setting “region” must be one of {', '.join(REGIONS)}.",
            )
        api_url, auth_url = REGIONS[region]
        self._api_url = (ctx.settings.get("api_url") or api_url).rstrip("/")
        self._auth_url = (ctx.settings.get("auth_url") or auth_url).rstrip("/")

    async def token(self) -> Answer:
        """`POST /oauth/token` with the form that the vendor's sample sends: multipart."""
        fields = {
            "grant_type": "client_credentials",
            "client_id": MANIFEST.setting(self._ctx, "client_id"),
            "client_secret": MANIFEST.setting(self._ctx, "client_secret"),
        }
        form = httpx2.Request("POST", "http://form/", files={name: (None, value) for name, value in fields.items()})
        request = build_request(
            self._ctx.http,
            "POST",
            self._auth_url + "/oauth/token",
            headers={"Accept": "application/json", "Content-Type": form.headers["content-type"]},
            content=form.read(),
        )
        return await call(self._ctx.http, request, deadline_seconds=self._ctx.deadline_seconds)

    async def channels(self, *, page: int, size: int = PAGE_SIZE) -> Answer:
        """`GET /v2/channels`: topics."""
        return await self._call("GET", f"/v2/channels?{urlencode({'page.size': size, 'page.number': page})}")

    async def contents(self, *, page: int, channel_id: str | None = None) -> Answer:
        """`GET /v2/content`, of one topic or of all, in every state."""
        query: dict[str, str | int] = {"page.size": PAGE_SIZE, "page.number": page}
        if channel_id is not None:
            query["filter.channels.id"] = channel_id
        return await self._call("GET", f"/v2/content?{urlencode(query)}")

    async def create_content(self, body: Mapping[str, object]) -> Answer:
        """`POST /v2/content`: always a draft, which people do not see."""
        return await self._call("POST", "/v2/content", body=body)

    async def publish_content(self, content_id: str) -> Answer:
        """`PUT /v2/content/{id}/publish`: the visible step, without a body."""
        request = self._request("PUT", f"/v2/content/{quote(content_id, safe='')}/publish")
        return await send_once(self._ctx.http, request, deadline_seconds=self._ctx.deadline_seconds)

    async def draft_content(self, content_id: str) -> Answer:
        """`PUT /v2/content/{id}/draft`: from any state; what was published no longer is."""
        return await self._call("PUT", f"/v2/content/{quote(content_id, safe='')}/draft")

    async def users(self, *, start_index: int) -> Answer:
        """`GET /scim/v2/Users`: a page, counted from 1."""
        query = urlencode({"startIndex": start_index, "count": PAGE_SIZE})
        return await self._call("GET", f"/scim/v2/Users?{query}")

    async def user(self, key: str) -> Answer:
        """`GET /scim/v2/Users/{key}`: by SCIM id, userName, e-mail or externalId, tried in that order."""
        return await self._call("GET", f"/scim/v2/Users/{quote(key, safe='')}")

    async def create_user(self, body: Mapping[str, object]) -> Answer:
        """`POST /scim/v2/Users`."""
        return await self._call("POST", "/scim/v2/Users", body=body)

    async def patch_user(self, user_id: str, values: Mapping[str, object]) -> Answer:
        """`PATCH /scim/v2/Users/{id}`: replaces values by path; nested paths are written with a colon."""
        operations = [{"op": "replace", "path": path, "value": value} for path, value in values.items()]
        body = {"schemas": [_PATCH_SCHEMA], "Operations": operations}
        return await self._call("PATCH", f"/scim/v2/Users/{quote(user_id, safe='')}", body=body)

    async def _call(self, method: str, path: str, *, body: Mapping[str, object] | None = None) -> Answer:
        request = self._request(method, path, body=body)
        return await call(self._ctx.http, request, deadline_seconds=self._ctx.deadline_seconds)

    def _request(self, method: str, path: str, *, body: Mapping[str, object] | None = None) -> httpx2.Request:
        token = self._ctx.require_credentials().access_token
        headers = {"Authorization": f"Bearer {token.reveal()}", "Accept": "application/json"}
        content = None
        if body is not None:
            headers["Content-Type"] = "application/json"
            content = json.dumps(body, ensure_ascii=False).encode()
        return build_request(self._ctx.http, method, self._api_url + path, headers=headers, content=content)
