"""Policies: what binds a program, who has agreed, and what stands against a text. Flushes, never commits."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import orjson
from sqlmodel.ext.asyncio.session import AsyncSession

from services.core.audit import service as audit
from services.core.events import service as events
from services.core.kit import db
from services.core.kit.errors import FieldProblem, NotFound
from services.core.kit.texts import Language, Text
from services.core.organizations import repository as organizations
from services.core.organizations.rules import Actor, Permission
from services.core.policies import approvals, changes, repository, rules, timeline
from services.core.policies.errors import (
    DateNotInTheFuture,
    NotADraft,
    NotCurrent,
    NothingPublished,
    NotInForce,
    NotInThisLanguage,
    OlderVersion,
    SameAuthor,
    TextsMissing,
)
from services.core.policies.models import Acknowledgement, Policy, PolicyVersion, VersionState
from services.core.policies.names import STATE_NAMES
from services.core.policies.rules import PolicyLevel, RuleAction, RuleHit
from services.core.policies.schemas import AcknowledgementCreate, PolicyCreate, VersionCreate
from services.core.policies.timeline import BindingRules
from services.core.programs import repository as programs

__all__ = [
    "BindingRules",
    "RuleAction",
    "RuleHit",
    "as_problem",
    "check_text",
    "list_rules",
    "missing_acknowledgements",
]

_TEXT_MISSING = Text(en="A text in this language is required to publish.", he="כדי לפרסם נדרש טקסט בשפה זו.")
_NOT_WRITTEN = Text(en="Use one of: {languages}.", he="יש להשתמש באחת מאלה: {languages}.")

#: Ambassadors are told of a version so long before it takes effect.
TELL_BEFORE = timedelta(days=3)


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


async def read_version(session: AsyncSession, actor: Actor, policy_id: UUID, version_id: UUID) -> PolicyVersion:
    """One version; a draft only for those who write, approve or publish. Raise NotFound."""
    policy = await repository.get_policy(session, policy_id)
    version = await repository.find_version(session, policy_id, version_id)
    is_hidden = version is None or version.state is VersionState.DRAFT
    if version is None or (is_hidden and not await approvals.may_see_drafts(session, actor, policy)):
        raise NotFound(thing="policy version")
    return version


async def publish(
    session: AsyncSession,
    actor: Actor,
    policy_id: UUID,
    version_id: UUID,
    *,
    effective_from: datetime | None = None,
) -> PolicyVersion:
    """Put an approved draft into force, now or from a later moment on; the version before binds until then.

    Raises NotFound, NotADraft, SameAuthor, DateNotInTheFuture, OlderVersion, TextsMissing, VersionRefused and
    ApprovalsMissing.
    """
    policy = await repository.get_policy(session, policy_id, lock=True)
    actor.require(Permission.POLICIES_PUBLISH, program_id=policy.program_id)
    version = await repository.find_version(session, policy_id, version_id)
    if version is None:
        raise NotFound(thing="policy version")
    if version.state is not VersionState.DRAFT:
        raise NotADraft(state=STATE_NAMES[version.state])
    if version.written_by in (actor.employee_id, actor.key_id):
        raise SameAuthor()
    now = await db.now(session)
    if effective_from is not None and effective_from <= now:
        problem = FieldProblem("/effective_from", DateNotInTheFuture.code, DateNotInTheFuture.detail)
        raise DateNotInTheFuture(problems=[problem])
    begins = effective_from or now
    published = await repository.list_published(session, policy_id)
    newer = [one for one in published if one.number > version.number and timeline.has_begun(one, at=begins)]
    if newer:
        raise OlderVersion(current=newer[-1].number)
    missing = [tag for tag in await _languages_needed(session, policy) if tag not in version.texts]
    if missing:
        raise TextsMissing(
            languages=", ".join(missing),
            problems=[FieldProblem(f"/texts/{tag}", "missing", _TEXT_MISSING) for tag in missing],
        )
    standings = await approvals.must_be_approved(session, policy, version)
    version.state = VersionState.PUBLISHED if effective_from is None else VersionState.SCHEDULED
    version.published_by = _hand_of(actor)
    version.published_at = now
    version.effective_from = begins
    version.due_at = max(now, begins - TELL_BEFORE)
    session.add(version)
    await session.flush()
    previous = await repository.find_published(session, policy_id, at=begins - timedelta(microseconds=1))
    if effective_from is None:
        await supersede_overtaken(session, version)
    audit.record(
        session, actor=actor.name, action="policy_version.publish", subject=version,
        before={"published": previous.id if previous else None},
        after={
            "number": version.number,
            "effective_from": begins,
            "approved_by": {one.function.value: one.answer.employee_id for one in standings if one.answer},
        },
    )  # fmt: skip
    events.emit(
        session, "policy.published", policy_id=policy.id, policy_version_id=version.id, program_id=policy.program_id,
        effective_from=begins.isoformat(),
    )  # fmt: skip
    return version


async def supersede_overtaken(session: AsyncSession, version: PolicyVersion) -> None:
    """Note on the versions before that this one, in force by now, has taken their place."""
    for one in await repository.list_overtaken(session, version):
        one.state = VersionState.SUPERSEDED
        one.due_at = None
        session.add(one)
    await session.flush()


async def arrive(session: AsyncSession, version_id: UUID) -> bool:
    """A version's moment has come, in the words of events and of the rows before it; answer whether it has.

    It binds from its moment on however late this is. Until then, it is looked at again when it comes.
    """
    version = await repository.get_any_version(session, version_id, lock=True)
    if version.due_at is None or version.effective_from is None:
        return False
    if version.effective_from > await db.now(session):
        version.due_at = version.effective_from
        session.add(version)
        return False
    version.due_at = None
    was_scheduled = version.state is VersionState.SCHEDULED
    if was_scheduled:
        version.state = VersionState.PUBLISHED
        await supersede_overtaken(session, version)
        events.emit(session, "policy.effective", policy_id=version.policy_id, policy_version_id=version.id)
    session.add(version)
    await session.flush()
    return was_scheduled


async def acknowledge(
    session: AsyncSession, actor: Actor, policy_id: UUID, body: AcknowledgementCreate
) -> tuple[Policy, Acknowledgement]:
    """Keep the caller's agreement to the version in force, or to one that comes; again answers the first one.

    Raises NotAPerson, NotFound, NothingPublished, NotCurrent and NotInThisLanguage.
    """
    employee_id = actor.person()
    # The lock keeps a version from being replaced between the look and the agreement.
    policy = await repository.get_policy(session, policy_id, lock=True)
    version = await _open_to_answers(session, policy_id, body.version_id)
    if body.language.value not in version.texts:
        known = ", ".join(sorted(version.texts))
        raise NotInThisLanguage(
            languages=known,
            problems=[FieldProblem("/language", "unknown_value", _NOT_WRITTEN, {"languages": known})],
        )
    await repository.drop_refusal(session, version_id=version.id, employee_id=employee_id)
    kept = await repository.keep_acknowledgement(
        session, version_id=version.id, employee_id=employee_id, language=body.language
    )
    return policy, kept


async def refuse(session: AsyncSession, actor: Actor, policy_id: UUID, version_id: UUID) -> None:
    """The caller does not agree: nobody is told, and nothing reminds them. They may agree later.

    Raises NotAPerson, NotFound, NothingPublished and NotCurrent.
    """
    employee_id = actor.person()
    await repository.get_policy(session, policy_id, lock=True)
    version = await _open_to_answers(session, policy_id, version_id)
    await repository.keep_refusal(session, version_id=version.id, employee_id=employee_id)


async def _open_to_answers(session: AsyncSession, policy_id: UUID, version_id: UUID) -> PolicyVersion:
    """A version that people are asked about: the one in force, or one to come."""
    open_ones = await repository.list_from_now(session, policy_id)
    if not open_ones:
        raise NothingPublished()
    for version in open_ones:
        if version.id == version_id:
            return version
    raise NotCurrent(current=open_ones[0].id)


async def list_current_versions(session: AsyncSession, program_id: UUID) -> list[PolicyVersion]:
    """Versions that bind a program now: the organization's first, then the program's own."""
    return await repository.list_current_versions(session, program_id)


async def list_rules(session: AsyncSession, program_id: UUID | None) -> list[BindingRules]:
    """The rules that bind a program, of now and to come: ``find_hits_in`` takes those of a moment. One statement."""
    return await repository.list_rules(session, program_id)


async def missing_acknowledgements(
    session: AsyncSession, *, program_id: UUID, employee_id: UUID
) -> list[PolicyVersion]:
    """Versions that bind a program now and that this person has not agreed to."""
    versions = await repository.list_current_versions(session, program_id)
    agreed = await repository.list_acknowledged(
        session, employee_id=employee_id, version_ids=[version.id for version in versions]
    )
    return [version for version in versions if version.id not in agreed]


async def must_be_in_force(session: AsyncSession, program_id: UUID) -> None:
    """Raise NotInForce for a program whose policies are all drafts, or begin later: nothing goes out under a draft."""
    if await repository.list_current_versions(session, program_id):
        return
    if not await repository.list_binding_policies(session, [program_id]):
        return
    coming = [one.effective_from for one in await repository.list_rules(session, program_id) if one.effective_from]
    when = f"{min(coming):%Y-%m-%d %H:%M} UTC" if coming else ""
    raise NotInForce(
        from_en=f" before {when}" if when else "",
        from_he=f" לפני {when}" if when else "",
    )


async def check_text(
    session: AsyncSession,
    *,
    program_id: UUID | None,
    text: str,
    at: datetime | None = None,
    network: str | None = None,
    language: Language | None = None,
    own_hosts: Collection[str] = (),
) -> list[RuleHit]:
    """Every place of a text that a rule of the organization or the program stands against.

    ``at`` is when it would be out, which decides which versions bind and whether an embargo is over by then; without
    it, and for a moment that has passed, now. ``network`` and ``language`` are the text's.
    """
    now = await db.now(session)
    return find_hits_in(
        await repository.list_rules(session, program_id), text,
        at=max(at or now, now), network=network, language=language, own_hosts=own_hosts,
    )  # fmt: skip


def find_hits_in(
    versions: Iterable[BindingRules],
    text: str,
    *,
    at: datetime,
    network: str | None = None,
    language: Language | None = None,
    own_hosts: Collection[str] = (),
) -> list[RuleHit]:
    """``check_text`` for who has read the rules already (``list_rules``); ``at`` is when the text would be out."""
    return rules.find_hits(
        text,
        [
            rules.VersionRules(str(version.id), version.rules, level=PolicyLevel(version.level))
            for version in timeline.binding(versions, at=at)
        ],
        at=at,
        network=network,
        language=language,
        own_hosts=own_hosts,
    )


def stops(hits: Iterable[RuleHit]) -> list[RuleHit]:
    """The hits that a text cannot go out with; embargoes among them end."""
    return [hit for hit in hits if hit.action is RuleAction.STOP]


def reviews(hits: Iterable[RuleHit]) -> list[RuleHit]:
    """The hits that an editor has to look at first."""
    return [hit for hit in hits if hit.action is RuleAction.REVIEW]


def rule_keys(versions: Iterable[BindingRules], hits: Iterable[RuleHit]) -> list[str]:
    """Names of the rules that were hit, the same in every version that has them word for word.

    What an editor has let pass stays passed when a new version leaves the rule as it was.
    """
    by_id = {str(version.id): version for version in versions}
    found = set()
    for hit in hits:
        version = by_id[hit.policy_version_id]
        rule = {name: value for name, value in version.rules[hit.rule_index].items() if name != "message"}
        whole = orjson.dumps([str(version.policy_id), rule], option=orjson.OPT_SORT_KEYS)
        found.add(hashlib.sha256(whole).hexdigest()[:32])
    return sorted(found)


def unread(versions: Sequence[BindingRules], hits: Iterable[RuleHit], read: Collection[str] | None) -> list[RuleHit]:
    """The review hits whose rules no editor has read the text for (``rule_keys``)."""
    return [hit for hit in reviews(hits) if rule_keys(versions, [hit])[0] not in (read or ())]


@dataclass(frozen=True)
class Mine:
    """A policy that binds a person: what is in force, what comes, and what they have agreed to."""

    policy: Policy
    current: PolicyVersion | None
    coming: PolicyVersion | None
    agreed: dict[UUID, Acknowledgement]
    #: What is new in what they have to read, against what they agreed to last.
    asked: PolicyVersion | None
    against: PolicyVersion | None
    changes: changes.Changes | None


async def list_mine(session: AsyncSession, *, employee_id: UUID, program_ids: Sequence[UUID]) -> list[Mine]:
    """Every policy that binds a person in these programs, the organization's first; those never published left out."""
    found = await repository.list_binding_policies(session, program_ids)
    agreed = await repository.map_acknowledged(
        session, employee_id=employee_id, policy_ids=[policy.id for policy in found]
    )
    now = await db.now(session)
    mine = []
    for policy in found:
        open_ones = await repository.list_from_now(session, policy.id)
        if not open_ones:
            continue
        begun = [one for one in open_ones if timeline.has_begun(one, at=now)]
        current = begun[-1] if begun else None
        coming = next((one for one in open_ones if not timeline.has_begun(one, at=now)), None)
        own = agreed.get(policy.id, {})
        asked = next((one for one in (current, coming) if one is not None and one.id not in own), None)
        against = changed = None
        if asked is not None:
            older = [
                version
                for version_id in own
                if (version := await repository.find_version(session, policy.id, version_id)) is not None
                and version.number < asked.number
            ]
            against = max(older, key=lambda version: version.number, default=None)
        if asked is not None and against is not None:
            changed = compare(against, asked)
        mine.append(Mine(policy, current, coming, own, asked, against, changed))
    return mine


def compare(old: PolicyVersion | None, new: PolicyVersion) -> changes.Changes:
    """What is new in a version against another; against nothing, all of it."""
    if old is None:
        return changes.compare({}, [], new.texts, new.rules)
    return changes.compare(old.texts, old.rules, new.texts, new.rules)


def as_problem(hit: RuleHit) -> FieldProblem:
    """A hit as part of a refusal."""
    return FieldProblem(
        "/text" if hit.until is None else "/scheduled_local",
        hit.code,
        _HIT if hit.end > hit.start else _HIT_MISSING,
        {
            "phrase": hit.found or hit.phrase,
            "start": hit.start,
            "end": hit.end,
            "level_en": _LEVELS[hit.level or PolicyLevel.ORGANIZATION].en,
            "level_he": _LEVELS[hit.level or PolicyLevel.ORGANIZATION].he,
            "message_en": hit.message_in(Language.EN),
            "message_he": hit.message_in(Language.HE),
            "todo_en": hit.what_to_do_in(Language.EN),
            "todo_he": hit.what_to_do_in(Language.HE),
        },
    )


_HIT = Text(
    en="“{phrase}” at {start}–{end} ({level_en}): {message_en} {todo_en}",
    he="„{phrase}” במקום {start}–{end} ({level_he}): {message_he} {todo_he}",
)
_HIT_MISSING = Text(en="{level_en}: {message_en} {todo_en}", he="{level_he}: {message_he} {todo_he}")
_LEVELS = {
    PolicyLevel.ORGANIZATION: Text(en="a rule of the organization", he="כלל של הארגון"),
    PolicyLevel.PROGRAM: Text(en="a rule of the program", he="כלל של התוכנית"),
}


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
