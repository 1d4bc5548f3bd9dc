"""Policies: what binds a program, who has agreed, and what stands against a text."""

from __future__ import annotations

from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from services.core.kit.errors import FieldProblem
from services.core.kit.texts import Text
from services.core.policies import repository, rules
from services.core.policies.models import PolicyVersion
from services.core.policies.rules import RuleHit

__all__ = ["RuleHit", "as_problem", "check_text", "list_current_versions", "missing_acknowledgements"]


async def list_current_versions(session: AsyncSession, program_id: UUID) -> list[PolicyVersion]:
    """Published versions that bind a program: the organization's first, then the program's own."""
    return await repository.list_current_versions(session, program_id)


async def missing_acknowledgements(
    session: AsyncSession, *, program_id: UUID, employee_id: UUID
) -> list[PolicyVersion]:
    """Versions that bind a program and that this person has not agreed to."""
    versions = await repository.list_current_versions(session, program_id)
    agreed = await repository.list_acknowledged(
        session, employee_id=employee_id, version_ids=[version.id for version in versions]
    )
    return [version for version in versions if version.id not in agreed]


async def check_text(session: AsyncSession, *, program_id: UUID, text: str) -> list[RuleHit]:
    """Every place of a text that a rule of the organization or the program stands against."""
    hits: list[RuleHit] = []
    for version in await repository.list_current_versions(session, program_id):
        hits += rules.find_hits(text, version.rules, version_id=str(version.id))
    return hits


def as_problem(hit: RuleHit) -> FieldProblem:
    """A hit as part of a refusal."""
    return FieldProblem(
        "/text",
        hit.code,
        Text(
            en="“{phrase}” at {start}–{end}: {message}",
            he="„{phrase}” במקום {start}–{end}: {message}",
        ),
        {"phrase": hit.phrase, "start": hit.start, "end": hit.end, "message": next(iter(hit.messages.values()), "")},
    )
