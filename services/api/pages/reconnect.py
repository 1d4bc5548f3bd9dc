"""The page that a mail about a connection opens: one press of a button leads to the network's sign-in."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from services.api.connections.endpoints import check_configured, find_connector, sign_in_url
from services.api.errors import STATUS
from services.api.errors import language_of as wanted_language
from services.api.pages.rendering import message
from services.core.connections import mail_links, repository, service
from services.core.connections.models import Connection
from services.core.employees import service as employees
from services.core.kit import db
from services.core.kit.db import Database
from services.core.kit.errors import DomainError
from services.core.kit.settings import Settings
from services.core.kit.texts import Language, Text

router = APIRouter(include_in_schema=False)


_TITLE = Text(en="Renew your connection to {network}", he="חידוש החיבור ל-{network}")
_WORDS = Text(
    en="Opening this page changed nothing. The button takes you to {network}: sign in there with the account that is "
    "connected, and allow it. What you have goes on working until then, and what you have planned stays planned.",
    he="פתיחת הדף לא שינתה דבר. הכפתור מוביל ל-{network}: יש להתחבר שם עם החשבון המחובר ולאשר. עד אז הכול ממשיך "
    "לפעול, ומה שתכננת נשאר מתוכנן.",
)
_BUTTON = Text(en="Go on to {network}", he="המשך ל-{network}")
_GONE_TITLE = Text(en="This link does not work any more", he="הקישור אינו פועל עוד")
_GONE = Text(
    en="It has run out, was cut off by your mail program, or the account was disconnected. You can renew a connection "
    "at any time with POST /v1/me/connections/{id}/reconnect.",
    he="תוקפו פג, הוא נקטע בתוכנת הדואר, או שהחשבון נותק. ניתן לחדש חיבור בכל עת באמצעות POST "
    "‎/v1/me/connections/{id}/reconnect‎.",
)


@router.api_route("/reconnect/{token}", methods=["GET", "HEAD"])
async def open_link(request: Request, token: str) -> HTMLResponse:
    """Explains what the button does. Changes nothing, however often it is opened, and by whatever."""
    found = await _find(request, token)
    if found is None:
        return _gone(request)
    connection, language = found
    try:
        network = find_connector(connection.connector).manifest.title
    except DomainError as refused:
        return _page(language, refused.title, refused.detail, status=STATUS[refused.kind], values=refused.values)
    return _page(language, _TITLE, _WORDS, button=_BUTTON, values={"network": network})


@router.post("/reconnect/{token}")
async def use_link(request: Request, token: str) -> Response:
    """Leads to the network. The account that is linked already needs no confirmation when it comes back."""
    database: Database = request.app.state.database
    settings: Settings = request.app.state.settings
    found = await _find(request, token)
    if found is None:
        return _gone(request)
    connection, language = found
    try:
        connector = find_connector(connection.connector)
        check_configured(connector, settings)
        async with database.transaction(connection.organization_id) as session:
            state = await service.ask_network(session, connection, settings=settings)
    except DomainError as refused:
        return _page(language, refused.title, refused.detail, status=STATUS[refused.kind], values=refused.values)
    return RedirectResponse(await sign_in_url(settings, connector, state), 303, headers={"Cache-Control": "no-store"})


async def _find(request: Request, token: str) -> tuple[Connection, Language] | None:
    """The connection that a link leads to, and its person's language; None if the link leads nowhere (any more)."""
    database: Database = request.app.state.database
    named = mail_links.read_token(token, settings=request.app.state.settings)
    organization_id: UUID | None = await repository.find_organization(database, named[0]) if named else None
    if named is None or organization_id is None:
        return None
    connection_id, ends_at = named
    async with database.transaction(organization_id) as session:
        connection = await repository.get_connection(session, connection_id)
        if connection.state not in repository.LINKED or ends_at <= await db.now(session):
            return None
        try:
            employee = await employees.get_present(session, connection.employee_id)
        except DomainError:
            return None
    return connection, employees.language_of(employee)


def _gone(request: Request) -> HTMLResponse:
    return _page(wanted_language(request), _GONE_TITLE, _GONE, status=410)


def _page(
    language: Language,
    title: Text,
    words: Text,
    *,
    status: int = 200,
    button: Text | None = None,
    values: dict[str, object] | None = None,
) -> HTMLResponse:
    said = values or {}
    return message(
        language,
        title.in_language(language, **said),
        words.in_language(language, **said),
        status=status,
        button=button.in_language(language, **said) if button else None,
    )
