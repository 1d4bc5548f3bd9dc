"""Oktopost's REST API v2 in its own words, one method per call; each gives the answer as it came.

Bodies are forms, on DELETE too; whether JSON is taken is not known. Pages are counted from 0, and their size must be
25, 50 or 100.
"""

import asyncio
from base64 import b64encode
from collections.abc import Mapping
from datetime import date
from urllib.parse import urlencode, urlsplit

import httpx2

from connectors.oktopost.manifest import MANIFEST
from connectors.oktopost.mapping import require_id
from connectors.sdk.errors import ConfigurationInvalid, ProtocolViolation, VendorUnavailable
from connectors.sdk.http import Answer, build_request, call, require_address, send_once
from connectors.sdk.models import Context

PAGE_SIZE = 100
#: Stories carry their messages; a page of more might outgrow what one answer may hold.
STORY_PAGE_SIZE = 50
MAX_EXPORT_BYTES = 20 * 1024 * 1024


class OktopostClient:
    """One context's view of the API: address, account and key are put on in one place."""

    def __init__(self, ctx: Context) -> None:
        self._ctx = ctx
        self._api_url = require_address(MANIFEST.setting(ctx, "api_url").rstrip("/"))

    async def me(self) -> Answer:
        """`GET /me`: user and account of the key."""
        return await self._get("/me")

    async def get_campaign(self, campaign_id: str) -> Answer:
        """`GET /campaign/{id}`"""
        return await self._get(f"/campaign/{require_id(campaign_id)}")

    async def list_boards(self, page: int) -> Answer:
        """`GET /board`"""
        return await self._get("/board", _page=page, _count=PAGE_SIZE)

    async def list_topics(self, board_id: str, page: int) -> Answer:
        """`GET /board-topic?boardId=`"""
        return await self._get("/board-topic", boardId=board_id, _page=page, _count=PAGE_SIZE)

    async def create_message(self, form: Mapping[str, str]) -> Answer:
        """`POST /message`: text for one network in a campaign's library, seen by no advocate before a story has it."""
        return await self._send("POST", "/message", form)

    async def list_messages(self, message_ids: tuple[str, ...]) -> Answer:
        """`GET /message?ids=`: refused without ids or a campaign."""
        return await self._get("/message", ids=",".join(message_ids), _page=0, _count=PAGE_SIZE)

    async def delete_message(self, message_id: str) -> Answer:
        """`DELETE /message/{id}`"""
        return await self._send("DELETE", f"/message/{require_id(message_id)}", {})

    async def create_story(self, form: Mapping[str, str]) -> Answer:
        """`POST /story`: the visible step. The answer holds no id."""
        request = self._request("POST", "/story", form)
        return await send_once(self._ctx.http, request, deadline_seconds=self._ctx.deadline_seconds)

    async def list_stories(self, board_id: str, page: int) -> Answer:
        """`GET /story?boardId=`"""
        return await self._get("/story", boardId=board_id, _page=page, _count=STORY_PAGE_SIZE)

    async def get_story(self, story_id: str) -> Answer:
        """`GET /story/{id}`: under the key `Item`."""
        return await self._get(f"/story/{require_id(story_id)}")

    async def delete_story(self, story_id: str) -> Answer:
        """`DELETE /story/{id}`"""
        return await self._send("DELETE", f"/story/{require_id(story_id)}", {})

    async def list_advocates(self, page: int, *, email: str | None = None) -> Answer:
        """`GET /advocate`: of all boards. Without `boardId`, which would add what each of them shared lately."""
        return await self._get("/advocate", _page=page, _count=PAGE_SIZE, **({"email": email} if email else {}))

    async def get_advocate(self, advocate_id: str) -> Answer:
        """`GET /advocate/{id}`"""
        return await self._get(f"/advocate/{require_id(advocate_id)}")

    async def create_advocate(self, form: Mapping[str, str]) -> Answer:
        """`POST /advocate`: invites a person to one board. What the answer holds besides `Result` is not known."""
        return await self._send("POST", "/advocate", form)

    async def delete_advocate(self, advocate_id: str, *, board_id: str) -> Answer:
        """`DELETE /advocate/{id}` with the board in a form: takes a person off that board."""
        return await self._send("DELETE", f"/advocate/{require_id(advocate_id)}", {"boardId": board_id})

    async def followers(self, credential_id: str, *, since: date, until: date) -> Answer:
        """`GET /followers/{credentialId}`: under the key `Data`, a row for each day that Oktopost has."""
        return await self._get(
            f"/followers/{require_id(credential_id)}", fromDate=since.isoformat(), toDate=until.isoformat()
        )

    async def list_exports(self, page: int) -> Answer:
        """`GET /bi-export`: under the key `Exports`; those that no longer run are left out."""
        return await self._get("/bi-export", status="active", _page=page, _count=PAGE_SIZE)

    async def get_export(self, export_id: str) -> Answer:
        """`GET /bi-export/{id}`: under the key `Export`, with the address of `LastRunFile`."""
        return await self._get(f"/bi-export/{require_id(export_id)}")

    async def download(self, file_url: str) -> bytes:
        """The file of a `LastRunFile`: another host, which must not see the key.

        Raises ProtocolViolation for an address that is less safe than the API's own, a redirect, or a file of more
        than 20 MiB; VendorUnavailable when it does not come.
        """
        try:
            request = build_request(self._ctx.http, "GET", file_url)
        except ConfigurationInvalid:
            raise ProtocolViolation("the file of an export lies at an address that can't be read") from None
        if request.url.scheme not in {"https", urlsplit(self._api_url).scheme}:
            raise ProtocolViolation("the file of an export lies at an address that is not https")
        try:
            async with asyncio.timeout(self._ctx.deadline_seconds):
                return await _read_file(self._ctx.http, request)
        except (httpx2.HTTPError, httpx2.StreamError, OSError, TimeoutError) as error:
            raise VendorUnavailable(f"the file of an export did not come: {type(error).__name__}") from error

    async def _get(self, path: str, **query: str | int) -> Answer:
        request = self._request("GET", f"{path}?{urlencode(query)}" if query else path)
        return await call(self._ctx.http, request, deadline_seconds=self._ctx.deadline_seconds)

    async def _send(self, method: str, path: str, form: Mapping[str, str]) -> Answer:
        request = self._request(method, path, form)
        return await call(self._ctx.http, request, deadline_seconds=self._ctx.deadline_seconds)

    def _request(self, method: str, path: str, form: Mapping[str, str] | None = None) -> httpx2.Request:
        account, key = MANIFEST.setting(self._ctx, "account_id"), MANIFEST.setting(self._ctx, "api_key")
        headers = {
            "Authorization": f"Basic {b64encode(f'{account}:{key}'.encode()).decode()}",
            "Accept": "application/json",
        }
        if form:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        content = urlencode(form).encode() if form else None
        return build_request(self._ctx.http, method, f"{self._api_url}/v2{path}", headers=headers, content=content)


async def _read_file(http: httpx2.AsyncClient, request: httpx2.Request) -> bytes:
    response = await http.send(request, stream=True, follow_redirects=False)
    try:
        if response.status_code != 200:
            kind = VendorUnavailable if response.status_code >= 500 else ProtocolViolation
            raise kind(f"the host of an export's file answered {response.status_code}")
        data = bytearray()
        async for chunk in response.aiter_bytes():
            data += chunk
            if len(data) > MAX_EXPORT_BYTES:
                raise ProtocolViolation(f"the file of an export is larger than {MAX_EXPORT_BYTES} bytes")
        return bytes(data)
    finally:
        await response.aclose()
