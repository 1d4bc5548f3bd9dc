"""VoiceStorm's HTTP API in VoiceStorm's words, one function per call; each gives the answer as it came."""

import base64
import json
from collections.abc import Mapping
from urllib.parse import quote, urlencode

import httpx2

from connectors.sdk.http import Answer, build_request, call
from connectors.sdk.models import Context
from connectors.voicestorm.manifest import MANIFEST

PAGE_SIZE = 100
_PATCH_SCHEMA = "urn:ietf:params:scim:api:messages:2.0:PatchOp"


class LegacyClient:
    """One context's view of a community: REST with a token that is fetched, SCIM with one that the console shows."""

    def __init__(self, ctx: Context) -> None:
        self._ctx = ctx
        # The console shows the address with the version, people know it without.
        self._url = MANIFEST.setting(ctx, "community_url").rstrip("/").removesuffix("/v1")

    async def token(self) -> Answer:
        """`POST /v1/oauth2/token`: both parts are URL-encoded before they become Basic, which libraries do not do."""
        pair = [quote(MANIFEST.setting(self._ctx, name), safe="") for name in ("client_id", "client_secret")]
        headers = {
            "Authorization": "Basic " + base64.b64encode(":".join(pair).encode()).decode(),
            "Content-Type": "application/x-www-form-urlencoded",
        }
        content = urlencode({"grant_type": "client_credentials"}).encode()
        url = self._url + "/v1/oauth2/token"
        return await self._send(build_request(self._ctx.http, "POST", url, headers=headers, content=content))

    async def groups(self) -> Answer:
        """`GET /v1/groups`."""
        return await self._rest("GET", "/v1/groups")

    async def search_users(self, term: str) -> Answer:
        """`PUT /v1/search`: a PUT that changes nothing."""
        return await self._rest("PUT", "/v1/search", body={"term": term, "type": "User", "take": 2})

    async def register(self, body: Mapping[str, object]) -> Answer:
        """`PUT /v1/register`: an active user."""
        return await self._rest("PUT", "/v1/register", body=body)

    async def put_image(self, post_id: str, *, content_type: str, data: bytes) -> Answer:
        """`PUT /v1/post/{id}/image`: the bytes as they are, no form."""
        headers = {**self._bearer(), "Content-Type": content_type}
        url = f"{self._url}/v1/post/{quote(post_id, safe='')}/image"
        return await self._send(build_request(self._ctx.http, "PUT", url, headers=headers, content=data))

    async def scim_users(self, *, start_index: int) -> Answer:
        """`GET {scim}/Users`: a page, counted from 1."""
        return await self._scim("GET", f"/Users?{urlencode({'startIndex': start_index, 'count': PAGE_SIZE})}")

    async def scim_find(self, user_name: str) -> Answer:
        """`GET {scim}/Users` by user name."""
        escaped = user_name.replace("\\", "\\\\").replace('"', '\\"')
        query = urlencode({"filter": f'userName eq "{escaped}"'})
        return await self._scim("GET", f"/Users?{query}")

    async def scim_create(self, body: Mapping[str, object]) -> Answer:
        """`POST {scim}/Users`."""
        return await self._scim("POST", "/Users", body=body)

    async def scim_activate(self, user_id: str, *, is_active: bool) -> Answer:
        """`PATCH {scim}/Users/{id}`: there is no other way out than this one."""
        operation = {"op": "replace", "path": "active", "value": is_active}
        body = {"schemas": [_PATCH_SCHEMA], "Operations": [operation]}
        return await self._scim("PATCH", f"/Users/{quote(user_id, safe='')}", body=body)

    def _bearer(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self._ctx.require_credentials().access_token.reveal()}"}

    async def _rest(self, method: str, path: str, *, body: Mapping[str, object] | None = None) -> Answer:
        headers = {**self._bearer(), "Accept": "application/json", "Content-Type": "application/json"}
        return await self._send(self._request(method, self._url + path, headers=headers, body=body))

    async def _scim(self, method: str, path: str, *, body: Mapping[str, object] | None = None) -> Answer:
        headers = {
            "Authorization": f"Bearer {MANIFEST.setting(self._ctx, 'scim_token')}",
            "Accept": "application/scim+json",
            "Content-Type": "application/scim+json",
        }
        url = MANIFEST.setting(self._ctx, "scim_url").rstrip("/") + path
        return await self._send(self._request(method, url, headers=headers, body=body))

    def _request(
        self, method: str, url: str, *, headers: Mapping[str, str], body: Mapping[str, object] | None
    ) -> httpx2.Request:
        content = None if body is None else json.dumps(body, ensure_ascii=False).encode()
        return build_request(self._ctx.http, method, url, headers=headers, content=content)

    async def _send(self, request: httpx2.Request) -> Answer:
        return await call(self._ctx.http, request, deadline_seconds=self._ctx.deadline_seconds)
