"""What binds the caller: their policies in force and to come, and what they have to read."""

from __future__ import annotations

from fastapi import APIRouter

from services.api.dependencies import Call, Current, allow
from services.api.policies.reading import read_changes
from services.api.routing import Router
from services.core.ambassadors import agreements
from services.core.kit.schemas import Listing
from services.core.organizations.rules import Door
from services.core.policies import service
from services.core.policies.models import PolicyVersion
from services.core.policies.schemas import MyPolicy, MyVersion

router: APIRouter = Router(tags=["Policies"])


@router.get(
    "/v1/me/policies",
    operation_id="me_policies_list",
    summary="List what binds you",
    dependencies=[allow(Door.PERSON)],
)
async def list_my_policies(call: Current) -> Listing[MyPolicy]:
    """Lists the policies that bind you: since and until when, what to agree to, and what is new since you last did."""
    employee_id = call.actor.person()
    program_ids = await agreements.list_programs_of(call.session, employee_id)
    found = await service.list_mine(call.session, employee_id=employee_id, program_ids=program_ids)
    return Listing(data=[_mine(call, one) for one in found], next_cursor=None)


def _mine(call: Call, one: service.Mine) -> MyPolicy:
    changed = None
    if one.changes is not None and one.asked is not None:
        changed = read_changes(one.asked, one.against, one.changes, call.language)
    return MyPolicy(
        policy_id=one.policy.id,
        title=one.policy.title,
        level="organization" if one.policy.program_id is None else "program",
        program_id=one.policy.program_id,
        current=_version(one, one.current, until=one.coming) if one.current else None,
        next=_version(one, one.coming) if one.coming else None,
        changes=changed,
    )


def _version(one: service.Mine, version: PolicyVersion, *, until: PolicyVersion | None = None) -> MyVersion:
    agreed = one.agreed.get(version.id)
    return MyVersion(
        **version.model_dump(include={"id", "number", "effective_from", "texts"}),
        effective_until=until.effective_from if until else None,
        url=f"/v1/policies/{version.policy_id}/versions/{version.id}",
        needs_acknowledgement=agreed is None,
        acknowledged_at=agreed.created_at if agreed else None,
        acknowledged_in=agreed.language if agreed else None,
    )
