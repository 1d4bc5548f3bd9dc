"""Policies: written, published by a second person, agreed to by each ambassador, and asked about a text."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from sqlmodel import col

from services.api.dependencies import Current, Page, allow
from services.api.routing import Router
from services.core.ambassadors import service as ambassadors
from services.core.kit.pagination import paginate
from services.core.kit.schemas import Listing
from services.core.organizations.rules import Door, Permission
from services.core.policies import repository, service
from services.core.policies.models import Acknowledgement, Policy, PolicyVersion, VersionState
from services.core.policies.schemas import (
    AcknowledgementCreate,
    AcknowledgementRead,
    PolicyCheck,
    PolicyChecked,
    PolicyCreate,
    PolicyHit,
    PolicyRead,
    VersionCreate,
    VersionRead,
)
from services.core.programs import repository as programs
from services.core.shares import rechecking

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
    current = await repository.map_published(call.session, [row.id for row in found.rows])
    return Listing(data=[_read(row, current.get(row.id)) for row in found.rows], next_cursor=found.next_cursor)


@router.get(
    "/v1/policies/{policy_id}",
    operation_id="policies_get",
    summary="Read a policy",
    dependencies=[allow(Door.KNOWN)],
)
async def get_policy(policy_id: UUID, call: Current) -> PolicyRead:
    """Answers a policy and the id of its version in force."""
    call.actor.tenant()
    policy = await repository.get_policy(call.session, policy_id)
    current = await repository.find_published(call.session, policy_id)
    return _read(policy, current.id if current else None)


@router.post(
    "/v1/policies/{policy_id}/versions",
    status_code=201,
    operation_id="policy_versions_create",
    summary="Write a version",
    dependencies=[allow(Permission.POLICIES_WRITE)],
)
async def create_version(policy_id: UUID, body: VersionCreate, call: Current) -> VersionRead:
    """Writes a new wording as a draft: texts and rules, each in the languages of its readers."""
    version = await service.create_version(call.session, call.actor, policy_id, body)
    call.headers["Location"] = f"/v1/policies/{policy_id}/versions/{version.id}"
    call.answers(version)
    return VersionRead.model_validate(version)


@router.get(
    "/v1/policies/{policy_id}/versions",
    operation_id="policy_versions_list",
    summary="List versions",
    dependencies=[allow(Door.KNOWN)],
)
async def list_versions(policy_id: UUID, call: Current, page: Page) -> Listing[VersionRead]:
    """Lists what was ever published; drafts too for those who write or publish."""
    call.actor.tenant()
    policy = await repository.get_policy(call.session, policy_id)
    statement = repository.versions(call.session, policy_id)
    if not service.may_see_drafts(call.actor, policy):
        statement = statement.where(PolicyVersion.state != VersionState.DRAFT)
    found = await paginate(
        call.session,
        statement,
        page=call.page(limit=page.limit, cursor=page.cursor, sort=page.sort),
        id_column=PolicyVersion.id,
        sorts={"number": PolicyVersion.number},
        default_sort="-number",
    )
    return Listing(data=[VersionRead.model_validate(row) for row in found.rows], next_cursor=found.next_cursor)


@router.get(
    "/v1/policies/{policy_id}/versions/{version_id}",
    operation_id="policy_versions_get",
    summary="Read a version",
    dependencies=[allow(Door.KNOWN)],
)
async def get_version(policy_id: UUID, version_id: UUID, call: Current) -> VersionRead:
    """Answers one wording; a draft only to those who write or publish."""
    call.actor.tenant()
    version = await service.read_version(call.session, call.actor, policy_id, version_id)
    call.answers(version)
    return VersionRead.model_validate(version)


@router.post(
    "/v1/policies/{policy_id}/versions/{version_id}/publish",
    operation_id="policy_versions_publish",
    summary="Put a version into force",
    dependencies=[allow(Permission.POLICIES_PUBLISH)],
)
async def publish_version(policy_id: UUID, version_id: UUID, call: Current) -> VersionRead:
    """Publishes a draft somebody else wrote; it replaces the version before, and every ambassador is asked again.

    Planned posts are looked at anew: those that a rule now stands against are held, and their people told.
    """
    version = await service.publish(call.session, call.actor, policy_id, version_id)
    policy = await repository.get_policy(call.session, policy_id)
    await rechecking.ask(call.session, subject_id=policy.program_id or policy.organization_id)
    call.answers(version)
    return VersionRead.model_validate(version)


@router.post(
    "/v1/policies/{policy_id}/acknowledgements",
    status_code=201,
    operation_id="acknowledgements_create",
    summary="Agree to a policy",
    dependencies=[allow(Door.PERSON)],
)
async def acknowledge(policy_id: UUID, body: AcknowledgementCreate, call: Current) -> AcknowledgementRead:
    """The caller agrees to the version in force, for themselves; with it, memberships that waited become active."""
    policy, kept = await service.acknowledge(call.session, call.actor, policy_id, body)
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
    "/v1/policy-checks",
    operation_id="policy_checks_run",
    summary="Check a text",
    dependencies=[allow(Door.KNOWN)],
    # Nothing is stored, so asking twice is no harm.
    openapi_extra={"x-idempotent-by-nature": True},
)
async def check_text(body: PolicyCheck, call: Current) -> PolicyChecked:
    """Answers every place where a rule of the organization or the program stands against the text, and why."""
    call.actor.tenant()
    await programs.get_program(call.session, body.program_id)
    hits = await service.check_text(call.session, program_id=body.program_id, text=body.text)
    of_program = await repository.list_program_level(call.session, list({UUID(hit.policy_version_id) for hit in hits}))
    return PolicyChecked(
        hits=[
            PolicyHit(
                policy_version_id=UUID(hit.policy_version_id),
                level="program" if UUID(hit.policy_version_id) in of_program else "organization",
                rule=hit.code,
                rule_pointer=f"/rules/{hit.rule_index}",
                phrase=hit.phrase,
                start=hit.start,
                end=hit.end,
                message=hit.message_in(body.language),
                what_to_do=hit.what_to_do_in(body.language),
                until=hit.until,
            )
            for hit in hits
        ]
    )


def _read(policy: Policy, current_version_id: UUID | None) -> PolicyRead:
    return PolicyRead.model_validate(policy).model_copy(update={"current_version_id": current_version_id})
