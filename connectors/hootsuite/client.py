"""Hootsuite's HTTP APIs in Hootsuite's words, one function per call; each gives the answer as it came."""

import asyncio
import json
from collections.abc import Coroutine, Mapping, Sequence
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

import httpx2
from authlib.common.errors import AuthlibBaseError  # type: ignore[import-untyped]
from authlib.integrations.httpx_client import AsyncOAuth2Client  # type: ignore[import-untyped]

from connectors.hootsuite.errors import token_error_for
from connectors.hootsuite.manifest import MANIFEST
from connectors.sdk.errors import ProtocolViolation, Rejected, VendorUnavailable
from connectors.sdk.http import MAX_BODY_BYTES, Answer, LentTransport, build_request, call, require_address, send_once
from connectors.sdk.models import Context

#: Documented for every body; without the charset the vendor may refuse it.
_JSON = "application/json;charset=utf-8"
_TOKEN_PATH = "/oauth2/token"


class HootsuiteClient:
    """One context's view of the one host that all products live on: address and token are put on in one place."""

    def __init__(self, ctx: Context) -> None:
        self._ctx = ctx
        self._url = require_address(MANIFEST.setting(ctx, "api_url").rstrip("/"))

    # Sign-in

    def authorization_url(self, *, state: str, redirect_uri: str, scope: str) -> str:
        """The address of the sign-in page."""
        client = self._oauth_client(redirect_uri=redirect_uri, scope=scope, with_secret=False)
        url, _ = client.create_authorization_url(f"{self._url}/oauth2/auth", state=state)
        return str(url)

    async def exchange_code(self, *, code: str, redirect_uri: str) -> Mapping[str, object]:
        """`POST /oauth2/token` with a code, which works once."""
        return await self._token(grant_type="authorization_code", code=code, redirect_uri=redirect_uri)

    async def refresh(self, *, refresh_token: str) -> Mapping[str, object]:
        """`POST /oauth2/token` with a refresh token, which works once."""
        return await self._token(grant_type="refresh_token", refresh_token=refresh_token)

    # Members and profiles

    async def me(self) -> Answer:
        """`GET /v1/me`"""
        return await self._call("GET", "/v1/me")

    async def social_profiles(self) -> Answer:
        """`GET /v1/socialProfiles`: every profile that the member may see, in one answer."""
        return await self._call("GET", "/v1/socialProfiles")

    async def social_profile(self, profile_id: str) -> Answer:
        """`GET /v1/socialProfiles/{id}`"""
        return await self._call("GET", f"/v1/socialProfiles/{_part(profile_id)}")

    # Messages and media

    async def create_message(self, body: Mapping[str, object]) -> Answer:
        """`POST /v1/messages`: the visible step. No idempotency key of any kind."""
        return await self._send("/v1/messages", body)

    async def message(self, message_id: str) -> Answer:
        """`GET /v1/messages/{id}`"""
        return await self._call("GET", f"/v1/messages/{_part(message_id)}")

    async def message_history(self, message_id: str) -> Answer:
        """`GET /v1/messages/{id}/history`"""
        return await self._call("GET", f"/v1/messages/{_part(message_id)}/history")

    async def delete_message(self, message_id: str) -> Answer:
        """`DELETE /v1/messages/{id}`"""
        return await self._call("DELETE", f"/v1/messages/{_part(message_id)}")

    async def messages(self, *, start: str, end: str, profile_ids: Sequence[str], cursor: str | None = None) -> Answer:
        """`GET /v1/messages`: at most four weeks, by scheduled time; lists repeat the key."""
        pairs = [("startTime", start), ("endTime", end), ("limit", "100")]
        pairs += [("socialProfileIds", one) for one in profile_ids]
        pairs += [("cursor", cursor)] if cursor else []
        return await self._call("GET", f"/v1/messages?{urlencode(pairs)}")

    async def create_media(self, *, size_bytes: int, mime_type: str) -> Answer:
        """`POST /v1/media`: a place to upload to."""
        return await self._call("POST", "/v1/media", {"sizeBytes": size_bytes, "mimeType": mime_type})

    async def upload(self, upload_url: str, *, mime_type: str, data: bytes) -> Answer:
        """`PUT` to the signed address that `create_media` gave: another host, which must not see our token."""
        request = build_request(self._ctx.http, "PUT", upload_url, headers={"Content-Type": mime_type}, content=data)
        return await call(self._ctx.http, request, deadline_seconds=self._ctx.deadline_seconds)

    async def media(self, media_id: str) -> Answer:
        """`GET /v1/media/{id}`: QUEUED or READY. The id is base64, so it is encoded whole."""
        return await self._call("GET", f"/v1/media/{_part(media_id)}")

    # Numbers

    async def analytics_posts(self, *, network_id: str, body: Mapping[str, object], cursor: str | None) -> Answer:
        """`POST /v1/analytics/posts`: a read in spite of its verb."""
        pairs = [("networkId", network_id), ("datatype", "ORGANIC"), ("limit", "100")]
        pairs += [("cursor", cursor)] if cursor else []
        return await self._call("POST", f"/v1/analytics/posts?{urlencode(pairs)}", body)

    # SCIM

    async def scim_users(self, *, start_index: int = 1, count: int = 100, user_name: str | None = None) -> Answer:
        """`GET /scim/v2/Users`; `userName eq` is the only filter."""
        pairs = [("startIndex", str(start_index)), ("count", str(count))]
        if user_name is not None:
            pairs.append(("filter", f"userName eq {json.dumps(user_name, ensure_ascii=False)}"))
        return await self._call("GET", f"/scim/v2/Users?{urlencode(pairs)}")

    async def create_scim_user(self, body: Mapping[str, object]) -> Answer:
        """`POST /scim/v2/Users`: 200 or 201."""
        return await self._call("POST", "/scim/v2/Users", body)

    async def patch_scim_user(self, user_id: str, body: Mapping[str, object]) -> Answer:
        """`PATCH /scim/v2/Users/{id}`; there is no DELETE."""
        return await self._call("PATCH", f"/scim/v2/Users/{_part(user_id)}", body)

    # Amplify

    async def amplify_topics(self, *, next_url: str | None = None) -> Answer:
        """`GET /amplify/v1/me/topics`, or its next page by the address that the `Link` header gave."""
        if next_url is None:
            return await self._call("GET", "/amplify/v1/me/topics?per_page=100")
        # The token goes along, so it must be the same place.
        if urlsplit(next_url)[:2] != urlsplit(self._url)[:2]:
            raise ProtocolViolation("the next page of Amplify's topics lies on another host")
        parts = urlsplit(next_url)
        return await self._call("GET", f"{parts.path}?{parts.query}", base=f"{parts.scheme}://{parts.netloc}")

    async def create_amplify_message(self, body: Mapping[str, object]) -> Answer:
        """`POST /amplify/v1/me/messages`: the visible step; nothing published lists or removes what it made."""
        return await self._send("/amplify/v1/me/messages", body)

    async def deobfuscate_utms(self, hashes: Sequence[str]) -> Answer:
        """`POST /amplify/v1/me/utms/deobfuscate`: at most 500 ids; a read in spite of its verb."""
        return await self._call("POST", "/amplify/v1/me/utms/deobfuscate", {"ids": list(hashes)})

    # How it is done

    def _oauth_client(self, *, redirect_uri: str = "", scope: str = "", with_secret: bool = True) -> AsyncOAuth2Client:
        return AsyncOAuth2Client(
            client_id=MANIFEST.setting(self._ctx, "client_id"),
            client_secret=MANIFEST.setting(self._ctx, "client_secret") if with_secret else None,
            # Credentials in the form are not supported, whatever the metadata lists.
            token_endpoint_auth_method="client_secret_basic",
            redirect_uri=redirect_uri or None,
            scope=scope or None,
            transport=LentTransport(self._ctx.http),
            timeout=self._ctx.http.timeout,
            trust_env=False,
        )

    async def _token(self, **grant: str) -> Mapping[str, object]:
        def refuse(response: httpx2.Response) -> httpx2.Response:
            if not response.is_success:
                answer = Answer(response.status_code, response.headers, response.content[:MAX_BODY_BYTES])
                raise token_error_for(answer, ctx=self._ctx)
            return response

        async with self._oauth_client() as client:
            client.register_compliance_hook("access_token_response", refuse)
            fetching: Coroutine[Any, Any, object] = client.fetch_token(self._url + _TOKEN_PATH, **grant)
            try:
                async with asyncio.timeout(self._ctx.deadline_seconds):
                    token = await fetching
            except (httpx2.HTTPError, httpx2.StreamError, OSError, TimeoutError) as error:
                raise VendorUnavailable(f"no answer of the token endpoint: {type(error).__name__}") from error
            # Not chained: the parser's error may quote the answer.
            except (ValueError, TypeError, AttributeError, AuthlibBaseError):
                raise ProtocolViolation("a token answer that can't be read") from None
        if not isinstance(token, dict):
            raise ProtocolViolation("a token answer that is not a JSON object")
        return token

    async def _call(
        self, method: str, path: str, body: Mapping[str, object] | None = None, *, base: str | None = None
    ) -> Answer:
        request = self._request(method, (base or self._url) + path, body)
        return await call(self._ctx.http, request, deadline_seconds=self._ctx.deadline_seconds)

    async def _send(self, path: str, body: Mapping[str, object]) -> Answer:
        # Encoded before anything is sent, so that what can't be encoded is no unknown outcome.
        request = self._request("POST", self._url + path, body)
        return await send_once(self._ctx.http, request, deadline_seconds=self._ctx.deadline_seconds)

    def _request(self, method: str, url: str, body: Mapping[str, object] | None) -> httpx2.Request:
        token = self._ctx.require_credentials().access_token
        headers = {"Authorization": f"Bearer {token.reveal()}", "Accept": "application/json"}
        content = None
        if body is not None:
            headers["Content-Type"] = _JSON
            content = json.dumps(body, ensure_ascii=False).encode()
        return build_request(self._ctx.http, method, url, headers=headers, content=content)


def _part(value: str) -> str:
    """One part of a path; raises Rejected for what would lead elsewhere."""
    if value.strip(".") == "" or len(value) > 500:
        raise Rejected("not_found", "This is no id of Hootsuite.", detail="an id that can't be part of a path")
    return quote(value, safe="")
