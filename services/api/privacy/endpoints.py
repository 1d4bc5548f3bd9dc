"""What is known of a person, in their own hands."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter, Response

from services.api.dependencies import Current, Page, allow
from services.api.routing import Router
from services.core.kit.errors import NotFound
from services.core.kit.pagination import paginate
from services.core.kit.schemas import Listing
from services.core.organizations.rules import Door, Permission
from services.core.privacy import consents, exporting, repository, service
from services.core.privacy.models import LegalHold, PrivacyRequest
from services.core.privacy.schemas import (
    ConsentRead,
    LegalHoldCreate,
    LegalHoldRead,
    PrivacyRequestCreate,
    PrivacyRequestRead,
)
from services.core.privacy.texts import next_step

router: APIRouter = Router(tags=["Privacy"])

_PERSON = [allow(Door.PERSON)]


@router.get("/v1/me/consents", operation_id="my_consents_list", summary="List what I agreed to", dependencies=_PERSON)
async def list_consents(call: Current) -> Listing[ConsentRead]:
    """Lists every yes you ever gave, newest first and in one page: for what, how, and what ended it."""
    found = await consents.history(call.session, call.actor.person())
    return Listing(data=[ConsentRead.model_validate(one) for one in found], next_cursor=None)


@router.post(
    "/v1/me/consents/{consent_id}/revoke",
    operation_id="my_consents_revoke",
    summary="Take a yes back",
    dependencies=_PERSON,
    openapi_extra={"x-idempotent-by-nature": True},
)
async def revoke_consent(consent_id: UUID, call: Current) -> Listing[ConsentRead]:
    """Takes one yes back at once and without consequence for you: what has not been sent by it never goes out."""
    await consents.revoke(call.session, call.actor, consent_id)
    return await list_consents(call)


@router.post(
    "/v1/privacy-requests",
    status_code=202,
    operation_id="privacy_requests_create",
    summary="Ask for your data, or that it goes",
    dependencies=_PERSON,
)
async def ask(body: PrivacyRequestCreate, call: Current) -> PrivacyRequestRead:
    """Begins an export, or shows what an erasure would do and waits for you to confirm it. For yourself alone."""
    request = await service.ask(call.session, call.actor, body.kind)
    call.answers(request)
    call.headers["Location"] = f"/v1/privacy-requests/{request.id}"
    return _read(call, request)


@router.get(
    "/v1/privacy-requests",
    operation_id="privacy_requests_list",
    summary="List your privacy requests",
    dependencies=_PERSON,
)
async def list_requests(call: Current, page: Page) -> Listing[PrivacyRequestRead]:
    """Lists what you have asked for; nobody else sees it."""
    found = await paginate(
        call.session,
        repository.requests_of(call.session, call.actor.person()),
        page=call.page(limit=page.limit, cursor=page.cursor, sort=page.sort),
        id_column=PrivacyRequest.id,
        sorts={"created_at": PrivacyRequest.created_at},
        default_sort="-created_at",
    )
    return Listing(data=[_read(call, row) for row in found.rows], next_cursor=found.next_cursor)


@router.get(
    "/v1/privacy-requests/{privacy_request_id}",
    operation_id="privacy_requests_get",
    summary="Read a privacy request",
    dependencies=_PERSON,
)
async def get_request(privacy_request_id: UUID, call: Current) -> PrivacyRequestRead:
    """Says how far it is and what comes next."""
    request = await _own(call, privacy_request_id)
    call.answers(request)
    return _read(call, request)


@router.get(
    "/v1/privacy-requests/{privacy_request_id}/file",
    operation_id="privacy_requests_file",
    summary="Get your data",
    dependencies=_PERSON,
    response_class=Response,
    responses={200: {"content": {"application/zip": {"schema": {"type": "string", "format": "binary"}}}}},
)
async def get_file(privacy_request_id: UUID, call: Current) -> Response:
    """Answers a ZIP archive: `data.json` with every table that knows you, and the files that you posted or sent."""
    request = await _own(call, privacy_request_id)
    kept = await repository.find_file(call.session, request.id)
    if kept is None:
        raise NotFound(thing="file")
    packed = await exporting.open_file(call.session, kept, request.employee_id, settings=call.settings)
    headers = {"Content-Disposition": 'attachment; filename="my-data.zip"', "Cache-Control": "no-store"}
    return Response(packed, media_type="application/zip", headers=headers)


@router.post(
    "/v1/privacy-requests/{privacy_request_id}/confirm",
    operation_id="privacy_requests_confirm",
    summary="Confirm an erasure",
    dependencies=_PERSON,
    openapi_extra={"x-idempotent-by-nature": True},
)
async def confirm(privacy_request_id: UUID, call: Current) -> PrivacyRequestRead:
    """Ends your access here and erases what says who you are. It cannot be undone."""
    request = await service.confirm(call.session, await _own(call, privacy_request_id, lock=True))
    return _read(call, request)


@router.post(
    "/v1/privacy-requests/{privacy_request_id}/cancel",
    operation_id="privacy_requests_cancel",
    summary="Cancel a privacy request",
    dependencies=_PERSON,
    openapi_extra={"x-idempotent-by-nature": True},
)
async def cancel(privacy_request_id: UUID, call: Current) -> PrivacyRequestRead:
    """Takes back what has not begun."""
    request = await service.cancel(call.session, await _own(call, privacy_request_id, lock=True))
    return _read(call, request)


@router.post(
    "/v1/legal-holds",
    status_code=201,
    operation_id="legal_holds_create",
    summary="Hold a person's records",
    dependencies=[allow(Permission.PRIVACY_MANAGE)],
)
async def place_hold(body: LegalHoldCreate, call: Current) -> LegalHoldRead:
    """Keeps records because the law wants it. It wins over an erasure, and whoever asked for one is told."""
    hold = await service.place_hold(call.session, call.actor, body)
    call.answers(hold)
    call.headers["Location"] = f"/v1/legal-holds/{hold.id}"
    return LegalHoldRead.model_validate(hold)


@router.get(
    "/v1/legal-holds",
    operation_id="legal_holds_list",
    summary="List legal holds",
    dependencies=[allow(Permission.PRIVACY_MANAGE)],
)
async def list_holds(call: Current, page: Page) -> Listing[LegalHoldRead]:
    """Lists holds, those that have ended too."""
    found = await paginate(
        call.session,
        repository.holds(call.session),
        page=call.page(limit=page.limit, cursor=page.cursor, sort=page.sort),
        id_column=LegalHold.id,
        sorts={"created_at": LegalHold.created_at},
        default_sort="-created_at",
    )
    return Listing(data=[LegalHoldRead.model_validate(row) for row in found.rows], next_cursor=found.next_cursor)


@router.get(
    "/v1/legal-holds/{legal_hold_id}",
    operation_id="legal_holds_get",
    summary="Read a legal hold",
    dependencies=[allow(Permission.PRIVACY_MANAGE)],
)
async def get_hold(legal_hold_id: UUID, call: Current) -> LegalHoldRead:
    """Answers whose records are held, and why."""
    hold = await repository.get_hold(call.session, legal_hold_id)
    call.answers(hold)
    return LegalHoldRead.model_validate(hold)


@router.post(
    "/v1/legal-holds/{legal_hold_id}/release",
    operation_id="legal_holds_release",
    summary="Release a legal hold",
    dependencies=[allow(Permission.PRIVACY_MANAGE)],
)
async def release_hold(legal_hold_id: UUID, call: Current) -> LegalHoldRead:
    """Ends a hold; an erasure that waited for it goes on."""
    hold = await repository.get_hold(call.session, legal_hold_id, lock=True)
    return LegalHoldRead.model_validate(await service.release_hold(call.session, call.actor, hold))


async def _own(call: Current, request_id: UUID, *, lock: bool = False) -> PrivacyRequest:
    return await repository.get_own(call.session, employee_id=call.actor.person(), request_id=request_id, lock=lock)


def _read(call: Current, request: PrivacyRequest) -> PrivacyRequestRead:
    return PrivacyRequestRead.model_validate(
        {
            **{name: getattr(request, name) for name in PrivacyRequestRead.model_fields if name != "next_step"},
            "next_step": next_step(request, call.language),
        }
    )
