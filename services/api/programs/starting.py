"""Starting a program, from nothing or from a template: what a template holds of other nouns is drafted through them."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from pydantic import TypeAdapter

from services.api.dependencies import Call
from services.core.ambassadors import service as ambassadors
from services.core.ambassadors.schemas import PersonaWrite
from services.core.content import repository as content
from services.core.content import topics
from services.core.content.schemas import TopicCreate
from services.core.employees import history
from services.core.goals import service as goals
from services.core.goals.models import Heading
from services.core.goals.schemas import GoalCreate
from services.core.kit.errors import FieldProblem, Invalid
from services.core.kit.texts import Language, Text
from services.core.plans import service as plans
from services.core.plans.models import PeriodKind
from services.core.plans.schemas import ContentPlanWrite, ThemeWrite
from services.core.policies import service as policies
from services.core.policies.rule_schemas import Rule
from services.core.policies.schemas import PolicyCreate, PolicyText, VersionCreate
from services.core.programs import benefits, service
from services.core.programs.models import Program
from services.core.programs.schemas import BenefitCreate, ChannelWrite, Eligibility, ProgramCreate
from services.core.programs.templates import Template, get_template

_RULES: TypeAdapter[list[Rule]] = TypeAdapter(list[Rule])
_NO_TEMPLATE = Text(
    en="Goals come out of a template: name one in `template`, or leave this out and set goals afterwards.",
    he="יעדים נוצרים מתבנית: יש לציין אותה ב-`template`, או להשמיט שדה זה ולקבוע יעדים לאחר מכן.",
)


async def start(call: Call, body: ProgramCreate) -> Program:
    """A new program, with what its template holds as drafts; raise UnknownTemplate or Invalid."""
    if body.template is None:
        if body.goal_owner_employee_id is not None:
            raise Invalid(problems=[FieldProblem("/goal_owner_employee_id", "needs_a_template", _NO_TEMPLATE)])
        return await service.create_program(call.session, call.actor, body)
    template = get_template(body.template)
    languages = list(body.languages)
    if "networks" not in body.model_fields_set:
        body = body.model_copy(update={"networks": template.networks})
    if "disclosure" not in body.model_fields_set:
        body = body.model_copy(update={"disclosure": _words(template.disclosure, languages)})
    program = await service.create_program(call.session, call.actor, body)
    await _make_design(call, program, template, languages)
    if body.goal_owner_employee_id is not None:
        today = await history.today(call.session)
        for goal in template.goals:
            wanted = GoalCreate(
                kpi=goal.kpi,
                title=goal.title.in_language(program.default_language),
                kind=goal.kind,
                heading=Heading(goal.heading),
                baseline=Decimal(goal.baseline),
                target=Decimal(goal.target),
                due_on=today + timedelta(days=goal.due_in_days),
                owner_employee_id=body.goal_owner_employee_id,
            )
            await goals.create_goal(call.session, call.actor, program.id, wanted)
    return program


async def _make_design(call: Call, program: Program, template: Template, languages: list[Language]) -> None:
    session, actor = call.session, call.actor
    for channel in template.channels:
        if channel.network in program.networks:
            asked = ChannelWrite.model_validate(channel.rules)
            await service.put_channel(session, actor, program, channel.network, None, asked)
    for benefit in template.benefits:
        offered = BenefitCreate(
            kind=benefit.kind,
            titles=_words(benefit.title, languages),
            descriptions=_words(benefit.description, languages),
            eligibility=Eligibility.model_validate(benefit.eligibility),
        )
        await benefits.create_benefit(session, actor, program, offered)
    draft = VersionCreate(
        texts={
            language: PolicyText.model_validate(text) for language, text in template.policy.texts(languages).items()
        },
        rules=_RULES.validate_python([dict(rule) for rule in template.policy.rules]),
    )
    title = template.policy.title.in_language(program.default_language)
    policy = await policies.create_policy(session, actor, PolicyCreate(title=title, program_id=program.id))
    await policies.create_version(session, actor, policy.id, draft)
    persona = PersonaWrite.model_validate(
        {
            "description": template.persona.description.in_language(program.default_language),
            "criteria": template.persona.criteria,
            "terms": template.persona.terms,
        }
    )
    await ambassadors.put_persona(session, actor, program.id, None, persona)
    await _make_plan(call, program, template, languages)


async def _make_plan(call: Call, program: Program, template: Template, languages: list[Language]) -> None:
    known = {topic.slug for topic in await content.list_topics(call.session)}
    for theme in template.themes:
        if theme.slug not in known:
            await topics.create(
                call.session, call.actor, TopicCreate(slug=theme.slug, names=_words(theme.title, list(Language)))
            )
    themes = [ThemeWrite(slug=theme.slug, titles=_words(theme.title, languages)) for theme in template.themes]
    cadence = [PeriodKind(kind) for kind in template.cadence]
    await plans.put_plan(call.session, call.actor, program, None, ContentPlanWrite(themes=themes, cadence=cadence))


def _words(text: Text, languages: list[Language]) -> dict[Language, str]:
    return {language: text.in_language(language) for language in languages}
