"""The pages of an open call: one that anybody with the link may read, and one that a mail opens to apply with.

Reading either changes nothing. The first sends a mail to an address of the organization's directory and says the same
whether it is one or not; the second, opened from that mail, applies at the press of a button.
"""

from __future__ import annotations

import secrets
from datetime import datetime
from urllib.parse import parse_qs
from uuid import UUID, uuid5
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from services.api.errors import STATUS
from services.api.errors import language_of as wanted_language
from services.api.pages.rendering import page
from services.api.recruitment import letters
from services.core.ambassadors import repository as ambassadors
from services.core.ambassadors.models import OpenCall
from services.core.communication import service as communication
from services.core.communication.texts import MessageKind
from services.core.employees import service as employees
from services.core.kit import db
from services.core.kit.db import Database
from services.core.kit.errors import DomainError
from services.core.kit.settings import Settings
from services.core.kit.texts import Language, Text, pick
from services.core.organizations import repository as organizations
from services.core.organizations import service as tokens
from services.core.organizations.errors import TokenRefused
from services.core.organizations.models import TokenPurpose
from services.core.organizations.rules import Actor
from services.core.programs import repository as programs
from services.core.recruitment import repository, rules, service
from services.core.recruitment.errors import CallClosed
from services.core.recruitment.schemas import ApplicationCreate

router = APIRouter(include_in_schema=False)

_MOST_WORDS = 2000
_MOST_ADDRESS = 254

_WORDS: dict[str, Text] = {
    "until": Text(en="You can apply until {until} ({zone}).", he="ניתן להגיש מועמדות עד {until} ({zone})."),
    "places": Text(
        en="Places: {places}. Whoever is accepted when they are taken waits for the next one that is free.",
        he="מספר המקומות: {places}. מי שיתקבל לאחר שיתמלאו ימתין למקום הבא שיתפנה.",
    ),
    "how": Text(
        en="Give your work address, and we mail you a link to apply with. Nothing is decided by that.",
        he="יש למסור את כתובת העבודה שלך, ונשלח אליה קישור להגשת מועמדות. אין בכך כל התחייבות.",
    ),
    "address": Text(en="Your work address", he="כתובת הדואר בעבודה"),
    "send": Text(en="Send me the link", he="שליחת הקישור"),
    "sent_title": Text(en="Look into your mailbox", he="נא לבדוק את תיבת הדואר"),
    "sent": Text(
        en="If this is the work address of somebody here, a link to apply with is on its way. If nothing comes within "
        "some minutes, check the address and try again in an hour.",
        he="אם זו כתובת עבודה של מישהו מהארגון, קישור להגשת מועמדות כבר בדרך. אם לא מגיע דבר בתוך כמה דקות, "
        "כדאי לבדוק את הכתובת ולנסות שוב בעוד שעה.",
    ),
    "not_yet": Text(
        en="Opening this page changed nothing: you apply with the button. You can take it back at any time, and "
        "nothing follows from it.",
        he="פתיחת הדף לא שינתה דבר: המועמדות מוגשת בלחיצה על הכפתור. ניתן למשוך אותה בכל עת, ואין לכך כל השלכה.",
    ),
    "own_words": Text(en="If you like, a few words of your own", he="אם בא לך, כמה מילים משלך"),
    "apply": Text(en="Apply", he="הגשת מועמדות"),
    "applied_title": Text(en="Your application has arrived", he="המועמדות שלך התקבלה"),
    "applied": Text(en="You will get an answer by mail, with a reason.", he="תשובה מנומקת תישלח אליך בדואר."),
    "key": Text(
        en="This is your own key. It is shown this once: keep it like a password.",
        he="זה המפתח האישי שלך. הוא מוצג רק הפעם: יש לשמור עליו כמו על סיסמה.",
    ),
    "look": Text(en="To see your application, or take it back:", he="לצפייה במועמדות, או למשיכתה:"),
    "used_title": Text(en="This link was used or has run out", he="הקישור כבר נוצל או שתוקפו פג"),
    "used": Text(
        en="One-time links work once, for a limited time. Open the call again for a new one.",
        he="קישור חד-פעמי פועל פעם אחת ולזמן מוגבל. ניתן לפתוח את הקול הקורא שוב ולקבל קישור חדש.",
    ),
    "unknown_title": Text(en="We do not know this link", he="הקישור אינו מוכר"),
    "unknown": Text(
        en="Perhaps it was cut off. Copy the whole link, or ask whoever gave it to you.",
        he="ייתכן שהקישור נקטע. יש להעתיק אותו במלואו, או לפנות למי שמסר אותו.",
    ),
    "no_address_title": Text(en="Please give an address", he="נא למסור כתובת"),
    "no_address": Text(
        en="Go back and give the address at which you get mail at work, such as dana@example.com.",
        he="יש לחזור ולמסור את הכתובת שבה מתקבל הדואר שלך בעבודה, למשל dana@example.com.",
    ),
}


@router.api_route("/join/call/{code}", methods=["GET", "HEAD"])
async def read_call(request: Request, code: str) -> HTMLResponse:
    """Shows the call in the reader's language. Changes nothing."""
    database: Database = request.app.state.database
    language = wanted_language(request)
    found = await _find(database, code)
    if found is None:
        return _plain(request, language, "unknown", status=404)
    organization_id, call_id = found
    async with database.transaction(organization_id) as session:
        call = await ambassadors.get_call(session, call_id)
        zone = (await organizations.get_organization(session)).time_zone
        is_open = rules.takes_applications(call, now=await db.now(session))
    if not is_open:
        return _refused(request, language, CallClosed())
    lines = [*_facts(call, language, zone), _WORDS["how"].in_language(language)]
    return _page(request, language, call=call, lines=lines, asks="address")


@router.post("/join/call/{code}")
async def ask_for_link(request: Request, code: str) -> HTMLResponse:
    """Mails the link to apply with, once an hour at the most, and says the same whatever the address is."""
    database: Database = request.app.state.database
    settings: Settings = request.app.state.settings
    language = wanted_language(request)
    found = await _find(database, code)
    if found is None:
        return _plain(request, language, "unknown", status=404)
    address = await _field(request, "email", most=_MOST_ADDRESS)
    if "@" not in address:
        return _plain(request, language, "no_address", status=422)
    organization_id, call_id = found
    async with database.transaction(organization_id) as session:
        call = await ambassadors.get_call(session, call_id)
        now = await db.now(session)
        if not rules.takes_applications(call, now=now):
            return _refused(request, language, CallClosed())
        employee = await repository.find_by_email(session, address)
        if employee is not None:
            _, title = pick(call.titles, employees.language_of(employee).value) or ("", "")
            # Two at once must not both find that nothing was sent yet.
            await ambassadors.lock_person(session, employee.id)
            await communication.send_one_time_link(
                session,
                employee,
                MessageKind.CALL_SIGN_IN,
                TokenPurpose.SIGN_IN,
                settings=settings,
                subject_id=uuid5(call.id, f"{employee.id}|{now:%Y-%m-%dT%H}"),
                page=f"/join/call/{call.code}",
                values={"title": title},
            )
    return _plain(request, language, "sent")


@router.api_route("/join/call/{code}/{token}", methods=["GET", "HEAD"])
async def open_link(request: Request, code: str, token: str) -> HTMLResponse:
    """Explains what the button does. Changes nothing, however often it is opened, and by whatever."""
    database: Database = request.app.state.database
    found = await _find_both(request, code, token)
    if isinstance(found, HTMLResponse):
        return found
    organization_id, call_id, _, language = found
    async with database.transaction(organization_id) as session:
        call = await ambassadors.get_call(session, call_id)
        zone = (await organizations.get_organization(session)).time_zone
        is_open = rules.takes_applications(call, now=await db.now(session))
    if not is_open:
        return _refused(request, language, CallClosed())
    lines = [*_facts(call, language, zone), _WORDS["not_yet"].in_language(language)]
    return _page(request, language, call=call, lines=lines, asks="yes")


@router.post("/join/call/{code}/{token}")
async def apply(request: Request, code: str, token: str) -> HTMLResponse:
    """Applies, uses the link up, and shows the person's key, once. A refusal uses nothing up."""
    database: Database = request.app.state.database
    settings: Settings = request.app.state.settings
    found = await _find_both(request, code, token)
    if isinstance(found, HTMLResponse):
        return found
    organization_id, call_id, token_id, language = found
    words = await _field(request, "words", most=_MOST_WORDS)
    try:
        async with database.transaction(organization_id) as session:
            call = await ambassadors.get_call(session, call_id)
            key = await tokens.exchange_token(session, token_id, settings=settings)
            actor = Actor(organization_id=organization_id, key_id=key.row.id, employee_id=key.row.employee_id)
            application = await service.apply(
                session,
                actor,
                await programs.get_program(session, call.program_id),
                ApplicationCreate(code=call.code, words=words or None, language=language),
                settings=settings,
            )
            await letters.confirm(session, application, settings=settings)
    except TokenRefused:
        # Somebody pressed twice: the other press has it.
        return _plain(request, language, "used", status=410)
    except DomainError as refused:
        return _refused(request, language, refused)
    return _page(
        request,
        language,
        title=_WORDS["applied_title"].in_language(language),
        lines=[_WORDS["applied"].in_language(language)],
        key=key.secret,
    )


async def _find(database: Database, code: str) -> tuple[UUID, UUID] | None:
    async with database.hot(None) as connection:
        return await ambassadors.find_call(connection, code)


async def _find_both(request: Request, code: str, token: str) -> tuple[UUID, UUID, UUID, Language] | HTMLResponse:
    """Organization, call, token and the language of its person; or the page that says what is wrong."""
    database: Database = request.app.state.database
    settings: Settings = request.app.state.settings
    language = wanted_language(request)
    found = await _find(database, code)
    try:
        organization_id, token_id = await tokens.find_token_organization(database, settings, token)
    except TokenRefused:
        return _plain(request, language, "unknown", status=404)
    if found is None or found[0] != organization_id:
        return _plain(request, language, "unknown", status=404)
    async with database.transaction(organization_id) as session:
        row = await organizations.take_token(session, token_id)
        if row is None:
            return _plain(request, language, "used", status=410)
        try:
            employee = await employees.get_present(session, row.employee_id)
        except DomainError:
            return _plain(request, language, "used", status=410)
    return organization_id, found[1], token_id, employees.language_of(employee)


async def _field(request: Request, name: str, *, most: int) -> str:
    """One field of a form; read here, as it is the only form of the product that has fields."""
    form = parse_qs((await request.body()).decode(errors="replace"), max_num_fields=10)
    return form.get(name, [""])[0].replace("\r\n", "\n").strip()[:most]


def _facts(call: OpenCall, language: Language, zone: str) -> list[str]:
    lines = [_WORDS["until"].in_language(language, until=_local(call.closes_at, zone), zone=zone)]
    if call.capacity is not None:
        lines.append(_WORDS["places"].in_language(language, places=call.capacity))
    return lines


def _local(moment: datetime, zone: str) -> str:
    return f"{moment.astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M}"


def _plain(request: Request, language: Language, name: str, *, status: int = 200) -> HTMLResponse:
    title = _WORDS[f"{name}_title"].in_language(language)
    return _page(request, language, title=title, lines=[_WORDS[name].in_language(language)], status=status)


def _refused(request: Request, language: Language, refused: DomainError) -> HTMLResponse:
    title, status = refused.title.in_language(language), STATUS[refused.kind]
    return _page(request, language, title=title, lines=[refused.in_language(language)], status=status)


def _page(
    request: Request,
    language: Language,
    *,
    lines: list[str],
    title: str = "",
    call: OpenCall | None = None,
    asks: str = "",
    key: str = "",
    status: int = 200,
) -> HTMLResponse:
    text = ""
    if call is not None:
        _, title = pick(call.titles, language.value) or ("", "")
        _, text = pick(call.texts, language.value) or ("", "")
    nonce = secrets.token_urlsafe(16)
    return page(
        "call.html",
        language,
        allows=f"style-src 'nonce-{nonce}'; form-action 'self'",
        status=status,
        title=title,
        text=text,
        lines=lines,
        asks=asks,
        key=key,
        base=request.app.state.settings.public_url,
        words={name: words.in_language(language) for name, words in _WORDS.items()},
        nonce=nonce,
    )
