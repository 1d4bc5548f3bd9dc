"""EveryoneSocial's two HTTP services in the vendor's words, one function per call; each gives the answer as it came.

They have hosts and tokens of their own, which never meet: the content API takes the bare token, SCIM a bearer token.
"""

import json
import re
from collections.abc import Mapping
from urllib.parse import quote, urlencode, urlsplit

import httpx2

from connectors.everyonesocial.manifest import API_TOKEN, MANIFEST, SCIM_TOKEN, SCIM_URL
from connectors.sdk.errors import ConfigurationInvalid, ProtocolViolation, Rejected
from connectors.sdk.http import Answer, build_request, call, send_once
from connectors.sdk.models import Context, Media

_TOKEN = re.compile(r"[\x21-\x7e]+")


class ContentClient:
    """One context's view of the content API (v1, beta); ConfigurationInvalid when it has no API token."""

    def __init__(self, ctx: Context) -> None:
        self._ctx = ctx
        self._api_url = MANIFEST.setting(ctx, "api_url").rstrip("/")
        self._token = _token(ctx, API_TOKEN)

    async def list_groups(self, *, next_id: str | None = None) -> Answer:
        """`GET /group`: `{group_list, _metadata}`; paging is not in the file, `_metadata.next` is."""
        return await self._call("GET", "/group", query={"next_id": next_id})

    async def list_disclosures(self) -> Answer:
        """`GET /disclosure`: `{content_list}`, whatever its name says."""
        return await self._call("GET", "/disclosure")

    async def list_content(self, group_id: str, *, approval_status: str, next_id: str | None = None) -> Answer:
        """`GET /group/{id}/content`, newest first."""
        query = {"approval_status": approval_status, "sort_by": "created_at", "sort_dir": "desc", "next_id": next_id}
        return await self._call("GET", f"/group/{_part(group_id)}/content", query=query)

    async def create_content(self, group_id: str, body: Mapping[str, object]) -> Answer:
        """`POST /group/{id}/content`: 200, not 201; nobody sees it before it is published."""
        return await self._call("POST", f"/group/{_part(group_id)}/content", body=body)

    async def get_content(self, group_id: str, content_id: str) -> Answer:
        """`GET /group/{id}/content/{id}`"""
        return await self._call("GET", _path(group_id, content_id))

    async def delete_content(self, group_id: str, content_id: str) -> Answer:
        """`DELETE /group/{id}/content/{id}`: 204, or 404 when it is gone."""
        return await self._call("DELETE", _path(group_id, content_id))

    async def upload_form(self, group_id: str, content_id: str, *, kind: str) -> Answer:
        """`POST .../image` or `.../video`: `{method, url, post_data}`, the last one JSON within a string."""
        return await self._call("POST", f"{_path(group_id, content_id)}/{kind}")

    async def publish(self, group_id: str, content_id: str, info: Mapping[str, object]) -> Answer:
        """`POST .../publish`: the visible step; `{}` stands for now."""
        request = self._request("POST", f"{_path(group_id, content_id)}/publish", body=info)
        return await send_once(self._ctx.http, request, deadline_seconds=self._ctx.deadline_seconds)

    async def share_stats(self, *, post_id: str, start: str, end: str) -> Answer:
        """`GET /share/stat`: a row per share and day; no paging, so windows must be narrow."""
        return await self._call("GET", "/share/stat", query={"start": start, "end": end, "post_id": post_id})

    async def send_file(self, url: str, fields: Mapping[str, str], media: Media) -> Answer:
        """The upload form: all fields first, the file last, and no token of ours: the form itself is the permission.

        Raises ProtocolViolation for an address that is less safe than the API's own.
        """
        if urlsplit(url).scheme not in {"https", urlsplit(self._api_url).scheme}:
            raise ProtocolViolation("the upload form's address is not https")
        form = httpx2.Request(
            "POST", url, data=dict(fields), files={"file": (media.filename, media.data, media.content_type)}
        )
        headers = {"Content-Type": form.headers["Content-Type"]}
        request = build_request(self._ctx.http, "POST", url, headers=headers, content=form.read())
        return await call(self._ctx.http, request, deadline_seconds=self._ctx.deadline_seconds)

    async def _call(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str | None] | None = None,
        body: Mapping[str, object] | None = None,
    ) -> Answer:
        request = self._request(method, path + _query(query), body=body)
        return await call(self._ctx.http, request, deadline_seconds=self._ctx.deadline_seconds)

    def _request(self, method: str, path: str, *, body: Mapping[str, object] | None) -> httpx2.Request:
        # No "Bearer": the API file declares a plain key in this header, and a scheme before it is refused.
        headers = {"Authorization": self._token, "Accept": "application/json"}
        content = None
        if body is not None:
            headers["Content-Type"] = "application/json"
            content = json.dumps(body, ensure_ascii=False).encode()
        return build_request(self._ctx.http, method, f"{self._api_url}/v1{path}", headers=headers, content=content)


class ScimClient:
    """One context's view of the SCIM service (RFC 7644, Users only); ConfigurationInvalid without token or address."""

    def __init__(self, ctx: Context) -> None:
        self._ctx = ctx
        self._token = _token(ctx, SCIM_TOKEN)
        self._scim_url = MANIFEST.setting(ctx, SCIM_URL).rstrip("/")

    async def service_provider_config(self) -> Answer:
        """`GET /ServiceProviderConfig`"""
        return await self._call("GET", "/ServiceProviderConfig")

    async def list_users(self, *, start_index: int = 1, count: int = 100, filter: str | None = None) -> Answer:
        """`GET /Users`; pages are counted from 1."""
        query = {"filter": filter, "startIndex": str(start_index), "count": str(count)}
        return await self._call("GET", f"/Users{_query(query)}")

    async def create_user(self, body: Mapping[str, object]) -> Answer:
        """`POST /Users`: 201, or 409 for a userName that is taken."""
        return await self._call("POST", "/Users", body=body)

    async def patch_user(self, user_id: str, body: Mapping[str, object]) -> Answer:
        """`PATCH /Users/{id}`: 200 with the user, or 204."""
        return await self._call("PATCH", f"/Users/{_part(user_id)}", body=body)

    async def _call(self, method: str, path: str, *, body: Mapping[str, object] | None = None) -> Answer:
        headers = {"Authorization": f"Bearer {self._token}", "Accept": "application/scim+json"}
        content = None
        if body is not None:
            headers["Content-Type"] = "application/scim+json"
            content = json.dumps(body, ensure_ascii=False).encode()
        request = build_request(self._ctx.http, method, self._scim_url + path, headers=headers, content=content)
        return await call(self._ctx.http, request, deadline_seconds=self._ctx.deadline_seconds)


def _token(ctx: Context, name: str) -> str:
    value = MANIFEST.setting(ctx, name)
    if not _TOKEN.fullmatch(value):
        raise ConfigurationInvalid(
            f"everyonesocial: setting {name} holds characters that no token has",
            message=f"The setting “{name}” of EveryoneSocial must hold the token alone: no “Bearer” before it, no space"
            " and no line break.",
        )
    return value


def _part(value: str) -> str:
    if not value.strip("."):
        # Dots alone would climb up the path, encoded or not; no id of the vendor has this form.
        raise Rejected("not_found", "EveryoneSocial has no such item.")
    return quote(value, safe="")


def _path(group_id: str, content_id: str) -> str:
    return f"/group/{_part(group_id)}/content/{_part(content_id)}"


def _query(query: Mapping[str, str | None] | None) -> str:
    given = {key: value for key, value in (query or {}).items() if value is not None}
    return f"?{urlencode(given, quote_via=quote)}" if given else ""
