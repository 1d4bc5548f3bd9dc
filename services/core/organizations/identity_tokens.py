"""What identity providers publish and sign: where they are asked, their keys, and tokens that prove something.

Discovery: OpenID Connect Discovery 1.0; the issuer in answers: RFC 9207; tokens: RFC 7519 with RFC 8725.
"""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import httpx2
from authlib.common.errors import AuthlibBaseError  # type: ignore[import-untyped]
from authlib.integrations.httpx_client import AsyncOAuth2Client  # type: ignore[import-untyped]
from authlib.oidc.core import CodeIDToken  # type: ignore[import-untyped]
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from connectors.sdk.errors import ConnectorError, ProtocolViolation
from connectors.sdk.http import build_request, call, steady
from services.core.kit.outbound import address_problem, outbound_client
from services.core.kit.settings import Settings
from services.core.organizations.identity_errors import IssuerUnusable, ProviderNotTrusted
from services.core.organizations.identity_rules import ALGORITHMS

_DEADLINE_SECONDS = 10.0
_METADATA_SECONDS = 3600.0
_KEYS_SECONDS = 600.0
#: A key that nobody knows makes us look again, but not more often than this.
_LOOK_AGAIN_SECONDS = 60.0
_LEEWAY_SECONDS = 30
#: Far more than any installation has organizations with a provider of their own in an hour.
_MOST_ISSUERS = 1000


@dataclass(frozen=True)
class Client:
    """Us, as a provider knows us."""

    client_id: str
    redirect_uri: str
    client_secret: str | None = field(default=None, repr=False)


@dataclass(frozen=True)
class Issuer:
    """Where a provider is asked, by its own word."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    userinfo_endpoint: str | None
    #: It says in each answer who it is, so an answer that does not is none of its.
    tells_issuer: bool
    takes_secret_in_header: bool


@dataclass
class _Known:
    metadata: Issuer | None = None
    metadata_at: float = 0.0
    keys: KeySet | None = None
    keys_at: float = 0.0
    asked_at: float | None = None
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)


class Issuers:
    """The providers that this process has asked, with their keys. Everything goes by the guarded road."""

    def __init__(self, settings: Settings, *, clock: Callable[[], float] = steady) -> None:
        self._settings = settings
        self._clock = clock
        self._known: dict[str, _Known] = {}

    async def discover(self, issuer: str) -> Issuer:
        """What ``issuer`` says of itself; raise IssuerUnusable, or a ConnectorError if it cannot be asked now."""
        known = self._of(issuer)
        async with known.lock:
            return await self._discover(known, issuer)

    async def authorization_url(
        self, metadata: Issuer, client: Client, *, state: str, nonce: str, verifier: str, scope: str
    ) -> str:
        """Where the browser signs in: code flow with PKCE (S256), state and nonce."""
        async with outbound_client(self._settings) as http, _oauth_client(client, metadata, http, scope=scope) as oauth:
            url, _ = oauth.create_authorization_url(
                metadata.authorization_endpoint, state=state, nonce=nonce, code_verifier=verifier
            )
            return str(url)

    async def exchange_code(
        self, metadata: Issuer, client: Client, *, code: str, nonce: str, verifier: str, now: datetime
    ) -> dict[str, Any]:
        """Who the person is, proven by a code: the claims of the ID token and of userinfo; raise ProviderNotTrusted."""
        async with outbound_client(self._settings) as http:
            try:
                async with _oauth_client(client, metadata, http) as oauth:
                    tokens = await oauth.fetch_token(
                        metadata.token_endpoint, grant_type="authorization_code", code=code, code_verifier=verifier
                    )
            except (AuthlibBaseError, ConnectorError, httpx2.HTTPError, ValueError) as error:
                raise ProviderNotTrusted() from error
            id_token, access_token = tokens.get("id_token"), tokens.get("access_token")
            if not isinstance(id_token, str):
                raise ProviderNotTrusted()
            claims = await self.id_token(
                id_token, metadata.issuer, client.client_id, nonce=nonce, access_token=access_token, now=now
            )
            if metadata.userinfo_endpoint is None or not isinstance(access_token, str):
                return claims
            told = await _userinfo(http, metadata.userinfo_endpoint, access_token, claims["sub"])
            if "email" in claims:
                # Whether an address is confirmed is said of the address beside it, and of no other.
                told = {name: value for name, value in told.items() if name not in ("email", "email_verified")}
            return {**told, **claims}

    async def id_token(
        self, token: str, issuer: str, client_id: str, *, nonce: str, access_token: str | None, now: datetime
    ) -> dict[str, Any]:
        """The claims of an ID token made for us and for this very sign-in; raise ProviderNotTrusted."""
        header, claims = await self._verified(token, issuer, client_id, now=now)
        expected = {"nonce": nonce, "client_id": client_id, "access_token": access_token}
        try:
            CodeIDToken(claims, header, params=expected).validate(now=int(now.timestamp()), leeway=_LEEWAY_SECONDS)
        except (AuthlibBaseError, JoseError, KeyError, TypeError, ValueError) as error:
            raise ProviderNotTrusted() from error
        return claims

    async def bearer(self, token: str, issuer: str, audience: str, *, now: datetime) -> dict[str, Any]:
        """The claims of a token that an issuer has made out to an organization's API; raise ProviderNotTrusted."""
        return (await self._verified(token, issuer, audience, now=now))[1]

    async def _verified(
        self, token: str, issuer: str, audience: str, *, now: datetime
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        try:
            keys = await self._keys_for(token, issuer)
            read = jwt.decode(token, keys, algorithms=ALGORITHMS)
            jwt.JWTClaimsRegistry(
                now=int(now.timestamp()),
                leeway=_LEEWAY_SECONDS,
                iss={"essential": True, "value": issuer},
                sub={"essential": True},
                aud={"essential": True, "value": audience},
                exp={"essential": True},
            ).validate(read.claims)
        except (JoseError, ConnectorError, IssuerUnusable, ValueError, TypeError, KeyError) as error:
            raise ProviderNotTrusted() from error
        if not isinstance(read.claims["sub"], str) or not read.claims["sub"]:
            raise ProviderNotTrusted()
        return dict(read.header), dict(read.claims)

    async def _keys_for(self, token: str, issuer: str) -> KeySet:
        """The keys of an issuer: fetched anew when they are old, or when the token names one that is not among them."""
        named = peek_header(token).get("kid")
        known = self._of(issuer)
        async with known.lock:
            now = self._clock()
            is_old = known.keys is None or now - known.keys_at > _KEYS_SECONDS
            is_strange = known.keys is not None and named is not None and named not in {key.kid for key in known.keys}
            may_ask = known.asked_at is None or now - known.asked_at >= _LOOK_AGAIN_SECONDS
            if (is_old or is_strange) and may_ask:
                known.asked_at = now
                try:
                    metadata = await self._discover(known, issuer)
                    known.keys, known.keys_at = await self._fetch_keys(metadata.jwks_uri), now
                except (ConnectorError, IssuerUnusable):
                    # A provider that is away for a while has not taken its keys back.
                    if known.keys is None:
                        raise
            if known.keys is None:
                raise ProviderNotTrusted()
            return known.keys

    async def _discover(self, known: _Known, issuer: str) -> Issuer:
        now = self._clock()
        if known.metadata is None or now - known.metadata_at > _METADATA_SECONDS:
            document = await self._fetch(issuer.rstrip("/") + "/.well-known/openid-configuration")
            known.metadata, known.metadata_at = self._read_metadata(document, issuer), now
        return known.metadata

    def _read_metadata(self, document: Mapping[str, object], issuer: str) -> Issuer:
        if document.get("issuer") != issuer:
            raise IssuerUnusable(reason=f"it calls itself {str(document.get('issuer'))[:200]!r}")
        found = {}
        for name in ("authorization_endpoint", "token_endpoint", "jwks_uri", "userinfo_endpoint"):
            address = document.get(name)
            if address is None and name == "userinfo_endpoint":
                continue
            problem = (
                address_problem(address, settings=self._settings) if isinstance(address, str) else "it is not there"
            )
            if problem is not None:
                raise IssuerUnusable(reason=f"{name}: {problem}")
            found[name] = str(address)
        methods = document.get("token_endpoint_auth_methods_supported")
        return Issuer(
            issuer=issuer,
            authorization_endpoint=found["authorization_endpoint"],
            token_endpoint=found["token_endpoint"],
            jwks_uri=found["jwks_uri"],
            userinfo_endpoint=found.get("userinfo_endpoint"),
            tells_issuer=document.get("authorization_response_iss_parameter_supported") is True,
            takes_secret_in_header=not isinstance(methods, list) or "client_secret_basic" in methods,
        )

    async def _fetch_keys(self, address: str) -> KeySet:
        document = await self._fetch(address)
        listed = document.get("keys")
        # A shared secret among published keys would let anybody sign.
        keys = [
            key
            for key in (listed if isinstance(listed, list) else [])
            if isinstance(key, dict) and key.get("kty") != "oct" and key.get("use") != "enc"
        ]
        try:
            return KeySet.import_key_set({"keys": keys})
        except (JoseError, ValueError, TypeError, KeyError) as error:
            raise ProtocolViolation("the keys of the identity provider can't be read") from error

    async def _fetch(self, address: str) -> dict[str, object]:
        async with outbound_client(self._settings) as http:
            answer = await call(http, build_request(http, "GET", address), deadline_seconds=_DEADLINE_SECONDS)
        if not answer.is_success:
            raise ProtocolViolation(f"the identity provider answered with status {answer.status}")
        return answer.json_object()

    def _of(self, issuer: str) -> _Known:
        if issuer not in self._known and len(self._known) >= _MOST_ISSUERS:
            self._known.pop(next(iter(self._known)))
        return self._known.setdefault(issuer, _Known())


def peek_header(token: str) -> Mapping[str, Any]:
    """The header of a token as it came, unproven; raise ProviderNotTrusted for what is no token."""
    return _peek(token, 0)


def peek_issuer(token: str) -> str | None:
    """Whose token this claims to be, unproven: only says whom to ask."""
    try:
        issuer = _peek(token, 1).get("iss")
    except ProviderNotTrusted:
        return None
    return issuer if isinstance(issuer, str) and len(issuer) <= 500 else None


def _peek(token: str, part: int) -> Mapping[str, Any]:
    parts = token.split(".")
    try:
        if len(parts) != 3:
            raise ValueError
        value = json.loads(base64.urlsafe_b64decode(parts[part] + "=" * (-len(parts[part]) % 4)))
    except (ValueError, RecursionError):
        raise ProviderNotTrusted() from None
    if not isinstance(value, dict):
        raise ProviderNotTrusted()
    return value


class _Guarded(httpx2.AsyncBaseTransport):
    """Lets Authlib speak by the guarded road, with our deadline and our limit of what is read."""

    def __init__(self, http: httpx2.AsyncClient) -> None:
        self._http = http

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        answer = await call(self._http, request, deadline_seconds=_DEADLINE_SECONDS)
        kind = answer.headers.get("content-type", "application/json")
        return httpx2.Response(answer.status, headers={"Content-Type": kind}, content=answer.body)


def _oauth_client(client: Client, metadata: Issuer, http: httpx2.AsyncClient, *, scope: str = "") -> Any:
    method = "none"
    if client.client_secret is not None:
        method = "client_secret_basic" if metadata.takes_secret_in_header else "client_secret_post"
    return AsyncOAuth2Client(
        client.client_id,
        client.client_secret,
        token_endpoint_auth_method=method,
        redirect_uri=client.redirect_uri,
        scope=scope or None,
        code_challenge_method="S256",
        transport=_Guarded(http),
    )


async def _userinfo(http: httpx2.AsyncClient, address: str, access_token: str, subject: str) -> dict[str, Any]:
    request = build_request(http, "GET", address, headers={"Authorization": f"Bearer {access_token}"})
    try:
        answer = await call(http, request, deadline_seconds=_DEADLINE_SECONDS)
        told = answer.json_object() if answer.is_success else {}
    except ConnectorError as error:
        raise ProviderNotTrusted() from error
    # OpenID Connect Core 5.3.2: userinfo of another subject must not be used.
    if told.get("sub") != subject:
        raise ProviderNotTrusted()
    return told
