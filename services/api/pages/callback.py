"""Where a network sends a person back after they allowed (or refused) us: a page that says what comes next."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from connectors.sdk.capabilities import Capability
from connectors.sdk.errors import ConnectorError
from connectors.sdk.models import Account, Credentials
from connectors.sdk.ports import AuthorizesMembers, port
from services.api.connections.endpoints import find_connector, redirect_uri
from services.api.errors import STATUS, language_of
from services.api.pages.rendering import message
from services.core.connections import repository, service
from services.core.connections.service import code_verifier
from services.core.connections.vendors import vendor_context
from services.core.kit.errors import DomainError
from services.core.kit.logging import get_logger
from services.core.kit.settings import Settings
from services.core.kit.texts import Text
from services.core.platforms import budgets, grants
from services.core.platforms import service as platforms
from services.core.platforms.vendors import open_settings, platform_context
from services.core.shares import service as shares

router = APIRouter(include_in_schema=False)
_log = get_logger(__name__)


_DONE_TITLE = Text(en="Almost done", he="כמעט סיימנו")
_DONE = Text(
    en="{network} says this is the account of {name}. If you started this yourself, go back and enter this code. "
    "Give it to nobody: whoever has it can have posts go out on this account.",
    he="לפי {network} זה החשבון של {name}. אם התחלת את החיבור בעצמך, יש לחזור ולהזין את הקוד הזה. "
    "אין למסור אותו לאיש: מי שמחזיק בו יוכל לפרסם בחשבון זה.",
)
_PLATFORM_DONE = Text(
    en="{platform} has allowed us. If you started this yourself, go back and enter this code. Give it to nobody: "
    "whoever has it can use this account of {platform}.",
    he="{platform} אישרה את הגישה. אם התחלת זאת בעצמך, יש לחזור ולהזין את הקוד הזה. אין למסור אותו לאיש: מי שמחזיק בו "
    "יוכל להשתמש בחשבון זה של {platform}.",
)
_AGAIN_TITLE = Text(en="Connected again", he="מחובר שוב")
_AGAIN = Text(
    en="The account of {name} at {network} is connected again, and what you had planned goes on. You can close this "
    "page.",
    he="החשבון של {name} ב-{network} מחובר שוב, ומה שתכננת ממשיך. ניתן לסגור את הדף.",
)
_REFUSED_TITLE = Text(en="Not connected", he="לא חובר")
_REFUSED = Text(
    en="You did not allow it, so nothing was connected. That is fine; you can close this page.",
    he="לא ניתן אישור, ולכן דבר לא חובר. זה בסדר גמור; ניתן לסגור את הדף.",
)
_FAILED = Text(
    en="{network} did not complete the sign-in. Start connecting again; if it happens again, tell your administrator.",
    he="{network} לא השלימה את ההתחברות. יש להתחיל את החיבור מחדש; אם זה חוזר, יש לפנות למנהל/ת המערכת.",
)


@router.get("/v1/connections/callback/{slug}")
async def come_back(
    request: Request, slug: str, state: str = "", code: str | None = None, error: str | None = None
) -> HTMLResponse:
    """Uses the state up, turns the code into a sealed grant, and asks the person to confirm in their own app."""
    database, settings = request.app.state.database, request.app.state.settings
    try:
        connector = find_connector(slug)
        platform = await grants.find_returned(database, settings, state)
        if platform is not None:
            given = None if error is not None else code
            return await _come_back_to_platform(request, slug, *platform, state=state, code=given)
        organization_id, request_id = await service.find_returned(database, settings, state)
        async with database.transaction(organization_id) as session:
            connection = await service.use_request(session, request_id, connector=slug)
        title = connector.manifest.title
        if error is not None or code is None:
            return _page(request, _REFUSED_TITLE, _REFUSED)
        try:
            credentials, account = await _ask_network(settings, slug, state=state, code=code)
        except ConnectorError as refused:
            _log.warning("connection.grant_failed", connector=slug, code=refused.code)
            return _page(request, _REFUSED_TITLE, _FAILED, status=502, values={"network": title})
        async with database.transaction(organization_id) as session:
            connection = await repository.get_connection(session, connection.id, lock=True)
            code_shown = await service.store_grant(
                session, connection, account=account, credentials=credentials, settings=settings
            )
            if code_shown is None:
                await shares.release_held(session, connection_id=connection.id)
        if code_shown is None:
            return _page(request, _AGAIN_TITLE, _AGAIN, values={"network": title, "name": account.display_name})
        return _page(
            request, _DONE_TITLE, _DONE, code=code_shown, values={"network": title, "name": account.display_name}
        )
    except DomainError as refused:
        return _page(request, refused.title, refused.detail, status=STATUS[refused.kind], values=refused.values)


async def _come_back_to_platform(
    request: Request, slug: str, organization_id: UUID, authorization_id: UUID, *, state: str, code: str | None
) -> HTMLResponse:
    """The same for an administrator who signed in to a platform of the organization."""
    database, settings = request.app.state.database, request.app.state.settings
    title = find_connector(slug).manifest.title
    async with database.transaction(organization_id) as session:
        connection, started_by = await grants.take(session, authorization_id, connector=slug)
        given = open_settings(connection, settings=settings)
    if code is None:
        return _page(request, _REFUSED_TITLE, _REFUSED)
    try:
        with budgets.counting(
            database, organization_id, connection.id, connector=slug, capability=Capability.AUTHORIZE
        ):
            credentials = await _ask_platform(settings, slug, given, state=state, code=code)
        async with database.transaction(organization_id) as session:
            code_shown = await grants.store(
                session, connection.id, credentials=credentials, started_by=started_by, settings=settings
            )
    except (ConnectorError, TimeoutError) as refused:
        _log.warning("platform.grant_failed", connector=slug, reason=type(refused).__name__)
        return _page(request, _REFUSED_TITLE, _FAILED, status=502, values={"network": title})
    return _page(request, _DONE_TITLE, _PLATFORM_DONE, code=code_shown, values={"platform": title})


async def _ask_platform(
    settings: Settings, slug: str, given: Mapping[str, str], *, state: str, code: str
) -> Credentials:
    """Turn a code into credentials that work; no transaction is open meanwhile."""
    connector = find_connector(slug)
    authorizes = port(connector, Capability.AUTHORIZE, AuthorizesMembers)
    async with asyncio.timeout(settings.publish_deadline_seconds):
        async with platform_context(settings, slug, given) as ctx:
            ctx = replace(ctx, code_verifier=code_verifier(settings, state))
            credentials = await authorizes.exchange_code(ctx, code=code, redirect_uri=redirect_uri(settings, slug))
        await platforms.check(connector, given, credentials=credentials, settings=settings)
    return credentials


async def _ask_network(settings: Settings, slug: str, *, state: str, code: str) -> tuple[Credentials, Account]:
    """Turn a code into credentials and the account they open; no transaction is open meanwhile."""
    authorizes = port(find_connector(slug), Capability.AUTHORIZE, AuthorizesMembers)
    async with vendor_context(settings, slug) as ctx:
        ctx = replace(ctx, code_verifier=code_verifier(settings, state))
        credentials = await authorizes.exchange_code(ctx, code=code, redirect_uri=redirect_uri(settings, slug))
    async with vendor_context(settings, slug, credentials=credentials) as ctx:
        return credentials, await authorizes.get_account(ctx)


def _page(
    request: Request,
    title: Text,
    words: Text,
    *,
    status: int = 200,
    code: str | None = None,
    values: Mapping[str, object] | None = None,
) -> HTMLResponse:
    language = language_of(request)
    return message(
        language,
        title.in_language(language),
        words.in_language(language, **(values or {})),
        status=status,
        code=code,
    )
