"""The launch kit: an announcement from the goals, people who agreed to be named, examples, first results, a call."""

from __future__ import annotations

from uuid import UUID
from zoneinfo import ZoneInfo

from sqlmodel.ext.asyncio.session import AsyncSession

from services.core.ambassadors.models import OpenCall
from services.core.goals import repository as goals
from services.core.kit import db
from services.core.kit.errors import BadRequest, FieldProblem
from services.core.kit.settings import Settings
from services.core.kit.texts import Language, Text, pick
from services.core.launches import announcing, profiles, repository
from services.core.launches.profiles import Presented
from services.core.launches.schemas import KitAmbassador, KitCall, KitExample, KitGoal, KitRead
from services.core.organizations import repository as organizations
from services.core.organizations.rules import Actor, Permission
from services.core.programs import repository as programs
from services.core.programs.models import Program
from services.core.reports import service as reports
from services.core.reports.html import plain_value
from services.core.reports.schemas import ReportRead
from services.core.reports.service import Asked

MOST_EXAMPLES = 3

_NOT_SPOKEN = Text(
    en="The programme does not speak this language. Ask for one of: {languages}.",
    he="התוכנית אינה בשפה זו. יש לבקש אחת מאלה: {languages}.",
)


async def build(
    session: AsyncSession, actor: Actor, program_id: UUID, *, settings: Settings, language: Language | None
) -> KitRead:
    """The kit of a program in one of its languages, its default one unless asked; raise NotAllowed and BadRequest.

    It is made anew each time: what somebody takes back is not in it any more.
    """
    program = await programs.get_program(session, program_id)
    actor.require(Permission.REPORTS_READ, program_id=program.id)
    spoken = language or program.default_language
    if spoken.value not in program.languages:
        values: dict[str, object] = {"languages": ", ".join(program.languages)}
        raise BadRequest(problems=[FieldProblem("/language", "not_spoken", _NOT_SPOKEN, values)])
    organization = await organizations.get_organization(session)
    report = await reports.build_report(session, actor, program.id, asked=Asked(), settings=settings, language=spoken)
    aims = await _goals(session, report, spoken)
    people = [
        _ambassador(one, program, spoken) for one in await profiles.list_shown(session, program.id, settings=settings)
    ]
    open_call = await repository.find_open_call(session, program.id, now=await db.now(session))
    call = _call(open_call, spoken, settings=settings) if open_call is not None else None
    zone = ZoneInfo(organization.time_zone)
    return KitRead(
        program_id=program.id,
        program_name=program.name,
        organization_name=organization.name,
        language=spoken,
        languages=[Language(one) for one in program.languages],
        title=announcing.title(program=program.name, language=spoken),
        announcement=announcing.paragraphs(
            program=program.name,
            organization=organization.name,
            goals=[aim.words for aim in aims],
            presents_people=bool(people),
            call=(call.link, call.closes_at.astimezone(zone).date()) if call is not None else None,
            language=spoken,
        ),
        goals=aims,
        ambassadors=people,
        examples=await _examples(session, program.id, spoken, settings=settings),
        results=report.totals,
        open_call=call,
    )


async def _goals(session: AsyncSession, report: ReportRead, language: Language) -> list[KitGoal]:
    kpis = await goals.all_kpis(session)
    made = []
    for goal in report.goals:
        known = kpis.get(goal.kpi)
        kpi = known.title.in_language(language) if known is not None else goal.kpi
        made.append(
            KitGoal(
                heading=goal.heading,
                title=goal.title,
                kpi=kpi,
                unit=goal.unit,
                target=goal.target,
                due_on=goal.due_on,
                words=announcing.goal_words(
                    title=goal.title,
                    kpi=kpi,
                    baseline=plain_value(goal.baseline, goal.unit),
                    target=plain_value(goal.target, goal.unit),
                    due_on=goal.due_on,
                    language=language,
                ),
                actual=goal.actual,
            )
        )
    return made


def _ambassador(presented: Presented, program: Program, language: Language) -> KitAmbassador:
    spoken, text = pick(presented.texts, language.value, default=program.default_language.value) or (language.value, "")
    row = presented.row
    return KitAmbassador(
        profile_id=row.id,
        name=presented.name,
        language=Language(spoken),
        text=text,
        photo_path=f"/v1/programs/{program.id}/launch-kit/photos/{row.id}" if row.photo_type is not None else None,
    )


async def _examples(
    session: AsyncSession, program_id: UUID, language: Language, *, settings: Settings
) -> list[KitExample]:
    rows = [
        row
        for row in await repository.list_examples(session, program_id)
        if row.words_version == profiles.WORDS_VERSION
    ]
    engagement = await repository.map_engagement(session, [row.publication_id for row in rows])
    # Its readers' language first, then what people took to most, then the oldest.
    rows.sort(key=lambda row: (row.language is not language, -engagement.get(row.publication_id, 0), row.id))
    found = []
    for row in rows:
        opened = await profiles.open_example(session, row, settings=settings)
        if opened is not None:
            found.append(KitExample(language=row.language, text=opened[0], permalink=opened[1]))
        if len(found) == MOST_EXAMPLES:
            break
    return found


def _call(call: OpenCall, language: Language, *, settings: Settings) -> KitCall:
    _, title = pick(call.titles, language.value) or ("", "")
    _, text = pick(call.texts, language.value) or ("", "")
    return KitCall(
        title=title,
        text=text,
        link=f"{settings.public_url}/join/call/{call.code}",
        capacity=call.capacity,
        closes_at=call.closes_at,
    )
