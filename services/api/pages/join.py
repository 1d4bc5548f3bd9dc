"""The page a mail's one-time link opens: it explains, and one press of a button gives the person their own key."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import urlencode
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from services.api.errors import language_of as wanted_language
from services.api.pages.rendering import page
from services.core.ambassadors import repository as ambassadors
from services.core.employees import service as employees
from services.core.kit.db import Database
from services.core.kit.errors import DomainError
from services.core.kit.settings import Settings
from services.core.kit.texts import Language, Text
from services.core.organizations import identity_repository as identities
from services.core.organizations import repository as organizations
from services.core.organizations import service
from services.core.organizations.errors import TokenRefused

router = APIRouter(include_in_schema=False)


_WORDS: dict[str, Text] = {
    "title": Text(en="Your own key", he="המפתח האישי שלך"),
    "explain": Text(
        en="Somebody in your company sent you this link. Opening it changed nothing, so a mail scanner could not use "
        "it up. With the button you get a key that is yours alone; it works for nobody else, and nobody can act for "
        "you without it. You have joined nothing yet.",
        he="מישהו בחברה שלך שלח לך קישור זה. פתיחתו לא שינתה דבר, כך שסורק דואר לא יכול היה לנצל אותו. "
        "לחיצה על הכפתור תיתן לך מפתח ששייך רק לך; איש אינו יכול לפעול בשמך בלעדיו. עדיין לא הצטרפת לדבר.",
    ),
    "once": Text(
        en="It is shown once. Have a safe place for it ready.", he="המפתח מוצג פעם אחת. כדאי להכין מקום בטוח לשמירתו."
    ),
    "sign_in": Text(en="Sign in with {provider}", he="כניסה באמצעות {provider}"),
    "or_key": Text(
        en="Or, if you work with programs of your own, have a key instead:",
        he="לחלופין, לעבודה באמצעות תוכנות משלך, ניתן לקבל מפתח:",
    ),
    "button": Text(en="Show my key", he="הצגת המפתח שלי"),
    "shown": Text(
        en="This is your key. It is shown this once: keep it like a password.",
        he="זה המפתח שלך. הוא מוצג רק הפעם: יש לשמור עליו כמו על סיסמה.",
    ),
    "use": Text(en="How to use it, for example to see your invitations:", he="כך משתמשים בו, למשל לצפייה בהזמנות:"),
    "invited": Text(en="You are invited: {program}", he="הזמנה: {program}"),
    "choice": Text(
        en="It is your choice. Saying no has no consequence of any kind, and nobody is told.",
        he="הבחירה שלך. לסירוב אין כל השלכה, ואיש אינו מקבל על כך הודעה.",
    ),
    "accept": Text(en="To join:", he="להצטרפות:"),
    "decline": Text(en="To say no:", he="לסירוב:"),
    "copy": Text(en="Copy", he="העתקה"),
    "copied": Text(en="Copied", he="הועתק"),
    "used_title": Text(en="This link was used or has run out", he="הקישור כבר נוצל או שתוקפו פג"),
    "used": Text(
        en="One-time links work once, for a limited time. If it was you, your key still works. "
        "Otherwise ask whoever invited you for a new link.",
        he="קישור חד-פעמי פועל פעם אחת ולזמן מוגבל. אם הקישור נוצל על ידך, המפתח שלך עדיין פועל. "
        "אחרת, יש לבקש קישור חדש ממי ששלח את ההזמנה.",
    ),
    "unknown_title": Text(en="We do not know this link", he="הקישור אינו מוכר"),
    "unknown": Text(
        en="Perhaps the mail cut it off. Copy the whole link from the mail, or ask for a new one.",
        he="ייתכן שהקישור נקטע בדואר. יש להעתיק את הקישור המלא מההודעה, או לבקש קישור חדש.",
    ),
}


class _Step(StrEnum):
    """What the page shows."""

    ASK = "ask"
    KEY = "key"
    USED = "used"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class _Asked:
    """An open invitation, as the page shows it."""

    id: UUID
    program: str


@router.api_route("/join/{token}", methods=["GET", "HEAD"])
async def open_link(request: Request, token: str) -> HTMLResponse:
    """Explains what the button does. Changes nothing, however often it is opened, and by whatever."""
    database, settings = request.app.state.database, request.app.state.settings
    try:
        organization_id, token_id = await service.find_token_organization(database, settings, token)
    except TokenRefused:
        return _page(request, _Step.UNKNOWN, status=404)
    language = await _language_of_live(database, organization_id, token_id)
    if language is None:
        return _page(request, _Step.USED, status=410)
    async with database.transaction(organization_id) as session:
        provider = await identities.find_enabled(session)
    query = urlencode({"organization": str(organization_id), "invitation": token})
    return _page(
        request,
        _Step.ASK,
        language=language,
        provider=provider.title if provider else "",
        base=f"{settings.public_url}/v1/auth/login?{query}",
    )


@router.post("/join/{token}")
async def use_link(request: Request, token: str) -> HTMLResponse:
    """Uses the link up and shows the person's key, once, with their open invitations."""
    database: Database = request.app.state.database
    settings: Settings = request.app.state.settings
    try:
        organization_id, token_id = await service.find_token_organization(database, settings, token)
    except TokenRefused:
        return _page(request, _Step.UNKNOWN, status=404)
    language = await _language_of_live(database, organization_id, token_id)
    if language is None:
        return _page(request, _Step.USED, status=410)
    try:
        async with database.transaction(organization_id) as session:
            key = await service.exchange_token(session, token_id, settings=settings)
            employee_id = key.row.employee_id
            assert employee_id is not None  # noqa: S101  # one-time tokens belong to people
            asked = [
                _Asked(invitation.id, program.name)
                for invitation, program in await ambassadors.list_open_invitations(session, employee_id=employee_id)
            ]
    except TokenRefused:
        # Somebody pressed twice: the other press has it.
        return _page(request, _Step.USED, status=410)
    return _page(request, _Step.KEY, language=language, key=key.secret, asked=asked, base=settings.public_url)


async def _language_of_live(database: Database, organization_id: UUID, token_id: UUID) -> Language | None:
    """The language to speak to the holder of a link that still works; None for one that does not.

    It is the language of the mail: that of an open invitation, else the person's own.
    """
    async with database.transaction(organization_id) as session:
        token = await organizations.take_token(session, token_id)
        if token is None:
            return None
        try:
            employee = await employees.get_present(session, token.employee_id)
        except DomainError:
            return None
        invitations = await ambassadors.list_open_invitations(session, employee_id=employee.id)
        return invitations[-1][0].language if invitations else employees.language_of(employee)


def _page(
    request: Request,
    step: _Step,
    *,
    status: int = 200,
    language: Language | None = None,
    key: str = "",
    asked: list[_Asked] | None = None,
    base: str = "",
    provider: str = "",
) -> HTMLResponse:
    language = language or wanted_language(request)
    nonce = secrets.token_urlsafe(16)
    return page(
        "join.html",
        language,
        allows=f"style-src 'nonce-{nonce}'; script-src 'nonce-{nonce}'; form-action 'self'",
        status=status,
        words={name: text.in_language(language) for name, text in _WORDS.items()},
        step=step.value,
        key=key,
        asked=[
            {"id": item.id, "line": _WORDS["invited"].in_language(language, program=item.program)}
            for item in asked or ()
        ],
        base=base,
        sign_in=_WORDS["sign_in"].in_language(language, provider=provider) if provider else "",
        nonce=nonce,
    )
