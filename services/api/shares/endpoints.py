"""The ambassador's side of sharing: draft, look, approve, cancel, and what became of it."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from sqlmodel import col

from connectors.sdk import registry
from connectors.sdk.capabilities import Capability
from connectors.sdk.ports import Connector, SharesLinks, port
from services.api.connections.endpoints import find_connector
from services.api.dependencies import Call, Current, Page, allow
from services.api.links.visitors import visitor_of
from services.api.routing import Router
from services.core.connections import repository as connections
from services.core.connections.errors import CannotPublish
from services.core.connections.vendors import vendor_context
from services.core.kit.pagination import paginate
from services.core.kit.schemas import Listing
from services.core.links import repository as links_repository
from services.core.links import service as links
from services.core.organizations.rules import Door
from services.core.shares import repository, rules, service
from services.core.shares.models import Publication, PublicationState, Share
from services.core.shares.schemas import (
    AttemptRead,
    EvidenceRead,
    LinkRead,
    PublicationDetail,
    PublicationRead,
    PublicationResend,
    PublicationResolve,
    RuleHitRead,
    ShareApprove,
    ShareCheck,
    ShareChecked,
    ShareCreate,
    ShareLinkRead,
    ShareRead,
    ShareUpdate,
    TimeRead,
)
from services.core.shares.texts import next_step

router: APIRouter = Router(tags=["Sharing"])

_PERSON = [allow(Door.PERSON)]


@router.post(
    "/v1/me/shares",
    status_code=201,
    operation_id="me_shares_create",
    summary="Draft a share",
    dependencies=_PERSON,
)
async def create_share(body: ShareCreate, call: Current) -> ShareRead:
    """Drafts your own post about an item you were offered; nothing goes out before you approve it."""
    share = await service.create(
        call.session, call.actor, offer_id=body.offer_id, text=body.text, settings=call.settings
    )
    call.answers(share)
    call.headers["Location"] = f"/v1/me/shares/{share.id}"
    return await _read(call, share)


@router.get("/v1/me/shares", operation_id="me_shares_list", summary="List your shares", dependencies=_PERSON)
async def list_shares(call: Current, page: Page) -> Listing[ShareRead]:
    """Lists your own shares; nobody else sees them."""
    found = await paginate(
        call.session,
        repository.shares_of(call.session, call.actor.person()),
        page=call.page(limit=page.limit, cursor=page.cursor, sort=page.sort),
        id_column=Share.id,
        sorts={"created_at": Share.created_at},
        default_sort="-created_at",
    )
    return Listing(data=[await _read(call, row) for row in found.rows], next_cursor=found.next_cursor)


@router.get("/v1/me/shares/{share_id}", operation_id="me_shares_get", summary="Read a share", dependencies=_PERSON)
async def get_share(share_id: UUID, call: Current) -> ShareRead:
    """Answers the exact text and link that would go out, and their hash."""
    share = await _own(call, share_id)
    call.answers(share)
    return await _read(call, share)


@router.patch(
    "/v1/me/shares/{share_id}", operation_id="me_shares_update", summary="Reword a share", dependencies=_PERSON
)
async def update_share(share_id: UUID, body: ShareUpdate, call: Current) -> ShareRead:
    """Puts a draft in your own words. What is approved cannot be changed any more."""
    share = await _own(call, share_id)
    call.must_match(share)
    if body.text is not None:
        await service.reword(call.session, share, text=body.text, settings=call.settings)
    call.answers(share)
    return await _read(call, share)


@router.post(
    "/v1/me/shares/{share_id}/check",
    operation_id="me_shares_check",
    summary="Check a share",
    dependencies=_PERSON,
    openapi_extra={"x-idempotent-by-nature": True},
)
async def check_share(share_id: UUID, body: ShareCheck, call: Current) -> ShareChecked:
    """Says what stands against a share, and what a wall time means; changes nothing."""
    looked = await service.view(call.session, await _own(call, share_id), settings=call.settings)
    found = await service.inspect(call.session, looked)
    time = None
    if body.scheduled_local is not None and body.time_zone is not None:
        resolved = rules.resolve_wall_time(body.scheduled_local, body.time_zone)
        time = TimeRead(
            scheduled_local=resolved.local.isoformat(),
            time_zone=resolved.zone,
            scheduled_at=resolved.at,
            note=resolved.note,
        )
    return ShareChecked(
        is_ready=found.is_ready,
        content_hash=looked.content_hash,
        rule_hits=[
            RuleHitRead(
                code=hit.code,
                start=hit.start,
                end=hit.end,
                phrase=hit.phrase,
                message=hit.message_in(call.language),
            )
            for hit in found.rule_hits
        ],
        disclosure_missing=found.disclosure_missing,
        characters=len(looked.text),
        time=time,
    )


@router.post(
    "/v1/me/shares/{share_id}/approve",
    status_code=201,
    operation_id="me_shares_approve",
    summary="Approve a share",
    dependencies=_PERSON,
)
async def approve_share(share_id: UUID, body: ShareApprove, call: Current) -> PublicationRead:
    """Your yes to exactly these bytes, this account and this time. It goes out once, or you are told why not."""
    share = await _own(call, share_id)
    connection = await connections.get_own(
        call.session, employee_id=call.actor.person(), connection_id=body.connection_id
    )
    connector = find_connector(connection.connector)
    publication = await service.approve(
        call.session,
        call.actor,
        share,
        content_hash=body.content_hash,
        connection_id=body.connection_id,
        by_hand=_is_by_hand(connector),
        networks=connector.manifest.networks,
        local=body.scheduled_local,
        zone=body.time_zone,
        allow_duplicate=body.allow_duplicate,
        settings=call.settings,
    )
    # The person's own later clicks on their link are not counted.
    link = await links_repository.get_link(call.session, share.link_id)
    visitor_hash, day_on = await visitor_of(call.request, call.database)
    await links.remember_owner(call.session, link, visitor_hash, day_on)
    call.answers(publication)
    call.headers["Location"] = f"/v1/publications/{publication.id}"
    return await _publication(call, publication)


@router.post(
    "/v1/me/shares/{share_id}/cancel",
    operation_id="me_shares_cancel",
    summary="Cancel a share",
    dependencies=_PERSON,
)
async def cancel_share(share_id: UUID, call: Current) -> ShareRead:
    """Takes your yes back. What has not been sent yet never goes out."""
    share = await _own(call, share_id)
    await service.cancel(call.session, share)
    call.answers(share)
    return await _read(call, share)


@router.get(
    "/v1/publications", operation_id="publications_list", summary="List your publications", dependencies=_PERSON
)
async def list_publications(
    call: Current,
    page: Page,
    state: Annotated[list[PublicationState] | None, Query(description="Repeated: any of them.")] = None,
) -> Listing[PublicationRead]:
    """Lists your own publications; nobody else sees them."""
    statement = repository.publications_of(call.session, call.actor.person())
    if state:
        statement = statement.where(col(Publication.state).in_(state))
    found = await paginate(
        call.session,
        statement,
        page=call.page(limit=page.limit, cursor=page.cursor, sort=page.sort, filters=",".join(sorted(state or []))),
        id_column=Publication.id,
        sorts={"created_at": Publication.created_at, "scheduled_at": Publication.scheduled_at},
        default_sort="-created_at",
    )
    return Listing(data=[await _publication(call, row) for row in found.rows], next_cursor=found.next_cursor)


@router.get(
    "/v1/publications/{publication_id}",
    operation_id="publications_get",
    summary="Read a publication",
    dependencies=_PERSON,
)
async def get_publication(publication_id: UUID, call: Current) -> PublicationDetail:
    """Answers everything known about one post: state, why, attempts, evidence, and what you can do next."""
    publication = await _own_publication(call, publication_id)
    call.answers(publication)
    attempts = await repository.list_attempts(call.session, publication.id)
    evidence = await repository.list_evidence(call.session, publication.id)
    return PublicationDetail(
        **(await _publication(call, publication)).model_dump(),
        attempts=[AttemptRead.model_validate(attempt) for attempt in attempts],
        evidence=[EvidenceRead.model_validate(fact) for fact in evidence],
    )


@router.post(
    "/v1/publications/{publication_id}/cancel",
    operation_id="publications_cancel",
    summary="Cancel a publication",
    dependencies=_PERSON,
)
async def cancel_publication(publication_id: UUID, call: Current) -> PublicationRead:
    """Cancels one post unless it is being sent already; then the answer names its state."""
    await _own_publication(call, publication_id)
    publication = await service.cancel_publication(call.session, publication_id, reason="cancelled_by_person")
    call.answers(publication)
    return await _publication(call, publication)


@router.post(
    "/v1/publications/{publication_id}/resolve",
    operation_id="publications_resolve",
    summary="Say whether it is there",
    dependencies=_PERSON,
)
async def resolve_publication(publication_id: UUID, body: PublicationResolve, call: Current) -> PublicationRead:
    """You looked at your profile: settles a post whose outcome is unknown, or one you posted by hand."""
    publication = await _own_publication(call, publication_id, lock=True)
    await service.resolve(call.session, publication, is_there=body.outcome == "it_is_there")
    call.answers(publication)
    return await _publication(call, publication)


@router.post(
    "/v1/publications/{publication_id}/resend",
    status_code=201,
    operation_id="publications_resend",
    summary="Send it again",
    dependencies=_PERSON,
)
async def resend_publication(publication_id: UUID, body: PublicationResend, call: Current) -> PublicationRead:
    """Approves the same bytes anew as a new publication that names the old one. Only you can; no machine ever does."""
    old = await _own_publication(call, publication_id, lock=True)
    connector = find_connector(old.connector)
    publication = await service.resend(
        call.session,
        call.actor,
        old,
        content_hash=body.content_hash,
        local=body.scheduled_local,
        zone=body.time_zone,
        by_hand=_is_by_hand(connector),
        networks=connector.manifest.networks,
        acknowledge_duplicate_risk=body.acknowledge_duplicate_risk,
        settings=call.settings,
    )
    call.answers(publication)
    call.headers["Location"] = f"/v1/publications/{publication.id}"
    return await _publication(call, publication)


async def _own(call: Call, share_id: UUID) -> Share:
    return await repository.get_own_share(call.session, employee_id=call.actor.person(), share_id=share_id)


async def _own_publication(call: Call, publication_id: UUID, *, lock: bool = False) -> Publication:
    return await repository.get_own_publication(
        call.session, employee_id=call.actor.person(), publication_id=publication_id, lock=lock
    )


def _is_by_hand(connector: Connector) -> bool:
    capabilities = connector.manifest.capabilities
    if Capability.PUBLISH_AS_MEMBER in capabilities:
        return False
    if Capability.SHARE_LINK in capabilities:
        return True
    raise CannotPublish(slug=connector.manifest.slug)


async def _read(call: Call, share: Share) -> ShareRead:
    looked = await service.view(call.session, share, settings=call.settings)
    return ShareRead(
        id=share.id,
        offer_id=share.offer_id,
        item_id=share.item_id,
        program_id=share.program_id,
        network=share.network,
        language=share.language,
        direction="rtl" if share.language.direction == "rtl" else "ltr",
        state=share.state,
        text=looked.text,
        link=LinkRead(
            url=looked.link_url, title=looked.variant.link_title, description=looked.variant.link_description
        ),
        why_share=looked.variant.why_share,
        edited_ratio=share.edited_ratio,
        content_hash=looked.content_hash,
        created_at=share.created_at,
        updated_at=share.updated_at,
    )


async def _publication(call: Call, publication: Publication) -> PublicationRead:
    by_hand = None
    if publication.state is PublicationState.HANDED_OVER:
        by_hand = await _share_link(call, publication)
    return PublicationRead(
        **publication.model_dump(exclude={"content_hash"}),
        content_hash=publication.content_hash.hex(),
        next_step=next_step(publication.state, call.language),
        by_hand=by_hand,
    )


async def _share_link(call: Call, publication: Publication) -> ShareLinkRead | None:
    try:
        connector = registry.get_connector(publication.connector)
    except registry.ConnectorNotFound:
        return None
    consent = await repository.get_consent(call.session, publication.consent_id)
    document = await service.open_consent(call.session, consent, settings=call.settings)
    async with vendor_context(call.settings, publication.connector) as ctx:
        given = port(connector, Capability.SHARE_LINK, SharesLinks).share_link(
            ctx, text=document["text"], url=document["link_url"]
        )
    words = given.instructions.get(call.language.value) or next(iter(given.instructions.values()))
    return ShareLinkRead(url=given.url, instructions=words)
