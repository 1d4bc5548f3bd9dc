"""Who has to approve a version before it may be published, and what they said about its exact wording."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

import orjson
from sqlmodel.ext.asyncio.session import AsyncSession

from services.core.audit import service as audit
from services.core.employees import repository as employees
from services.core.employees.service import PRESENT
from services.core.events import service as events
from services.core.kit.errors import FieldProblem, NotFound
from services.core.kit.texts import Language, Text
from services.core.organizations.rules import Actor, Permission
from services.core.policies import repository
from services.core.policies.errors import (
    ApprovalsMissing,
    BothFunctions,
    FunctionNotHeld,
    FunctionNotSaid,
    NotADraft,
    OtherWording,
    OwnVersion,
    ProgramNamesHolders,
    VersionRefused,
)
from services.core.policies.models import (
    ApprovalDecision,
    Policy,
    PolicyApproval,
    PolicyApprover,
    PolicyVersion,
    VersionState,
)
from services.core.policies.names import STATE_NAMES
from services.core.policies.schemas import ApprovalCreate, ApprovalRulesWrite
from services.core.programs import repository as programs
from services.core.programs.models import Function

#: A version needs the yes of each: who answers for the policy (marketing communications), and the spokesperson.
FUNCTIONS = (Function.POLICY, Function.SPOKESPERSON)

FUNCTION_NAMES: dict[Function, Text] = {
    Function.POLICY: Text(en="policy owner", he="אחריות על המדיניות"),
    Function.SPOKESPERSON: Text(en="spokesperson", he="דוברות"),
}
_NOBODY_IN_PROGRAM = Text(
    en="nobody holds it; name somebody with POST /v1/programs/{program_id}/responsibilities",
    he="איש אינו ממלא תפקיד זה; יש למנות באמצעות POST /v1/programs/{program_id}/responsibilities",
)
_NOBODY_NAMED = Text(
    en="nobody is named; name somebody with PUT /v1/policies/{policy_id}/approval-rules",
    he="איש לא מונה; יש למנות באמצעות PUT /v1/policies/{policy_id}/approval-rules",
)
_ONLY_THE_AUTHOR = Text(
    en="{names}, who wrote this version and so cannot approve it; name somebody else too",
    he="{names}, שכתבו את הגרסה ולכן אינם יכולים לאשר אותה; יש למנות גם אדם אחר",
)
_MISSING = Text(
    en="{function} has not approved yet. Who can: {who}.",
    he="חסר אישור מטעם {function}. מי שיכולים לאשר: {who}.",
)


class StandingState(StrEnum):
    """Where a function stands with a version."""

    MISSING = "missing"
    APPROVED = "approved"
    REFUSED = "refused"


@dataclass(frozen=True)
class Holder:
    """A person who answers for a function, and is there."""

    employee_id: UUID
    name: str


@dataclass(frozen=True)
class Standing:
    """One function: who holds it, and the answer that counts."""

    function: Function
    holders: tuple[Holder, ...]
    state: StandingState
    answer: PolicyApproval | None


def content_hash(version: PolicyVersion) -> bytes:
    """SHA-256 of a version's exact wording: its texts and rules, and whose version it is."""
    document = {
        "policy_id": str(version.policy_id),
        "number": version.number,
        "texts": version.texts,
        "rules": version.rules,
    }
    return hashlib.sha256(orjson.dumps(document, option=orjson.OPT_SORT_KEYS)).digest()


async def holders_of(session: AsyncSession, policy: Policy) -> dict[Function, tuple[Holder, ...]]:
    """Who answers for each function of a policy: the program's responsibilities, or who is named for everybody's."""
    rows: Sequence[tuple[Function, UUID]]
    if policy.program_id is None:
        rows = [(one.function, one.employee_id) for one in await repository.list_approvers(session, policy.id)]
    else:
        held = await programs.list_responsibilities(session, policy.program_id)
        rows = [(one.function, one.employee_id) for one in held]
    people = {
        one.id: one
        for one in await employees.list_by_ids(session, [employee_id for _, employee_id in rows])
        if one.status in PRESENT
    }
    return {
        wanted: tuple(
            Holder(employee_id, people[employee_id].display_name)
            for function, employee_id in rows
            if function is wanted and employee_id in people
        )
        for wanted in FUNCTIONS
    }


def standings_of(
    holders: dict[Function, tuple[Holder, ...]], given: Sequence[PolicyApproval], *, wording: bytes
) -> list[Standing]:
    """Where each function stands. A person's last answer counts, and one no outweighs a colleague's yes."""
    found = []
    for function in FUNCTIONS:
        last = {one.employee_id: one for one in given if one.function is function and one.content_hash == wording}
        answers = sorted(last.values(), key=lambda one: one.decision is not ApprovalDecision.REFUSED)
        state = StandingState(answers[0].decision.value) if answers else StandingState.MISSING
        found.append(Standing(function, holders[function], state, answers[0] if answers else None))
    return found


async def list_standings(session: AsyncSession, policy: Policy, version: PolicyVersion) -> list[Standing]:
    """Where each function stands with a version."""
    return standings_of(
        await holders_of(session, policy),
        await repository.list_approvals(session, version.id),
        wording=content_hash(version),
    )


async def may_see_drafts(session: AsyncSession, actor: Actor, policy: Policy) -> bool:
    """Whether the caller writes, publishes or approves this policy. What was published is for all whom it binds."""
    if any(
        actor.may(permission, program_id=policy.program_id)
        for permission in (Permission.POLICIES_WRITE, Permission.POLICIES_PUBLISH)
    ):
        return True
    if actor.employee_id is None:
        return False
    held = await holders_of(session, policy)
    return any(one.employee_id == actor.employee_id for people in held.values() for one in people)


async def answer(
    session: AsyncSession, actor: Actor, policy_id: UUID, version_id: UUID, body: ApprovalCreate
) -> tuple[PolicyVersion, PolicyApproval]:
    """A holder's yes or no, in person, to the exact wording they have read.

    Raises NotAPerson, NotFound, FunctionNotHeld, FunctionNotSaid, NotADraft, OwnVersion, OtherWording, BothFunctions.
    """
    employee_id = actor.person()
    policy = await repository.get_policy(session, policy_id, lock=True)
    version = await repository.find_version(session, policy_id, version_id)
    if version is None or not await may_see_drafts(session, actor, policy):
        raise NotFound(thing="policy version")
    holders = await holders_of(session, policy)
    function = _function_of(policy, holders, employee_id, body.function)
    if version.state is not VersionState.DRAFT:
        raise NotADraft(state=STATE_NAMES[version.state])
    if version.written_by in (employee_id, actor.key_id):
        raise OwnVersion()
    wording = content_hash(version)
    if body.content_hash.lower() != wording.hex():
        raise OtherWording()
    given = await repository.list_approvals(session, version.id)
    if body.decision is ApprovalDecision.APPROVED and not _may_hold_both(policy, holders, employee_id):
        others = {one.function: one.decision for one in given if one.employee_id == employee_id}
        if any(decision is ApprovalDecision.APPROVED for other, decision in others.items() if other is not function):
            raise BothFunctions(policy_id=policy.id)
    kept = PolicyApproval(
        organization_id=actor.tenant(),
        version_id=version.id,
        function=function,
        employee_id=employee_id,
        decision=body.decision,
        reason=body.reason,
        content_hash=wording,
    )
    session.add(kept)
    await session.flush()
    audit.record(
        session, actor=actor.name, action=f"policy_version.{'approve' if _is_yes(kept) else 'refuse'}",
        subject=version, after={"function": function.value, "content_hash": wording.hex()},
    )  # fmt: skip
    events.emit(
        session, f"policy_version.{body.decision.value}", policy_id=policy.id, policy_version_id=version.id,
        function=function.value,
    )  # fmt: skip
    return version, kept


def _is_yes(given: PolicyApproval) -> bool:
    return given.decision is ApprovalDecision.APPROVED


def _function_of(
    policy: Policy, holders: dict[Function, tuple[Holder, ...]], employee_id: UUID, wanted: Function | None
) -> Function:
    own = [function for function in FUNCTIONS if any(one.employee_id == employee_id for one in holders[function])]
    if wanted is None and len(own) > 1:
        raise FunctionNotSaid(problems=[FieldProblem("/function", "missing", FunctionNotSaid.detail)])
    if not own or (wanted is not None and wanted not in own):
        values = {
            f"who_{language.value}": "; ".join(
                f"{FUNCTION_NAMES[function].in_language(language)}: {_who(policy, holders[function], None, language)}"
                for function in FUNCTIONS
            )
            for language in Language
        }
        raise FunctionNotHeld(who_en=values["who_en"], who_he=values["who_he"])
    return wanted or own[0]


def _may_hold_both(policy: Policy, holders: dict[Function, tuple[Holder, ...]], employee_id: UUID) -> bool:
    alone = all({one.employee_id for one in holders[function]} == {employee_id} for function in FUNCTIONS)
    return alone and policy.one_person_for_both


async def must_be_approved(session: AsyncSession, policy: Policy, version: PolicyVersion) -> list[Standing]:
    """Raise VersionRefused or ApprovalsMissing, naming functions and holders, unless every function has approved."""
    standings = await list_standings(session, policy, version)
    for one in standings:
        if one.state is StandingState.REFUSED and one.answer is not None:
            names = {holder.employee_id: holder.name for holder in one.holders}
            raise VersionRefused(
                function_en=FUNCTION_NAMES[one.function].en, function_he=FUNCTION_NAMES[one.function].he,
                name=names.get(one.answer.employee_id, "–"), reason=one.answer.reason or "–",
            )  # fmt: skip
    missing = [one for one in standings if one.state is StandingState.MISSING]
    if missing:
        raise ApprovalsMissing(
            policy_id=policy.id,
            version_id=version.id,
            problems=[
                FieldProblem(
                    f"/approvals/{one.function.value}",
                    "approval_missing",
                    Text(
                        en=_MISSING.en.format(function=FUNCTION_NAMES[one.function].en, who="{who_en}"),
                        he=_MISSING.he.format(function=FUNCTION_NAMES[one.function].he, who="{who_he}"),
                    ),
                    {f"who_{tag.value}": _who(policy, one.holders, version.written_by, tag) for tag in Language},
                )
                for one in missing
            ],
            **{
                f"missing_{tag.value}": "; ".join(
                    f"{FUNCTION_NAMES[one.function].in_language(tag)} "
                    f"({_who(policy, one.holders, version.written_by, tag)})"
                    for one in missing
                )
                for tag in Language
            },
        )
    return standings


def _who(policy: Policy, holders: Collection[Holder], author: UUID | None, language: Language) -> str:
    if not holders:
        if policy.program_id is None:
            return _NOBODY_NAMED.in_language(language, policy_id=policy.id)
        return _NOBODY_IN_PROGRAM.in_language(language, program_id=policy.program_id)
    names = ", ".join(one.name for one in holders)
    if all(one.employee_id == author for one in holders):
        return _ONLY_THE_AUTHOR.in_language(language, names=names)
    return names


async def put_rules(session: AsyncSession, actor: Actor, policy: Policy, body: ApprovalRulesWrite) -> None:
    """Say who approves everybody's policy, and whether one person may do it for both functions.

    Raises NotAllowed, ProgramNamesHolders for people named beside a program's responsibilities, NotFound.
    """
    actor.require(Permission.ORGANIZATION_WRITE)
    if policy.program_id is not None and body.approvers:
        raise ProgramNamesHolders(program_id=policy.program_id)
    known = {one.id for one in await employees.list_by_ids(session, [one.employee_id for one in body.approvers])}
    if any(one.employee_id not in known for one in body.approvers):
        raise NotFound(thing="employee")
    before = await repository.list_approvers(session, policy.id)
    recorded = {"approvers": [[one.function.value, one.employee_id] for one in before]}
    for row in before:
        await session.delete(row)
    await session.flush()
    wanted = dict.fromkeys((one.function, one.employee_id) for one in body.approvers)
    for function, employee_id in wanted:
        session.add(
            PolicyApprover(
                organization_id=policy.organization_id, policy_id=policy.id, function=Function(function),
                employee_id=employee_id,
            )
        )  # fmt: skip
    audit.record(
        session, actor=actor.name, action="policy.approval_rules", subject=policy,
        before={**recorded, "one_person_for_both": policy.one_person_for_both},
        after={
            "approvers": [[function, employee_id] for function, employee_id in wanted],
            "one_person_for_both": body.one_person_for_both,
        },
    )  # fmt: skip
    policy.one_person_for_both = body.one_person_for_both
    session.add(policy)
    await session.flush()
