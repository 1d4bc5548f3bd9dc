"""What a program offers to those who take part: written as a draft, opened to ambassadors, closed. Flushes only."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from services.core.audit import service as audit
from services.core.events import service as events
from services.core.kit.errors import FieldProblem, Invalid
from services.core.kit.texts import Text
from services.core.organizations.rules import Actor, Permission
from services.core.programs import repository
from services.core.programs.models import Benefit, BenefitState, Program
from services.core.programs.schemas import BenefitCreate, BenefitUpdate, Eligibility

_TEXTS = frozenset({"titles", "descriptions"})
#: What a benefit always has: null leaves it as it is.
_KEPT = frozenset({"state", "kind", "titles"})
_UNSPOKEN = Text(
    en="Ambassadors read it in each language of the programme: the title in {language} is missing.",
    he="ההטבה מוצגת בכל שפות התוכנית: חסרה הכותרת בשפה {language}.",
)
_NO_CURRENCY = Text(en="Say in which currency the amounts are, such as ILS.", he="יש לציין את מטבע הסכומים, למשל ILS.")
_WRONG_ORDER = Text(
    en="Let valid_until be the same day as valid_from, or a later one.",
    he="valid_until צריך להיות באותו יום כמו valid_from או אחריו.",
)
_HALF_A_RULE = Text(
    en="Give min_published_shares and published_within_days together, or neither.",
    he="יש לציין את min_published_shares ואת published_within_days יחד, או אף אחד מהם.",
)


async def create_benefit(session: AsyncSession, actor: Actor, program: Program, body: BenefitCreate) -> Benefit:
    """Add a benefit to a program's catalogue. The caller has made sure that its training module is there."""
    actor.require(Permission.PROGRAMS_WRITE, program_id=program.id)
    values = body.model_dump(exclude={"eligibility", "titles", "descriptions"})
    benefit = Benefit(
        organization_id=actor.tenant(),
        program_id=program.id,
        titles=_by_language(body.titles),
        descriptions=_by_language(body.descriptions),
        **values,
    )
    _set_rule(benefit, body.eligibility)
    _check(benefit, program)
    session.add(benefit)
    await session.flush()
    audit.record(
        session, actor=actor.name, action="benefit.create", subject=benefit, after=_recorded(body.model_dump())
    )
    _announce(session, benefit, before=None)
    return benefit


async def update_benefit(
    session: AsyncSession, actor: Actor, program: Program, benefit: Benefit, body: BenefitUpdate
) -> Benefit:
    """Change a benefit; what it was stays in the audit."""
    actor.require(Permission.PROGRAMS_WRITE, program_id=program.id)
    changes = {name: value for name, value in body.changes().items() if value is not None or name not in _KEPT}
    state = benefit.state
    before = {name: getattr(benefit, name) for name in changes if name != "eligibility"}
    for name, value in changes.items():
        if name == "eligibility":
            _set_rule(benefit, value or Eligibility())
        elif name in _TEXTS:
            setattr(benefit, name, _by_language(value or {}))
        else:
            setattr(benefit, name, value)
    _check(benefit, program)
    session.add(benefit)
    audit.record(
        session, actor=actor.name, action="benefit.update", subject=benefit, before=_recorded(before),
        after=_recorded(body.model_dump(exclude_unset=True)),
    )  # fmt: skip
    await session.flush()
    _announce(session, benefit, before=state)
    return benefit


async def delete_benefit(session: AsyncSession, actor: Actor, benefit: Benefit) -> None:
    """Take a benefit out of the catalogue for good."""
    actor.require(Permission.PROGRAMS_WRITE, program_id=benefit.program_id)
    audit.record(
        session, actor=actor.name, action="benefit.delete", subject=benefit,
        before={"kind": benefit.kind.value, "state": benefit.state.value},
    )  # fmt: skip
    await session.delete(benefit)
    await session.flush()


async def list_given(session: AsyncSession, program_ids: list[UUID], *, today: date) -> list[Benefit]:
    """What these programs give on a day or will later, for those who qualify."""
    if not program_ids:
        return []
    return [
        one
        for one in await repository.list_open_benefits(session, program_ids)
        if one.valid_until is None or today <= one.valid_until
    ]


def _set_rule(benefit: Benefit, rule: Eligibility) -> None:
    benefit.must_be_active = rule.active
    benefit.min_published_shares = rule.min_published_shares
    benefit.published_within_days = rule.published_within_days
    benefit.min_days_in_program = rule.min_days_in_program
    benefit.training_module_id = rule.training_module_id


def _check(benefit: Benefit, program: Program) -> None:
    problems = []
    if benefit.currency is None and (benefit.cost_per_person is not None or benefit.budget is not None):
        problems.append(FieldProblem("/currency", "missing", _NO_CURRENCY))
    if benefit.valid_from and benefit.valid_until and benefit.valid_until < benefit.valid_from:
        problems.append(FieldProblem("/valid_until", "before_valid_from", _WRONG_ORDER))
    if (benefit.min_published_shares is None) != (benefit.published_within_days is None):
        problems.append(FieldProblem("/eligibility", "incomplete", _HALF_A_RULE))
    if benefit.state is BenefitState.OPEN:
        problems += [
            FieldProblem(f"/titles/{language}", "missing", _UNSPOKEN, {"language": language})
            for language in program.languages
            if language not in benefit.titles
        ]
    if problems:
        raise Invalid(problems=problems)


def _announce(session: AsyncSession, benefit: Benefit, *, before: BenefitState | None) -> None:
    if benefit.state is BenefitState.OPEN and before is not BenefitState.OPEN:
        events.emit(session, "benefit.opened", benefit_id=benefit.id, program_id=benefit.program_id)


def _by_language(texts: Any) -> dict[str, str]:
    return {str(language): text for language, text in texts.items()}


def _recorded(values: dict[str, Any]) -> dict[str, Any]:
    return {name: "(text)" if name in _TEXTS else value for name, value in values.items()}
