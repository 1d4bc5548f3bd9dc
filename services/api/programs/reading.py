"""Programs' people and benefits as readers get them."""

from __future__ import annotations

from collections.abc import Sequence

from services.api.dependencies import Call
from services.core.employees import service as employees
from services.core.kit.texts import Language, pick
from services.core.plans.qualifying import Mine, Qualifying
from services.core.programs.commitments import SponsorCommitment
from services.core.programs.models import Benefit, Commitment, Responsibility
from services.core.programs.schemas import (
    BenefitListed,
    BenefitRead,
    CommitmentRead,
    ConditionRead,
    Eligibility,
    EligibleRead,
    MyBenefitRead,
    ResponsibilityRead,
)
from services.core.reports import rules as report_rules
from services.core.reports.numbers import Reason


async def read_responsibilities(call: Call, rows: Sequence[Responsibility]) -> list[ResponsibilityRead]:
    """Who answers for what, with who of them is employed at this moment."""
    employed = await employees.find_present_ids(call.session, {row.employee_id for row in rows})
    return [
        ResponsibilityRead(
            **row.model_dump(include=set(ResponsibilityRead.model_fields)),
            is_orphaned=row.employee_id not in employed,
        )
        for row in rows
    ]


def read_benefit(row: Benefit) -> BenefitRead:
    """A benefit as it is set."""
    return BenefitRead(
        **row.model_dump(include=set(BenefitRead.model_fields) - {"eligibility"}),
        eligibility=Eligibility.model_validate(
            {
                "active": row.must_be_active,
                **row.model_dump(include=set(Eligibility.model_fields) - {"active"}),
            }
        ),
    )


def list_benefit(row: Benefit, qualifying: Qualifying, *, k: int) -> BenefitListed:
    """A benefit with how many qualify, if that may be shown."""
    return BenefitListed(**read_benefit(row).model_dump(), eligible=read_eligible(qualifying, k=k))


def read_eligible(qualifying: Qualifying, *, k: int) -> EligibleRead:
    """How many qualify: in steps of the smallest group, and not at all where it would tell who shares.

    Whoever runs a program knows who meets what is no activity, so that those are the group that is told apart.
    """
    known = [qualifying.candidates, qualifying.members] if qualifying.is_of_activity else [qualifying.members]
    if qualifying.people and report_rules.tells_on_somebody(qualifying.people, of=known, k=k):
        return _hidden(qualifying)
    if qualifying.is_of_activity and qualifying.candidates and qualifying.people in (0, qualifying.candidates):
        # That nobody does tells on everybody, and that everybody does as well.
        return _hidden(qualifying)
    return EligibleRead(
        at_least=qualifying.people // k * k, of_members=qualifying.members, suppressed=False, reason=None
    )


def _hidden(qualifying: Qualifying) -> EligibleRead:
    return EligibleRead(
        at_least=None, of_members=qualifying.members, suppressed=True, reason=Reason.GROUP_TOO_SMALL.value
    )


def read_mine(mine: Mine, *, program_name: str, language: Language) -> MyBenefitRead:
    """A benefit for the person who asks, in their language as far as it is written in it."""
    benefit = mine.benefit
    spoken, title = pick(benefit.titles, language) or (language.value, "")
    described = pick(benefit.descriptions, language)
    return MyBenefitRead(
        benefit_id=benefit.id,
        program_id=benefit.program_id,
        program_name=program_name,
        kind=benefit.kind,
        language=Language(spoken),
        title=title,
        description=described[1] if described else None,
        qualifies=mine.qualifies,
        is_given_today=mine.is_given_today,
        conditions=[
            ConditionRead(
                condition=one.condition,
                is_met=one.is_met,
                wanted=one.wanted,
                found=one.found,
                words=one.in_language(language),
            )
            for one in mine.conditions
        ],
        valid_from=benefit.valid_from,
        valid_until=benefit.valid_until,
    )


def read_commitment(row: Commitment, said: SponsorCommitment) -> CommitmentRead:
    """A sponsor's word with the name and the words of who gave it."""
    return CommitmentRead(
        id=row.id,
        program_id=row.program_id,
        employee_id=row.employee_id,
        name=said.name,
        statement=said.statement,
        budget=row.budget,
        currency=row.currency,
        signed_at=said.signed_at,
        valid_until=row.valid_until,
        is_valid=said.is_valid,
    )
