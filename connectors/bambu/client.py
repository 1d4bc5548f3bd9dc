"""Sprout's public API v1 in Sprout's words, one method per call; each gives the answer as it came."""

import json
from collections.abc import Mapping
from urllib.parse import quote, urlencode

import httpx2

from connectors.bambu.manifest import MANIFEST
from connectors.sdk.errors import ConfigurationInvalid
from connectors.sdk.http import Answer, build_request, call, send_once
from connectors.sdk.models import Context, Media


class SproutClient:
    """One context's view of the API."""

    def __init__(self, ctx: Context) -> None:
        self._ctx = ctx
        self._api_url = MANIFEST.setting(ctx, "api_url").rstrip("/")

    async def token(self) -> Answer:
        """`POST {issuer}/v1/token`: client credentials, the secret in the form."""
        form = {
            "grant_type": "client_credentials",
            "client_id": MANIFEST.setting(self._ctx, "client_id"),
            "client_secret": MANIFEST.setting(self._ctx, "client_secret"),
            "scope": MANIFEST.setting(self._ctx, "scope"),
        }
        request = build_request(
            self._ctx.http,
            "POST",
            MANIFEST.setting(self._ctx, "oauth_url").rstrip("/") + "/v1/token",
            headers={"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"},
            content=urlencode(form).encode(),
        )
        return await call(self._ctx.http, request, deadline_seconds=self._ctx.deadline_seconds)

    async def customers(self) -> Answer:
        """`GET /v1/metadata/client`: the customer accounts of the token; the only path without one."""
        return await self._call("GET", "/v1/metadata/client")

    async def profiles(self) -> Answer:
        """`GET metadata/customer`: the connected profiles."""
        return await self._call("GET", self._path("/metadata/customer"))

    async def groups(self) -> Answer:
        """`GET metadata/customer/groups`"""
        return await self._call("GET", self._path("/metadata/customer/groups"))

    async def tags(self) -> Answer:
        """`GET metadata/customer/tags`"""
        return await self._call("GET", self._path("/metadata/customer/tags"))

    async def profile_analytics(self, query: Mapping[str, object]) -> Answer:
        """`POST analytics/profiles`: a read, though a POST."""
        return await self._call("POST", self._path("/analytics/profiles"), body=query)

    async def post_analytics(self, query: Mapping[str, object]) -> Answer:
        """`POST analytics/posts`: a read, though a POST."""
        return await self._call("POST", self._path("/analytics/posts"), body=query)

    async def create_draft(self, body: Mapping[str, object]) -> Answer:
        """`POST publishing/posts`: people of the company see the draft from here on."""
        request = self._request("POST", self._path("/publishing/posts"), content=_json(body))
        return await send_once(self._ctx.http, request, deadline_seconds=self._ctx.deadline_seconds)

    async def get_draft(self, publishing_post_id: str) -> Answer:
        """`GET publishing/posts/{id}`: its delivery is PENDING for ever, also after publication."""
        return await self._call("GET", self._path(f"/publishing/posts/{quote(publishing_post_id, safe='')}"))

    async def upload_media(self, media: Media) -> Answer:
        """`POST media/` with its slash: up to 50 MiB, kept for 24 hours unless a post uses it."""
        # The library writes the form and its boundary.
        form = httpx2.Request("POST", "http://form", files={"media": (media.filename, media.data, media.content_type)})
        request = self._request(
            "POST", self._path("/media/"), content=form.read(), content_type=form.headers["content-type"]
        )
        return await call(self._ctx.http, request, deadline_seconds=self._ctx.deadline_seconds)

    def _path(self, rest: str) -> str:
        customer_id = MANIFEST.setting(self._ctx, "customer_id").strip()
        if not customer_id.isascii() or not customer_id.isdecimal():
            raise ConfigurationInvalid(
                "customer_id is not a number",
                message="The customer ID of Sprout is a number; an administrator must correct it.",
            )
        return f"/v1/{customer_id}{rest}"

    async def _call(self, method: str, path: str, *, body: Mapping[str, object] | None = None) -> Answer:
        request = self._request(method, path, content=None if body is None else _json(body))
        return await call(self._ctx.http, request, deadline_seconds=self._ctx.deadline_seconds)

    def _request(
        self, method: str, path: str, *, content: bytes | None = None, content_type: str = "application/json"
    ) -> httpx2.Request:
        token = self._ctx.require_credentials().access_token
        headers = {
            "Authorization": f"Bearer {token.reveal()}",
            "Accept": "application/json",
            "Content-Type": content_type,
        }
        return build_request(self._ctx.http, method, self._api_url + path, headers=headers, content=content)


def _json(body: Mapping[str, object]) -> bytes:
    return json.dumps(body, ensure_ascii=False).encode()
