"""The audit: who did what to which thing."""

from __future__ import annotations

from fastapi import APIRouter

from services.api.dependencies import Current, Page, allow
from services.api.routing import Router
from services.core.audit import repository
from services.core.audit.models import AuditEntry
from services.core.audit.schemas import AuditChainRead, AuditEntryRead
from services.core.kit.pagination import paginate
from services.core.kit.schemas import Listing
from services.core.organizations.rules import Permission

router: APIRouter = Router(tags=["Audit"])


@router.get(
    "/v1/audit-entries",
    operation_id="audit_entries_list",
    summary="List audit entries",
    dependencies=[allow(Permission.AUDIT_READ)],
)
async def list_entries(call: Current, page: Page) -> Listing[AuditEntryRead]:
    """Lists who did what in the organization, newest first. What people do with their own profiles is not in it."""
    found = await paginate(
        call.session,
        repository.visible_entries(call.session),
        page=call.page(limit=page.limit, cursor=page.cursor, sort=page.sort),
        id_column=AuditEntry.id,
        sorts={"created_at": AuditEntry.created_at},
        default_sort="-created_at",
    )
    return Listing(data=[AuditEntryRead.model_validate(row) for row in found.rows], next_cursor=found.next_cursor)


@router.get(
    "/v1/audit-chain",
    operation_id="audit_chain_get",
    summary="Read the audit chain",
    dependencies=[allow(Permission.AUDIT_READ)],
)
async def read_chain(call: Current) -> AuditChainRead:
    """Says how far entries are chained, how far that was written down elsewhere, and whether all was well last time.

    `advocacy audit verify` goes through the chain itself.
    """
    head = await repository.find_head(call.session)
    return AuditChainRead.of(head, waiting=await repository.count_waiting(call.session))
