"""Programs to start from."""

from __future__ import annotations

from fastapi import APIRouter

from services.api.dependencies import Current, allow
from services.api.routing import Router
from services.core.goals.kpis import CATALOGUE
from services.core.kit.errors import NotFound
from services.core.kit.schemas import Listing
from services.core.kit.texts import Language
from services.core.organizations.rules import Permission
from services.core.programs.models import Function
from services.core.programs.template_schemas import (
    TemplateBenefitRead,
    TemplateChannelRead,
    TemplateGoalRead,
    TemplateListed,
    TemplateModuleRead,
    TemplatePersonaRead,
    TemplatePolicyRead,
    TemplateRead,
    TemplateResponsibilityRead,
    TemplateThemeRead,
)
from services.core.programs.templates import TEMPLATES, Template, find_template

router: APIRouter = Router(tags=["Program templates"])

_READ = [allow(Permission.PROGRAMS_READ)]


@router.get(
    "/v1/program-templates",
    operation_id="program_templates_list",
    summary="Programs to start from",
    dependencies=_READ,
)
async def list_templates(call: Current) -> Listing[TemplateListed]:
    """Lists the templates, in the language of Accept-Language. Start from one with POST /v1/programs."""
    call.headers["Content-Language"] = call.language.value
    return Listing(data=[_listed(one, call.language) for one in TEMPLATES.values()], next_cursor=None)


@router.get(
    "/v1/program-templates/{slug}",
    operation_id="program_templates_get",
    summary="Read a template",
    dependencies=_READ,
)
async def get_template(slug: str, call: Current) -> TemplateRead:
    """Answers everything that a template holds, in the language of Accept-Language."""
    template = find_template(slug)
    if template is None:
        raise NotFound(thing="program template")
    call.headers["Content-Language"] = call.language.value
    return _read(template, call.language)


def _listed(template: Template, language: Language) -> TemplateListed:
    return TemplateListed(
        slug=template.slug, title=template.title.in_language(language), summary=template.summary.in_language(language)
    )


def _read(template: Template, language: Language) -> TemplateRead:
    policy = template.policy
    return TemplateRead(
        **_listed(template, language).model_dump(),
        disclosure=template.disclosure.in_language(language),
        goals=[
            TemplateGoalRead(
                kpi=goal.kpi,
                kpi_title=CATALOGUE[goal.kpi].title.in_language(language),
                unit=CATALOGUE[goal.kpi].unit,
                kind=goal.kind,
                heading=goal.heading,
                title=goal.title.in_language(language),
                baseline=goal.baseline,
                target=goal.target,
                due_in_days=goal.due_in_days,
                hint=goal.hint.in_language(language),
            )
            for goal in template.goals
        ],
        policy=TemplatePolicyRead(
            title=policy.title.in_language(language), **policy.texts([language])[language], rules=list(policy.rules)
        ),
        persona=TemplatePersonaRead(
            description=template.persona.description.in_language(language),
            criteria=template.persona.criteria,
            terms=template.persona.terms,
        ),
        themes=[
            TemplateThemeRead(
                slug=theme.slug,
                title=theme.title.in_language(language),
                hint=theme.hint.in_language(language),
                items_per_week=theme.items_per_week,
            )
            for theme in template.themes
        ],
        cadence=list(template.cadence),
        channels=[TemplateChannelRead(network=one.network, rules=one.rules) for one in template.channels],
        responsibilities=[
            TemplateResponsibilityRead(
                function=function, what=template.responsibilities[function].in_language(language)
            )
            for function in Function
        ],
        modules=[
            TemplateModuleRead(topic=module.topic, title=module.title.in_language(language))
            for module in template.modules
        ],
        benefits=[
            TemplateBenefitRead(
                kind=benefit.kind,
                title=benefit.title.in_language(language),
                description=benefit.description.in_language(language),
                eligibility=benefit.eligibility,
            )
            for benefit in template.benefits
        ],
    )
