"""The ambassador's side of sharing: draft, look, approve, cancel, and what became of it."""

from __future__ import annotations

from dataclasses import replace
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
from services.core.assets import service as assets
from services.core.assets.schemas import MediaRead
from services.core.connections import repository as connections
from services.core.connections.errors import CannotPublish
from services.core.connections.vendors import vendor_context
from services.core.content import readiness
from services.core.kit.pagination import paginate
from services.core.kit.schemas import Listing
from services.core.kit.texts import Language
from services.core.links import repository as links_repository
from services.core.links import service as links
from services.core.measurement import service as measurement
from services.core.organizations.rules import Door
from services.core.policies import rule_schemas
from services.core.policies import service as policies
from services.core.shares import comments, editing, explanations, repository, service, words
from services.core.shares.models import Publication, PublicationState, Share
from services.core.shares.schemas import (
    AttemptRead,
    EvidenceRead,
    FirstCommentRead,
    LinkRead,
    MetricRead,
    NextGoodTimeRead,
    OwnClicksRead,
    PublicationDetail,
    PublicationMetrics,
    PublicationRead,
    PublicationResend,
    PublicationResolve,
    PublicationUpdate,
    RuleHitRead,
    ShareApprove,
    ShareCheck,
    ShareChecked,
    ShareCreate,
    ShareLinkRead,
    ShareRead,
    ShareUpdate,
    SimilarTextRead,
    TimeRead,
    TimeReasonRead,
)
from services.core.shares.texts import explain_time

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
    changes = body.changes()
    if "with_media" in changes or "first_comment" in changes:
        await service.decide_extras(
            call.session,
            share,
            with_media=body.with_media,
            first_comment=(body.first_comment or "") if "first_comment" in changes else None,
            settings=call.settings,
        )
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
    """Says what stands against a share, what a wall time means, and the next time that fits; changes nothing."""
    looked = await service.view(call.session, await _own(call, share_id), settings=call.settings)
    if body.text is not None:
        looked = replace(looked, text=body.text)
    planned = await editing.find_planned(call.session, share_id)
    planned_id = planned.id if planned else None
    checked = await service.check_time(
        call.session,
        looked.share,
        local=body.scheduled_local,
        zone=body.time_zone,
        exclude_publication_id=planned_id,
    )
    time = similar = None
    if checked.time is not None:
        time = TimeRead(
            scheduled_local=checked.time.local.isoformat(),
            time_zone=checked.time.zone,
            scheduled_at=checked.time.at,
            note=checked.time.note,
            words=explain_time(checked.time, call.language),
        )
    around = checked.time or checked.proposal
    found = await service.inspect(call.session, looked, at=around.at if around else None, settings=call.settings)
    if around is not None:
        compared = await service.compare(
            call.session, looked, at=around.at, settings=call.settings, exclude_publication_id=planned_id
        )
        if compared.outcome is not words.Outcome.FINE:
            similar = SimilarTextRead(
                needs_review=compared.outcome is words.Outcome.REVIEW,
                advice=[text.in_language(call.language) for text in compared.advice],
            )
    return ShareChecked(
        is_ready=found.is_ready and checked.is_good and similar is None,
        content_hash=looked.content_hash,
        rule_hits=[read_hit(hit, call.language) for hit in found.rule_hits],
        needs_review=bool(policies.reviews(found.rule_hits)) and not policies.stops(found.rule_hits),
        disclosure_missing=found.disclosure_missing,
        not_before=found.not_before,
        characters=len(looked.text),
        time=time,
        time_reasons=[
            TimeReasonRead(code=reason.code, message=reason.in_language(call.language)) for reason in checked.reasons
        ],
        next_good_time=NextGoodTimeRead.model_validate(checked.proposal.document(call.language))
        if checked.proposal
        else None,
        similar_text=similar,
    )


@router.post(
    "/v1/me/shares/{share_id}/approve",
    status_code=201,
    operation_id="me_shares_approve",
    summary="Approve a share",
    dependencies=_PERSON,
)
async def approve_share(share_id: UUID, body: ShareApprove, call: Current) -> PublicationRead:
    """Your yes to exactly these bytes, this account and this time. It goes out once, or you are told why not.

    A time that breaks your limits or the program's is refused (`time_does_not_fit`) with `next_good_time` beside the
    errors; a text that many colleagues use is first refused with advice (`similar_text`, `needs_review`).
    """
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
        by_hand=is_by_hand(connector),
        networks=connector.manifest.networks,
        local=body.scheduled_local,
        zone=body.time_zone,
        allow_duplicate=body.allow_duplicate,
        keep_similar=body.keep_similar,
        accept_review=body.accept_review,
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
    comment = await repository.find_comment(call.session, publication.id)
    return PublicationDetail(
        **(await _publication(call, publication)).model_dump(),
        first_comment=FirstCommentRead(
            state=comment.state,
            external_id=comment.external_id,
            words=comments.explain(comment, call.language, network=publication.network),
        )
        if comment
        else None,
        attempts=[
            AttemptRead(
                **attempt.model_dump(include={"id", "state", "armed_at", "finished_at", "outcome"}),
                words=explanations.explain_attempt(
                    attempt.state, attempt.outcome, call.language, network=publication.network
                ),
            )
            for attempt in attempts
        ],
        evidence=[
            EvidenceRead(
                kind=fact.kind,
                created_at=fact.created_at,
                words=explanations.explain_evidence(fact, call.language, network=publication.network),
                detail=fact.detail,
            )
            for fact in evidence
        ],
    )


@router.get(
    "/v1/publications/{publication_id}/metrics",
    operation_id="publications_metrics",
    summary="Read the numbers of a publication",
    dependencies=_PERSON,
)
async def get_publication_metrics(publication_id: UUID, call: Current) -> PublicationMetrics:
    """Answers the last number the network gave for each metric, or why there is none, and your link's clicks.

    Disconnecting the account takes nothing away: the numbers stay, marked with `stale_since`, and clicks go on.
    """
    publication = await _own_publication(call, publication_id)
    share = await repository.get_share(call.session, publication.share_id)
    connection = await connections.get_connection(call.session, publication.connection_id)
    numbers = await measurement.list_last_numbers(call.session, publication, connection)
    clicks = await links_repository.clicks_of(call.session, share.link_id)
    return PublicationMetrics(
        publication_id=publication.id,
        metrics=[
            MetricRead(
                metric=number.metric.value,
                value=number.value,
                taken_at=number.taken_at,
                stale_since=number.stale_since,
                reason=number.reason,
                words=explanations.explain_missing(number.reason, call.language, network=publication.network)
                if number.reason
                else None,
            )
            for number in numbers
        ],
        clicks=OwnClicksRead(human=clicks.human, machine=clicks.machine, own=clicks.own),
    )


@router.patch(
    "/v1/publications/{publication_id}",
    operation_id="publications_update",
    summary="Change what is planned",
    dependencies=_PERSON,
)
async def update_publication(publication_id: UUID, body: PublicationUpdate, call: Current) -> PublicationRead:
    """Puts your planned post in other words or moves it, until it is being sent: a new yes to new bytes and time."""
    publication = await _own_publication(call, publication_id, lock=True)
    call.must_match(publication)
    connector = find_connector(publication.connector)
    changed = await editing.change(
        call.session,
        call.actor,
        publication,
        text=body.text,
        content_hash=body.content_hash,
        local=body.scheduled_local,
        zone=body.time_zone,
        by_hand=is_by_hand(connector),
        networks=connector.manifest.networks,
        allow_duplicate=body.allow_duplicate,
        keep_similar=body.keep_similar,
        accept_review=body.accept_review,
        settings=call.settings,
    )
    call.answers(changed)
    return await _publication(call, changed)


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
        by_hand=is_by_hand(connector),
        networks=connector.manifest.networks,
        acknowledge_duplicate_risk=body.acknowledge_duplicate_risk,
        keep_similar=body.keep_similar,
        accept_review=body.accept_review,
        settings=call.settings,
    )
    call.answers(publication)
    call.headers["Location"] = f"/v1/publications/{publication.id}"
    return await _publication(call, publication)


def read_hit(hit: policies.RuleHit, language: Language) -> RuleHitRead:
    """A hit for a reader of ``language``."""
    return RuleHitRead(code=hit.code, **rule_schemas.read_hit(hit, language=language).model_dump())


async def _own(call: Call, share_id: UUID) -> Share:
    return await repository.get_own_share(call.session, employee_id=call.actor.person(), share_id=share_id)


async def _own_publication(call: Call, publication_id: UUID, *, lock: bool = False) -> Publication:
    return await repository.get_own_publication(
        call.session, employee_id=call.actor.person(), publication_id=publication_id, lock=lock
    )


def is_by_hand(connector: Connector) -> bool:
    """Whether the person posts themselves with this connector; raise CannotPublish if nobody can."""
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
        posted_text=str(looked.document["text"]),
        media=[
            MediaRead(**one.document(), url=f"/v1/me/offers/{share.offer_id}/assets/{one.asset_id}")
            for one in looked.shown
        ],
        with_media=share.with_media,
        first_comment=looked.first_comment,
        reshare_of=looked.variant.reshare_of,
        warnings=[
            problem.in_language(call.language)
            for problem in readiness.warnings_of(
                looked.variant, await assets.list_of(call.session, looked.variant.asset_ids) if looked.shown else []
            )
        ],
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
    explained = explanations.explain(publication, call.language)
    return PublicationRead(
        **publication.model_dump(exclude={"content_hash"}),
        content_hash=publication.content_hash.hex(),
        why=explained.why,
        whose_move=explained.whose_move.value,
        next_step=explained.next_step,
        next_try_at=explained.next_try_at,
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
