"""Policies: what binds a program, who has agreed, and what stands against a text. Flushes, never commits."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from services.core.audit import service as audit
from services.core.events import service as events
from services.core.kit import db
from services.core.kit.errors import FieldProblem, NotFound
from services.core.kit.texts import Language, Text
from services.core.organizations import repository as organizations
from services.core.organizations.rules import Actor, Permission
from services.core.policies import repository, rules
from services.core.policies.errors import (
    NotADraft,
    NotCurrent,
    NothingPublished,
    NotInThisLanguage,
    OlderVersion,
    SameAuthor,
    TextsMissing,
)
from services.core.policies.models import Acknowledgement, Policy, PolicyVersion, VersionState
from services.core.policies.rules import RuleHit
from services.core.policies.schemas import AcknowledgementCreate, PolicyCreate, VersionCreate
from services.core.programs import repository as programs

__all__ = ["RuleHit", "as_problem", "check_text", "list_current_versions", "missing_acknowledgements"]

_TEXT_MISSING = Text(en="A text in this language is required to publish.", he="כדי לפרסם נדרש טקסט בשפה זו.")
_NOT_WRITTEN = Text(en="Use one of: {languages}.", he="יש להשתמש באחת מאלה: {languages}.")


async def create_policy(session: AsyncSession, actor: Actor, body: PolicyCreate) -> Policy:
    """Start a policy of a program or, by somebody with a say in all of it, of the organization."""
    if body.program_id is not None:
        await programs.get_program(session, body.program_id)
    actor.require(Permission.POLICIES_WRITE, program_id=body.program_id)
    policy = Policy(organization_id=actor.tenant(), **body.model_dump())
    session.add(policy)
    await session.flush()
    audit.record(
        session, actor=actor.name, action="policy.create", subject=policy, after={"program_id": policy.program_id}
    )
    return policy


async def create_version(session: AsyncSession, actor: Actor, policy_id: UUID, body: VersionCreate) -> PolicyVersion:
    """Write a new wording; it binds nobody before it is published."""
    policy = await repository.get_policy(session, policy_id, lock=True)
    actor.require(Permission.POLICIES_WRITE, program_id=policy.program_id)
    version = PolicyVersion(
        organization_id=actor.tenant(),
        policy_id=policy.id,
        number=await repository.next_number(session, policy.id),
        written_by=_hand_of(actor),
        **body.model_dump(mode="json"),
    )
    session.add(version)
    await session.flush()
    audit.record(
        session, actor=actor.name, action="policy_version.create", subject=version, after={"number": version.number}
    )
    return version


def may_see_drafts(actor: Actor, policy: Policy) -> bool:
    """Whether the caller writes or publishes this policy. What was published is for everybody it binds."""
    return any(
        actor.may(permission, program_id=policy.program_id)
        for permission in (Permission.POLICIES_WRITE, Permission.POLICIES_PUBLISH)
    )


async def read_version(session: AsyncSession, actor: Actor, policy_id: UUID, version_id: UUID) -> PolicyVersion:
    """One version; a draft only for those who write or publish. Raise NotFound."""
    policy = await repository.get_policy(session, policy_id)
    version = await repository.find_version(session, policy_id, version_id)
    if version is None or (version.state is VersionState.DRAFT and not may_see_drafts(actor, policy)):
        raise NotFound(thing="policy version")
    return version


async def publish(session: AsyncSession, actor: Actor, policy_id: UUID, version_id: UUID) -> PolicyVersion:
    """Put a draft into force in place of the version before, which asks everybody again.

    Raises NotFound, NotADraft, SameAuthor, OlderVersion and TextsMissing.
    """
    policy = await repository.get_policy(session, policy_id, lock=True)
    actor.require(Permission.POLICIES_PUBLISH, program_id=policy.program_id)
    version = await repository.find_version(session, policy_id, version_id)
    if version is None:
        raise NotFound(thing="policy version")
    if version.state is not VersionState.DRAFT:
        raise NotADraft(state=version.state.value)
    if version.written_by in (actor.employee_id, actor.key_id):
        raise SameAuthor()
    previous = await repository.find_published(session, policy_id)
    if previous is not None and previous.number > version.number:
        raise OlderVersion(current=previous.number)
    missing = [tag for tag in await _languages_needed(session, policy) if tag not in version.texts]
    if missing:
        raise TextsMissing(
            languages=", ".join(missing),
            problems=[FieldProblem(f"/texts/{tag}", "missing", _TEXT_MISSING) for tag in missing],
        )
    if previous is not None:
        previous.state = VersionState.SUPERSEDED
        session.add(previous)
    version.state = VersionState.PUBLISHED
    version.published_by = _hand_of(actor)
    version.published_at = await db.now(session)
    session.add(version)
    await session.flush()
    audit.record(
        session, actor=actor.name, action="policy_version.publish", subject=version,
        before={"published": previous.id if previous else None}, after={"number": version.number},
    )  # fmt: skip
    events.emit(
        session, "policy.published", policy_id=policy.id, policy_version_id=version.id, program_id=policy.program_id
    )
    return version


async def acknowledge(
    session: AsyncSession, actor: Actor, policy_id: UUID, body: AcknowledgementCreate
) -> tuple[Policy, Acknowledgement]:
    """Keep the caller's agreement to the version in force; the same again answers the first one.

    Raises NotAPerson, NotFound, NothingPublished, NotCurrent and NotInThisLanguage.
    """
    employee_id = actor.person()
    # The lock keeps a version from being replaced between the look and the agreement.
    policy = await repository.get_policy(session, policy_id, lock=True)
    current = await repository.find_published(session, policy_id)
    if current is None:
        raise NothingPublished()
    if current.id != body.version_id:
        raise NotCurrent(current=current.id)
    if body.language.value not in current.texts:
        known = ", ".join(sorted(current.texts))
        raise NotInThisLanguage(
            languages=known,
            problems=[FieldProblem("/language", "unknown_value", _NOT_WRITTEN, {"languages": known})],
        )
    kept = await repository.keep_acknowledgement(
        session, version_id=current.id, employee_id=employee_id, language=body.language
    )
    return policy, kept


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


async def check_text(
    session: AsyncSession, *, program_id: UUID, text: str, at: datetime | None = None
) -> list[RuleHit]:
    """Every place of a text that a rule of the organization or the program stands against.

    ``at`` is when it would be out, which decides whether an embargo is over by then; without it, now.
    """
    versions = await repository.list_current_versions(session, program_id)
    return find_hits_in(versions, text, at=at or await db.now(session))


def find_hits_in(versions: Iterable[PolicyVersion], text: str, *, at: datetime) -> list[RuleHit]:
    """``check_text`` for who has read the versions that bind already; ``at`` is when the text would be out."""
    return rules.find_hits(text, [rules.VersionRules(str(version.id), version.rules) for version in versions], at=at)


def as_problem(hit: RuleHit) -> FieldProblem:
    """A hit as part of a refusal."""
    return FieldProblem(
        "/text" if hit.until is None else "/scheduled_local",
        hit.code,
        Text(
            en="“{phrase}” at {start}–{end}: {message_en} {todo_en}",
            he="„{phrase}” במקום {start}–{end}: {message_he} {todo_he}",
        ),
        {
            "phrase": hit.phrase,
            "start": hit.start,
            "end": hit.end,
            "message_en": hit.message_in(Language.EN),
            "message_he": hit.message_in(Language.HE),
            "todo_en": hit.what_to_do_in(Language.EN),
            "todo_he": hit.what_to_do_in(Language.HE),
        },
    )


def _hand_of(actor: Actor) -> UUID:
    """Who wrote or published: the person whatever key they use, else the service's key."""
    hand = actor.employee_id or actor.key_id
    if hand is None:
        raise ValueError("a version is written by a person or a key")
    return hand


async def _languages_needed(session: AsyncSession, policy: Policy) -> list[str]:
    """The languages of those whom a policy binds."""
    if policy.program_id is None:
        organization = await organizations.get_organization(session)
        return sorted({Language.EN.value, organization.default_language.value})
    program = await programs.get_program(session, policy.program_id)
    return sorted({program.default_language.value, *program.languages})
