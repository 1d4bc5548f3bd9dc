"""LinkedIn's HTTP API in LinkedIn's words, one function per call; each gives the answer as it came."""

import asyncio
import json
from collections.abc import Callable, Mapping

import httpx2
from authlib.integrations.httpx_client import AsyncOAuth2Client  # type: ignore[import-untyped]

from connectors.linkedin import mapping, uploads
from connectors.linkedin.errors import token_error_for
from connectors.linkedin.manifest import MANIFEST
from connectors.sdk.errors import ProtocolViolation, VendorUnavailable
from connectors.sdk.http import MAX_BODY_BYTES, Answer, LentTransport, build_request, call, require_address, send_once
from connectors.sdk.models import Context

_AUTHORIZE_PATH = "/oauth/v2/authorization"
_TOKEN_PATH = "/oauth/v2/accessToken"


class LinkedInClient:
    """One context's view of the API: address, token and version header are put on in one place."""

    def __init__(self, ctx: Context) -> None:
        self._ctx = ctx
        self._api_url = MANIFEST.setting(ctx, "api_url").rstrip("/")
        self._oauth_url = require_address(MANIFEST.setting(ctx, "oauth_url").rstrip("/"))

    async def userinfo(self) -> Answer:
        """`GET /v2/userinfo`, which takes no version."""
        return await self._call("GET", "/v2/userinfo", versioned=False)

    async def create_post(self, body: Mapping[str, object]) -> Answer:
        """`POST /rest/posts`: the visible step. 201 with an empty body; the id is in the header x-restli-id."""
        # Encoded before anything is sent, so that what can't be encoded is no unknown outcome.
        content = json.dumps(body, ensure_ascii=False).encode()
        request = self._request("POST", "/rest/posts", content=content)
        return await send_once(self._ctx.http, request, deadline_seconds=self._ctx.deadline_seconds)

    async def delete_post(self, urn: str) -> Answer:
        """`DELETE /rest/posts/{urn}`: 204, also when it is gone already."""
        return await self._call("DELETE", f"/rest/posts/{mapping.path_key(urn)}", headers={"X-RestLi-Method": "DELETE"})

    async def post_analytics(self, urn: str, metric_type: str) -> Answer:
        """`GET /rest/memberCreatorPostAnalytics`: one metric of one post."""
        query = mapping.analytics_query(urn, metric_type)
        return await self._call("GET", f"/rest/memberCreatorPostAnalytics?{query}")

    async def create_comment(self, urn: str, body: Mapping[str, object]) -> Answer:
        """`POST /rest/socialActions/{urn}/comments`: visible. 201; the id is in the header x-restli-id."""
        content = json.dumps(body, ensure_ascii=False).encode()
        request = self._request("POST", f"/rest/socialActions/{mapping.path_key(urn)}/comments", content=content)
        return await send_once(self._ctx.http, request, deadline_seconds=self._ctx.deadline_seconds)

    async def initialize_upload(self, resource: str, body: Mapping[str, object]) -> Answer:
        """`POST /rest/{images|videos|documents}?action=initializeUpload`: a place for one file."""
        return await self._call("POST", f"/rest/{resource}?action=initializeUpload", body=body)

    async def finalize_upload(self, body: Mapping[str, object]) -> Answer:
        """`POST /rest/videos?action=finalizeUpload`: all parts are there."""
        return await self._call("POST", "/rest/videos?action=finalizeUpload", body=body)

    async def upload_state(self, resource: str, urn: str) -> Answer:
        """`GET /rest/{images|videos|documents}/{urn}`: how far LinkedIn is with the file."""
        return await self._call("GET", f"/rest/{resource}/{mapping.path_key(urn)}")

    async def put_file(self, address: str, content: bytes, *, with_token: bool) -> Answer:
        """`PUT` to an address that LinkedIn gave, byte for byte; no redirect is followed.

        Raises ProtocolViolation for an address on an unknown host, or one that can't be used as it was given.
        """
        uploads.require_known_host(
            address,
            ours=(self._api_url, self._oauth_url),
            hosts=MANIFEST.setting(self._ctx, "upload_hosts").split(),
        )
        headers = {"Content-Type": "application/octet-stream"}
        if with_token:
            headers["Authorization"] = f"Bearer {self._ctx.require_credentials().access_token.reveal()}"
        request = build_request(self._ctx.http, "PUT", address, headers=headers, content=content)
        if request.url.raw_path != uploads.target(address):
            raise ProtocolViolation("an upload address that can't be sent as it was given")
        return await call(self._ctx.http, request, deadline_seconds=self._ctx.deadline_seconds)

    async def page_numbers(self, resource: str, query: str) -> Answer:
        """`GET /rest/organization…Statistics`: numbers of a company page, day by day."""
        return await self._call("GET", f"/rest/{resource}?{query}")

    async def page_size(self, urn: str) -> Answer:
        """`GET /rest/networkSizes/{urn}`: how many follow a company page now."""
        return await self._call(
            "GET", f"/rest/networkSizes/{mapping.path_key(urn)}?edgeType=COMPANY_FOLLOWED_BY_MEMBER"
        )

    def authorization_url(self, *, state: str, redirect_uri: str, scope: str) -> str:
        """The address of the sign-in page."""
        client = self._oauth_client(redirect_uri=redirect_uri, scope=scope, with_secret=False)
        url, _ = client.create_authorization_url(self._oauth_url + _AUTHORIZE_PATH, state=state)
        return str(url)

    async def exchange_code(self, *, code: str, redirect_uri: str) -> Mapping[str, object]:
        """`POST /oauth/v2/accessToken` with a code."""
        async with self._oauth_client(redirect_uri=redirect_uri) as client:
            client.register_compliance_hook("access_token_response", self._refuse(refreshing=False))
            return await self._token(
                client.fetch_token(
                    self._oauth_url + _TOKEN_PATH, grant_type="authorization_code", code=code, redirect_uri=redirect_uri
                )
            )

    async def refresh(self, *, refresh_token: str) -> Mapping[str, object]:
        """`POST /oauth/v2/accessToken` with a refresh token (approved apps only)."""
        async with self._oauth_client() as client:
            client.register_compliance_hook("access_token_response", self._refuse(refreshing=True))
            return await self._token(
                client.fetch_token(
                    self._oauth_url + _TOKEN_PATH, grant_type="refresh_token", refresh_token=refresh_token
                )
            )

    def _oauth_client(self, *, redirect_uri: str = "", scope: str = "", with_secret: bool = True) -> AsyncOAuth2Client:
        return AsyncOAuth2Client(
            client_id=MANIFEST.setting(self._ctx, "client_id"),
            client_secret=MANIFEST.setting(self._ctx, "client_secret") if with_secret else None,
            # LinkedIn documents the secret in the form, not HTTP Basic, which is Authlib's default.
            token_endpoint_auth_method="client_secret_post",
            redirect_uri=redirect_uri or None,
            scope=scope or None,
            transport=LentTransport(self._ctx.http),
            timeout=self._ctx.http.timeout,
            trust_env=False,
        )

    def _refuse(self, *, refreshing: bool) -> Callable[[httpx2.Response], httpx2.Response]:
        def hook(response: httpx2.Response) -> httpx2.Response:
            if not response.is_success:
                answer = Answer(response.status_code, response.headers, response.content[:MAX_BODY_BYTES])
                raise token_error_for(answer, now=self._ctx.now(), refreshing=refreshing)
            return response

        return hook

    async def _token(self, exchange: object) -> Mapping[str, object]:
        try:
            async with asyncio.timeout(self._ctx.deadline_seconds):
                token = await exchange  # type: ignore[misc]
        except (httpx2.HTTPError, httpx2.StreamError, OSError, TimeoutError) as error:
            raise VendorUnavailable(f"no answer of the token endpoint: {type(error).__name__}") from error
        # Authlib's parser: ValueError for what is no JSON object. Not chained, it may quote the answer.
        except ValueError:
            raise ProtocolViolation("a token answer that is not a JSON object") from None
        if not isinstance(token, dict):
            raise ProtocolViolation("a token answer that is not a JSON object")
        return token

    async def _call(
        self,
        method: str,
        path: str,
        *,
        versioned: bool = True,
        headers: Mapping[str, str] | None = None,
        body: Mapping[str, object] | None = None,
    ) -> Answer:
        content = None if body is None else json.dumps(body).encode()
        request = self._request(method, path, versioned=versioned, headers=headers, content=content)
        return await call(self._ctx.http, request, deadline_seconds=self._ctx.deadline_seconds)

    def _request(
        self,
        method: str,
        path: str,
        *,
        versioned: bool = True,
        headers: Mapping[str, str] | None = None,
        content: bytes | None = None,
    ) -> httpx2.Request:
        token = self._ctx.require_credentials().access_token
        sent = {"Authorization": f"Bearer {token.reveal()}", "Accept": "application/json", **(headers or {})}
        if versioned:
            sent["LinkedIn-Version"] = mapping.require_version(MANIFEST.setting(self._ctx, "api_version"))
            # Without it the server speaks protocol 1.0, and the 2.0 syntax of keys and queries fails.
            sent["X-Restli-Protocol-Version"] = "2.0.0"
        if content is not None:
            sent["Content-Type"] = "application/json"
        return build_request(self._ctx.http, method, self._api_url + path, headers=sent, content=content)
