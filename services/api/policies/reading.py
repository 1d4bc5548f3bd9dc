"""How policies, versions, approvals, changes and hits are answered."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from uuid import UUID

from services.api.dependencies import Call
from services.core.kit import db
from services.core.kit.texts import Language
from services.core.policies import approvals, changes, repository, service, timeline
from services.core.policies.approvals import FUNCTION_NAMES, Holder, StandingState
from services.core.policies.models import Policy, PolicyApproval, PolicyVersion
from services.core.policies.rule_schemas import read_hit
from services.core.policies.rules import RuleHit
from services.core.policies.schemas import (
    ApprovalRead,
    ApprovalRulesRead,
    ApprovalsRead,
    ChangesRead,
    FunctionRead,
    HolderRead,
    LinesChanged,
    PolicyHit,
    PolicyRead,
    RewordedRead,
    RuleChange,
    StandingRead,
    TextChanges,
    VersionRead,
)


async def read_policies(call: Call, rows: Sequence[Policy]) -> list[PolicyRead]:
    """Policies with their versions in force, and the next ones."""
    current = await repository.map_published(call.session, [row.id for row in rows])
    coming = await repository.map_coming(call.session, [row.id for row in rows])
    found = []
    for row in rows:
        after = coming.get(row.id)
        found.append(
            PolicyRead.model_validate(row).model_copy(
                update={
                    "current_version_id": current.get(row.id),
                    "next_version_id": after[0] if after else None,
                    "next_effective_from": after[1] if after else None,
                }
            )
        )
    return found


async def read_version(call: Call, version: PolicyVersion) -> VersionRead:
    """One version, with its ETag."""
    call.answers(version)
    return (await read_versions(call, version.policy_id, [version]))[0]


async def read_versions(call: Call, policy_id: UUID, rows: Sequence[PolicyVersion]) -> list[VersionRead]:
    """Versions of one policy, and what each is now."""
    published = await repository.list_published(call.session, policy_id)
    now = await db.now(call.session)
    found = []
    for row in rows:
        span = timeline.span_of(row.id, published, at=now)
        found.append(
            VersionRead.model_validate(
                {
                    **row.model_dump(),
                    "state": span.state,
                    "content_hash": approvals.content_hash(row).hex(),
                    "effective_until": span.until,
                }
            )
        )
    return found


def read_answer(given: PolicyApproval) -> ApprovalRead:
    """One answer of a function's holder."""
    return ApprovalRead.model_validate({**given.model_dump(), "content_hash": given.content_hash.hex()})


def _holders(holders: Iterable[Holder]) -> list[HolderRead]:
    return [HolderRead(employee_id=one.employee_id, name=one.name) for one in holders]


async def read_approvals(call: Call, policy: Policy, version: PolicyVersion) -> ApprovalsRead:
    """Where each function stands with a version."""
    standings = await approvals.list_standings(call.session, policy, version)
    return ApprovalsRead(
        version_id=version.id,
        content_hash=approvals.content_hash(version).hex(),
        is_approved=all(one.state is StandingState.APPROVED for one in standings),
        functions=[
            StandingRead(
                function=one.function,
                title=FUNCTION_NAMES[one.function].in_language(call.language),
                state=one.state.value,
                holders=_holders(one.holders),
                answered_by=one.answer.employee_id if one.answer else None,
                answered_at=one.answer.created_at if one.answer else None,
                reason=one.answer.reason if one.answer else None,
            )
            for one in standings
        ],
        answers=[read_answer(one) for one in await repository.list_approvals(call.session, version.id)],
    )


async def read_rules(call: Call, policy: Policy) -> ApprovalRulesRead:
    """Who approves a policy."""
    holders = await approvals.holders_of(call.session, policy)
    return ApprovalRulesRead(
        policy_id=policy.id,
        one_person_for_both=policy.one_person_for_both,
        functions=[
            FunctionRead(
                function=function,
                title=FUNCTION_NAMES[function].in_language(call.language),
                holders=_holders(holders[function]),
            )
            for function in approvals.FUNCTIONS
        ],
    )


def read_changes(
    version: PolicyVersion, against: PolicyVersion | None, found: changes.Changes, language: Language
) -> ChangesRead:
    """What is new in a version, for a reader of ``language``."""
    return ChangesRead(
        version_id=version.id,
        number=version.number,
        against_version_id=against.id if against else None,
        against_number=against.number if against else None,
        is_same=found.is_same,
        texts=[
            TextChanges(
                language=one.language,
                is_new=one.is_new,
                is_gone=one.is_gone,
                summary=_reworded(one.summary) if one.summary else None,
                dos=_lines(one.dos),
                donts=_lines(one.donts),
            )
            for one in found.texts
        ],
        rules=[
            RuleChange(
                change=one.change,
                kind=one.kind,
                pointer=one.pointer,
                words=changes.rule_in_words(one, language),
                added=list(one.added),
                removed=list(one.removed),
            )
            for one in found.rules
        ],
        words=changes.in_words(found, language, is_first=against is None),
    )


def _reworded(pair: changes.Reworded) -> RewordedRead:
    return RewordedRead(before=pair.before, after=pair.after)


def _lines(lines: changes.Lines) -> LinesChanged:
    return LinesChanged(
        added=list(lines.added), removed=list(lines.removed), reworded=[_reworded(pair) for pair in lines.reworded]
    )


def read_hits(
    versions: Iterable[service.BindingRules], hits: Iterable[RuleHit], *, language: Language
) -> list[PolicyHit]:
    """Hits for a reader of ``language``, each with the policy and version it comes from."""
    by_id = {str(version.id): version for version in versions}
    return [
        PolicyHit(
            **read_hit(hit, language=language).model_dump(),
            policy_id=by_id[hit.policy_version_id].policy_id,
            version_number=by_id[hit.policy_version_id].number,
        )
        for hit in hits
    ]
