"""What a person says of themselves, who may look at it, how they fit; and their way to the first share."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from services.api.ambassadors.facts import advance, read_facts
from services.api.dependencies import Current, allow
from services.api.routing import Router
from services.core.ambassadors import declarations, onboarding, repository, rules, service, traits
from services.core.ambassadors.fit import score
from services.core.ambassadors.models import Ambassador, AmbassadorState, Declaration, Purpose, Step
from services.core.ambassadors.schemas import (
    ConsentRead,
    ConsentsWrite,
    CriterionRead,
    DeclarationRead,
    DeclarationWrite,
    OnboardingMarkWrite,
    OnboardingRead,
    OwnFit,
    OwnPart,
    ShownTo,
    StepRead,
    TraitRead,
)
from services.core.employees import service as employees
from services.core.kit import db
from services.core.kit.errors import NotFound
from services.core.kit.schemas import Listing
from services.core.kit.texts import Language
from services.core.organizations import repository as organizations
from services.core.organizations.rules import Door
from services.core.recruitment import repository as recruitment

router: APIRouter = Router(tags=["My membership"])

_PERSON = [allow(Door.PERSON)]
#: Which part of a declaration a criterion looks at.
_PURPOSES = {
    "traits": Purpose.TRAITS,
    "skills": Purpose.SKILLS,
    "languages": Purpose.LANGUAGES,
    "presence": Purpose.PRESENCE,
}


@router.get("/v1/traits", operation_id="traits_list", summary="List traits", dependencies=[allow(Door.KNOWN)])
async def list_traits(call: Current) -> Listing[TraitRead]:
    """Lists the traits that somebody can declare, in the language of Accept-Language. There are no others."""
    call.headers["Content-Language"] = call.language.value
    return Listing(
        data=[TraitRead(trait=trait, words=words.in_language(call.language)) for trait, words in traits.TRAITS.items()],
        next_cursor=None,
    )


@router.get(
    "/v1/me/declarations", operation_id="my_declarations_get", summary="Read what I declare", dependencies=_PERSON
)
async def get_declaration(call: Current) -> DeclarationRead:
    """Answers what the caller has said of themselves, and which programs may look at which part of it."""
    row, said = await declarations.read(call.session, call.actor, settings=call.settings)
    return await _declaration(call, row, said)


@router.put(
    "/v1/me/declarations", operation_id="my_declarations_put", summary="Say what I declare", dependencies=_PERSON
)
async def put_declaration(body: DeclarationWrite, call: Current) -> DeclarationRead:
    """Replaces it whole. By itself it is shown to nobody: each program and part needs the caller's consent."""
    row, _ = await declarations.read(call.session, call.actor, settings=call.settings)
    call.must_match(row)
    row = await declarations.replace(call.session, call.actor, row, body, settings=call.settings)
    return await _declaration(call, row, body)


async def _declaration(call: Current, row: Declaration, said: DeclarationWrite) -> DeclarationRead:
    call.answers(row)
    live = await repository.list_consents(call.session, employee_id=row.employee_id)
    shown = [ShownTo(program_id=one.program_id, purpose=one.purpose, since=one.created_at) for one in live]
    return DeclarationRead(**said.model_dump(), shown_to=shown)


@router.get(
    "/v1/me/programs/{program_id}/declaration-consents",
    operation_id="my_declaration_consents_list",
    summary="Read what a program may look at",
    dependencies=_PERSON,
)
async def list_consents(program_id: UUID, call: Current) -> Listing[ConsentRead]:
    """Lists the parts of the caller's declaration, the words of each consent, and whether it is given."""
    await _must_concern(call, program_id)
    return await _consents(call, program_id)


@router.put(
    "/v1/me/programs/{program_id}/declaration-consents",
    operation_id="my_declaration_consents_put",
    summary="Say what a program may look at",
    dependencies=_PERSON,
)
async def put_consents(program_id: UUID, body: ConsentsWrite, call: Current) -> Listing[ConsentRead]:
    """Lets the program look at these parts and no others. Taking one back works at once and has no consequence."""
    await _must_concern(call, program_id)
    await declarations.set_consents(
        call.session,
        employee_id=call.actor.person(),
        program_id=program_id,
        purposes=body.purposes,
        language=call.language,
    )
    return await _consents(call, program_id)


async def _consents(call: Current, program_id: UUID) -> Listing[ConsentRead]:
    live = await repository.list_consents(call.session, employee_id=call.actor.person(), program_id=program_id)
    given = {consent.purpose: consent.created_at for consent in live}
    call.headers["Content-Language"] = call.language.value
    return Listing(
        data=[
            ConsentRead(
                purpose=purpose,
                is_given=purpose in given,
                given_at=given.get(purpose),
                words=words.in_language(call.language),
                text_version=traits.CONSENT_VERSION,
            )
            for purpose, words in traits.CONSENTS.items()
        ],
        next_cursor=None,
    )


@router.get(
    "/v1/me/programs/{program_id}/fit",
    operation_id="my_fit_get",
    summary="Read how I fit a program",
    dependencies=_PERSON,
)
async def read_own_fit(program_id: UUID, call: Current) -> OwnFit:
    """Answers the caller's own fit, from all they have declared, and which parts the managers see as they do."""
    await _must_concern(call, program_id)
    employee_id = call.actor.person()
    persona = await repository.find_persona(call.session, program_id)
    criteria, terms = (persona.criteria, persona.terms) if persona is not None else ({}, {})
    employee = await employees.get_employee(call.session, employee_id)
    organization = await organizations.get_organization(call.session)
    today = rules.local_date(await db.now(call.session), employee.time_zone, default=organization.time_zone)
    _, said = await declarations.read(call.session, call.actor, settings=call.settings)
    shown = await declarations.shown_to_program(
        call.session, program_id, settings=call.settings, employee_ids=[employee_id]
    )
    own = score(
        rules.explain(criteria, employee, today=today, declared=declarations.as_declared(said)),
        terms,
    )
    seen = score(
        rules.explain(criteria, employee, today=today, declared=shown.get(employee_id, rules.NOTHING_DECLARED)), terms
    )
    live = await repository.list_consents(call.session, employee_id=employee_id, program_id=program_id)
    given = {consent.purpose for consent in live}
    return OwnFit(
        program_id=program_id,
        score=own.score,
        unknown=own.unknown,
        missed=own.missed,
        musts=own.musts,
        parts=[
            OwnPart(
                **CriterionRead.model_validate(part).model_dump(),
                is_shown=part.criterion not in _PURPOSES or _PURPOSES[part.criterion] in given,
            )
            for part in own.parts
        ],
        seen_by_managers=seen.score,
    )


async def _must_concern(call: Current, program_id: UUID) -> None:
    """Raise NotFound for a program that has nothing to do with the caller: they need not learn that there is one."""
    if not await recruitment.concerns(call.session, program_id=program_id, employee_id=call.actor.person()):
        raise NotFound(thing="program")


@router.get(
    "/v1/me/onboarding", operation_id="my_onboarding_list", summary="Read what stands before my first share",
    dependencies=_PERSON,
)  # fmt: skip
async def list_onboarding(
    call: Current, program_id: Annotated[UUID | None, Query(description="Only of this program.")] = None
) -> Listing[OnboardingRead]:
    """Lists the programs the caller is in or waits for, what is missing in each and what comes next."""
    found = [
        row
        for row in await repository.list_memberships(call.session, call.actor.person())
        if row.state in (*rules.MEMBER, AmbassadorState.WAITING) and program_id in (None, row.program_id)
    ]
    call.headers["Content-Language"] = call.language.value
    return Listing(data=[await _onboarding(call, row, call.language) for row in found], next_cursor=None)


@router.post(
    "/v1/me/onboarding/{program_id}/marks",
    operation_id="my_onboarding_mark",
    summary="Say that I have taken a step",
    dependencies=_PERSON,
)
async def mark_step(program_id: UUID, body: OnboardingMarkWrite, call: Current) -> OnboardingRead:
    """The caller chooses to share by hand, or has read the tips; said again, nothing changes."""
    ambassador = await service.mark_step(call.session, call.actor, program_id, Step(body.step))
    call.headers["Content-Language"] = call.language.value
    return await _onboarding(call, await advance(call.session, ambassador), call.language)


async def _onboarding(call: Current, ambassador: Ambassador, language: Language) -> OnboardingRead:
    facts = await read_facts(call.session, ambassador)
    intake = await repository.find_intake(call.session, ambassador.program_id)
    items = onboarding.checklist(intake, ambassador.state, facts)
    missing = [item.step for item in items if item.is_required and not item.is_done]
    values = {"program": str(ambassador.program_id), "modules": ", ".join(facts.missing_training)}
    names = await repository.name_programs(call.session, [ambassador.program_id])
    return OnboardingRead(
        program_id=ambassador.program_id,
        program_name=names[ambassador.program_id],
        state=ambassador.state,
        place=await repository.find_place(call.session, ambassador),
        steps=[
            StepRead(
                step=item.step,
                is_done=item.is_done,
                is_required=item.is_required,
                what_to_do=item.what_to_do.in_language(language, **values) if item.what_to_do else "",
            )
            for item in items
        ],
        missing=missing,
        next_step=missing[0] if missing else None,
    )
