"""Policies: written, approved by the named functions, in force from a date, agreed to by each ambassador."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from sqlmodel import col

from services.api.dependencies import Call, Current, Page, allow
from services.api.policies import notices
from services.api.policies.reading import (
    read_answer,
    read_approvals,
    read_changes,
    read_hits,
    read_policies,
    read_rules,
    read_version,
    read_versions,
)
from services.api.routing import Router
from services.core.ambassadors import agreements
from services.core.ambassadors import service as ambassadors
from services.core.ambassadors.models import Ambassador
from services.core.kit import db
from services.core.kit.errors import NotFound
from services.core.kit.pagination import paginate
from services.core.kit.schemas import Listing
from services.core.organizations.rules import Door, Permission
from services.core.policies import approvals, repository, service
from services.core.policies.errors import NothingPublished
from services.core.policies.models import Acknowledgement, Policy, PolicyVersion, VersionState
from services.core.policies.rules import strictest
from services.core.policies.schemas import (
    AcknowledgementCreate,
    AcknowledgementRead,
    AcknowledgementSummary,
    ApprovalCreate,
    ApprovalRead,
    ApprovalRulesRead,
    ApprovalRulesWrite,
    ApprovalsRead,
    ChangesRead,
    MemberAcknowledgement,
    PolicyCheck,
    PolicyChecked,
    PolicyCreate,
    PolicyRead,
    ProgramAcknowledgements,
    VersionCreate,
    VersionPublish,
    VersionRead,
)
from services.core.programs import repository as programs
from services.core.shares import rechecking
from services.core.shares.service import own_hosts
from services.core.training import certificates

router: APIRouter = Router(tags=["Policies"])


@router.post(
    "/v1/policies",
    status_code=201,
    operation_id="policies_create",
    summary="Start a policy",
    dependencies=[allow(Permission.POLICIES_WRITE)],
)
async def create_policy(body: PolicyCreate, call: Current) -> PolicyRead:
    """Starts a policy of one program or, without program_id, of the whole organization. Its words are its versions."""
    policy = await service.create_policy(call.session, call.actor, body)
    call.answers(policy)
    call.headers["Location"] = f"/v1/policies/{policy.id}"
    return PolicyRead.model_validate(policy)


@router.get(
    "/v1/policies",
    operation_id="policies_list",
    summary="List policies",
    dependencies=[allow(Door.KNOWN)],
)
async def list_policies(
    call: Current,
    page: Page,
    program_id: Annotated[UUID | None, Query(description="What binds this program: its own and everybody's.")] = None,
) -> Listing[PolicyRead]:
    """Lists the policies with their versions in force; everybody whom they bind may read them."""
    call.actor.tenant()
    statement = repository.policies(call.session)
    if program_id is not None:
        statement = statement.where(col(Policy.program_id).is_(None) | (col(Policy.program_id) == program_id))
    found = await paginate(
        call.session,
        statement,
        page=call.page(limit=page.limit, cursor=page.cursor, sort=page.sort, filters=str(program_id)),
        id_column=Policy.id,
        sorts={"created_at": Policy.created_at},
        default_sort="created_at",
    )
    return Listing(data=await read_policies(call, found.rows), next_cursor=found.next_cursor)


@router.get(
    "/v1/policies/{policy_id}",
    operation_id="policies_get",
    summary="Read a policy",
    dependencies=[allow(Door.KNOWN)],
)
async def get_policy(policy_id: UUID, call: Current) -> PolicyRead:
    """Answers a policy, the id of its version in force, and of the one to come if there is one."""
    call.actor.tenant()
    policy = await repository.get_policy(call.session, policy_id)
    call.answers(policy)
    return (await read_policies(call, [policy]))[0]


@router.post(
    "/v1/policies/{policy_id}/versions",
    status_code=201,
    operation_id="policy_versions_create",
    summary="Write a version",
    dependencies=[allow(Permission.POLICIES_WRITE)],
)
async def create_version(policy_id: UUID, body: VersionCreate, call: Current) -> VersionRead:
    """Writes a new wording as a draft: texts and rules, each in the languages of its readers.

    Those who have to approve it are told.
    """
    version = await service.create_version(call.session, call.actor, policy_id, body)
    await notices.ask_for_approval(call, version)
    call.headers["Location"] = f"/v1/policies/{policy_id}/versions/{version.id}"
    call.answers(version)
    return await read_version(call, version)


@router.get(
    "/v1/policies/{policy_id}/versions",
    operation_id="policy_versions_list",
    summary="List versions",
    dependencies=[allow(Door.KNOWN)],
)
async def list_versions(policy_id: UUID, call: Current, page: Page) -> Listing[VersionRead]:
    """Lists what was ever published, or will take effect; drafts too for those who write, approve or publish."""
    call.actor.tenant()
    policy = await repository.get_policy(call.session, policy_id)
    statement = repository.versions(call.session, policy_id)
    if not await approvals.may_see_drafts(call.session, call.actor, policy):
        statement = statement.where(PolicyVersion.state != VersionState.DRAFT)
    found = await paginate(
        call.session,
        statement,
        page=call.page(limit=page.limit, cursor=page.cursor, sort=page.sort),
        id_column=PolicyVersion.id,
        sorts={"number": PolicyVersion.number},
        default_sort="-number",
    )
    return Listing(data=await read_versions(call, policy_id, found.rows), next_cursor=found.next_cursor)


@router.get(
    "/v1/policies/{policy_id}/versions/{version_id}",
    operation_id="policy_versions_get",
    summary="Read a version",
    dependencies=[allow(Door.KNOWN)],
)
async def get_version(policy_id: UUID, version_id: UUID, call: Current) -> VersionRead:
    """Answers one wording and from when to when it binds; a draft only to those who write, approve or publish."""
    call.actor.tenant()
    version = await service.read_version(call.session, call.actor, policy_id, version_id)
    return await read_version(call, version)


@router.get(
    "/v1/policies/{policy_id}/versions/{version_id}/changes",
    operation_id="policy_versions_changes",
    summary="Compare a version",
    dependencies=[allow(Door.KNOWN)],
)
async def get_changes(
    policy_id: UUID,
    version_id: UUID,
    call: Current,
    against: Annotated[
        UUID | None, Query(description="The version to compare with; without it, the one published before.")
    ] = None,
) -> ChangesRead:
    """Answers what is new in a version: do's, don'ts and rules, as data and as lines to read in your language."""
    call.actor.tenant()
    version = await service.read_version(call.session, call.actor, policy_id, version_id)
    if against is not None:
        before = await service.read_version(call.session, call.actor, policy_id, against)
        return read_changes(version, before, service.compare(before, version), call.language)
    earlier = await repository.find_version_before(call.session, version)
    return read_changes(version, earlier, service.compare(earlier, version), call.language)


@router.post(
    "/v1/policies/{policy_id}/versions/{version_id}/approvals",
    status_code=201,
    operation_id="policy_approvals_create",
    summary="Approve or refuse a version",
    dependencies=[allow(Door.PERSON)],
)
async def answer_version(policy_id: UUID, version_id: UUID, body: ApprovalCreate, call: Current) -> ApprovalRead:
    """The holder of a function approves the exact wording they have read, or refuses it and says why.

    A version is published once the policy owner and the spokesperson have both approved. Who wrote it cannot, and
    nobody answers for both functions unless they alone hold both and the organization allows it.
    """
    version, given = await approvals.answer(call.session, call.actor, policy_id, version_id, body)
    await notices.tell_author(call, version, given)
    return read_answer(given)


@router.get(
    "/v1/policies/{policy_id}/versions/{version_id}/approvals",
    operation_id="policy_approvals_list",
    summary="Read the approvals of a version",
    dependencies=[allow(Door.KNOWN)],
)
async def list_approvals(policy_id: UUID, version_id: UUID, call: Current) -> ApprovalsRead:
    """Answers which functions have approved a version, who can, and every answer; for who may read its draft."""
    call.actor.tenant()
    policy = await repository.get_policy(call.session, policy_id)
    version = await repository.find_version(call.session, policy_id, version_id)
    if version is None or not await approvals.may_see_drafts(call.session, call.actor, policy):
        raise NotFound(thing="policy version")
    return await read_approvals(call, policy, version)


@router.get(
    "/v1/policies/{policy_id}/approval-rules",
    operation_id="policy_approval_rules_get",
    summary="Read who approves a policy",
    dependencies=[allow(Door.KNOWN)],
)
async def get_approval_rules(policy_id: UUID, call: Current) -> ApprovalRulesRead:
    """Answers the functions whose approval a version needs and who holds them; for who may read its drafts."""
    call.actor.tenant()
    policy = await repository.get_policy(call.session, policy_id)
    if not await approvals.may_see_drafts(call.session, call.actor, policy):
        raise NotFound(thing="policy")
    call.answers(policy)
    return await read_rules(call, policy)


@router.put(
    "/v1/policies/{policy_id}/approval-rules",
    operation_id="policy_approval_rules_put",
    summary="Say who approves a policy",
    dependencies=[allow(Permission.ORGANIZATION_WRITE)],
)
async def put_approval_rules(policy_id: UUID, body: ApprovalRulesWrite, call: Current) -> ApprovalRulesRead:
    """Names who approves an organization's own policy; a program's is approved by its responsibilities."""
    policy = await repository.get_policy(call.session, policy_id, lock=True)
    call.must_match(policy)
    await approvals.put_rules(call.session, call.actor, policy, body)
    call.answers(policy)
    return await read_rules(call, policy)


@router.post(
    "/v1/policies/{policy_id}/versions/{version_id}/publish",
    operation_id="policy_versions_publish",
    summary="Put a version into force",
    dependencies=[allow(Permission.POLICIES_PUBLISH)],
)
async def publish_version(
    policy_id: UUID, version_id: UUID, call: Current, body: VersionPublish | None = None
) -> VersionRead:
    """Publishes an approved draft that somebody else wrote: in force at once, or from `effective_from` on.

    Until then the version before binds. Ambassadors are told in their language, and asked again before their next
    share. Planned posts are looked at anew: those that a rule stands against at their time are held, and their people
    told.
    """
    version = await service.publish(
        call.session, call.actor, policy_id, version_id, effective_from=body.effective_from if body else None
    )
    policy = await repository.get_policy(call.session, policy_id)
    await rechecking.ask(call.session, subject_id=policy.program_id or policy.organization_id)
    return await read_version(call, version)


@router.post(
    "/v1/policies/{policy_id}/acknowledgements",
    status_code=201,
    operation_id="acknowledgements_create",
    summary="Agree to a policy",
    dependencies=[allow(Door.PERSON)],
)
async def acknowledge(policy_id: UUID, body: AcknowledgementCreate, call: Current) -> AcknowledgementRead:
    """The caller agrees to the version in force, or already to the one to come; memberships that waited go active."""
    policy, kept = await service.acknowledge(call.session, call.actor, policy_id, body)
    await certificates.complete_waiting(call.session, employee_id=kept.employee_id)
    await ambassadors.activate_after_acknowledgement(
        call.session, employee_id=kept.employee_id, program_id=policy.program_id
    )
    return AcknowledgementRead.model_validate(kept)


@router.get(
    "/v1/policies/{policy_id}/acknowledgements",
    operation_id="acknowledgements_list",
    summary="List who has agreed",
    dependencies=[allow(Permission.AMBASSADORS_READ)],
)
async def list_acknowledgements(
    policy_id: UUID,
    call: Current,
    page: Page,
    version_id: Annotated[UUID | None, Query(description="Only to this version.")] = None,
) -> Listing[AcknowledgementRead]:
    """Lists agreements to the versions of a policy."""
    policy = await repository.get_policy(call.session, policy_id)
    call.actor.require(Permission.AMBASSADORS_READ, program_id=policy.program_id)
    statement = repository.acknowledgements(call.session, policy_id)
    if version_id is not None:
        statement = statement.where(Acknowledgement.version_id == version_id)
    found = await paginate(
        call.session,
        statement,
        page=call.page(limit=page.limit, cursor=page.cursor, sort=page.sort, filters=str(version_id)),
        id_column=Acknowledgement.id,
        sorts={"created_at": Acknowledgement.created_at},
        default_sort="created_at",
    )
    return Listing(data=[AcknowledgementRead.model_validate(row) for row in found.rows], next_cursor=found.next_cursor)


@router.post(
    "/v1/policies/{policy_id}/acknowledgement-refusals",
    status_code=204,
    operation_id="acknowledgement_refusals_create",
    summary="Say no to a policy",
    dependencies=[allow(Door.PERSON)],
    # Saying it again says nothing more.
    openapi_extra={"x-idempotent-by-nature": True},
)
async def refuse_policy(policy_id: UUID, body: AcknowledgementCreate, call: Current) -> None:
    """You do not agree, or not yet. Nobody is told and nothing reminds you; you can agree later, and share then."""
    await service.refuse(call.session, call.actor, policy_id, body.version_id)


@router.get(
    "/v1/policies/{policy_id}/acknowledgement-summary",
    operation_id="acknowledgements_summary",
    summary="Count who has agreed",
    dependencies=[allow(Permission.AMBASSADORS_READ)],
)
async def summarise_acknowledgements(
    policy_id: UUID,
    call: Current,
    version_id: Annotated[UUID | None, Query(description="Without it, the version in force.")] = None,
) -> AcknowledgementSummary:
    """Counts the members whom a version binds and those who have agreed to it, by program and language."""
    policy, version = await _agreed_version(call, policy_id, version_id)
    counted = await agreements.count(call.session, policy, version)
    members, agreed = await agreements.count_people(call.session, policy, version)
    by_language: dict[str, int] = {}
    for one in counted:
        for tag, people in one.by_language.items():
            by_language[tag] = by_language.get(tag, 0) + people
    return AcknowledgementSummary(
        policy_id=policy.id,
        version_id=version.id,
        number=version.number,
        members=members,
        acknowledged=agreed,
        not_yet=members - agreed,
        by_language=by_language,
        programs=[
            ProgramAcknowledgements(program_id=one.program_id, members=one.members, acknowledged=one.acknowledged)
            for one in counted
        ],
    )


@router.get(
    "/v1/policies/{policy_id}/members",
    operation_id="acknowledgements_members",
    summary="List members by agreement",
    dependencies=[allow(Permission.AMBASSADORS_READ)],
)
async def list_members(
    policy_id: UUID,
    call: Current,
    page: Page,
    version_id: Annotated[UUID | None, Query(description="Without it, the version in force.")] = None,
    acknowledged: Annotated[bool | None, Query(description="Only who has agreed, or only who has not yet.")] = None,
) -> Listing[MemberAcknowledgement]:
    """Lists the members whom a version binds, and when and in which language each agreed."""
    policy, version = await _agreed_version(call, policy_id, version_id)
    found = await paginate(
        call.session,
        agreements.members_of(call.session, policy, version, has_agreed=acknowledged),
        page=call.page(limit=page.limit, cursor=page.cursor, sort=page.sort, filters=f"{version.id}|{acknowledged}"),
        id_column=Ambassador.id,
        sorts={"created_at": Ambassador.created_at},
        default_sort="created_at",
    )
    agreed = await agreements.map_agreed(call.session, version, [row.employee_id for row in found.rows])
    return Listing(
        data=[
            MemberAcknowledgement(
                employee_id=row.employee_id,
                program_id=row.program_id,
                acknowledged_at=agreed[row.employee_id][0] if row.employee_id in agreed else None,
                language=agreed[row.employee_id][1] if row.employee_id in agreed else None,
            )
            for row in found.rows
        ],
        next_cursor=found.next_cursor,
    )


async def _agreed_version(call: Call, policy_id: UUID, version_id: UUID | None) -> tuple[Policy, PolicyVersion]:
    policy = await repository.get_policy(call.session, policy_id)
    call.actor.require(Permission.AMBASSADORS_READ, program_id=policy.program_id)
    if version_id is None:
        version = await repository.find_published(call.session, policy_id)
        if version is None:
            raise NothingPublished()
        return policy, version
    version = await repository.find_version(call.session, policy_id, version_id)
    if version is None or version.state is VersionState.DRAFT:
        raise NotFound(thing="policy version")
    return policy, version


@router.post(
    "/v1/policy-checks",
    operation_id="policy_checks_run",
    summary="Check a text",
    dependencies=[allow(Door.KNOWN)],
    # Nothing is stored, so asking twice is no harm.
    openapi_extra={"x-idempotent-by-nature": True},
)
async def check_text(body: PolicyCheck, call: Current) -> PolicyChecked:
    """Answers every place where a rule of the organization or the program stands against a text, and what to do.

    The stricter level wins: one hit that stops, stops.
    """
    call.actor.tenant()
    if body.program_id is not None:
        await programs.get_program(call.session, body.program_id)
    now = await db.now(call.session)
    versions = await service.list_rules(call.session, body.program_id)
    hits = service.find_hits_in(
        versions,
        body.text,
        at=max(body.at or now, now),
        network=body.network,
        language=body.text_language,
        own_hosts=own_hosts(call.settings),
    )
    outcome = strictest(hits)
    return PolicyChecked(
        outcome=outcome.value if outcome is not None else "clear",
        hits=read_hits(versions, hits, language=body.language),
    )
