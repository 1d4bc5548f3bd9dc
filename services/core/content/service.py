"""What may happen to content and offers, and what follows. Flushes, never commits.

Words change in a draft. Changing them in review or after approval takes the item back to draft, and every approval of
it with that; what was offered does not change any more.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from services.core.ambassadors import repository as ambassadors
from services.core.audit import service as audit
from services.core.content import feedback, readiness, repository, rules, topics
from services.core.content import feedback_repository as answers
from services.core.content.errors import (
    ItemExpired,
    NotYetAvailable,
    OfferClosed,
    OwnWork,
    ProgramNotLaunched,
    SecondApprovalNeeded,
    VariantExists,
    VariantMissing,
    WrongItemState,
)
from services.core.content.models import (
    ContentItem,
    Decision,
    ItemState,
    Offer,
    OfferState,
    Review,
    ReviewRule,
    Variant,
)
from services.core.content.names import ITEM_STATE_NAMES
from services.core.content.schemas import (
    ContentItemCreate,
    ContentItemUpdate,
    Fallback,
    OfferSummary,
    ReviewCreate,
    ReviewRulesWrite,
    Skipped,
    VariantCreate,
    VariantUpdate,
    Withdrawal,
)
from services.core.events import service as events
from services.core.kit import db
from services.core.kit.errors import FieldProblem, Invalid, NotFound
from services.core.kit.texts import Language, Text, listed
from services.core.organizations.rules import Actor, Permission
from services.core.programs import pilots
from services.core.programs import repository as programs
from services.core.programs.models import Program, ProgramState
from services.core.programs.names import STATE_NAMES

_MAY_NOT_BE_REMOVED = Text(en="This cannot be removed. Give a value.", he="לא ניתן להסיר שדה זה. יש לתת ערך.")
_IN_THE_PAST = Text(en="Give a time in the future.", he="יש לתת מועד עתידי.")
_AFTER_ITS_END = Text(
    en="Give a time before expires_at: it would never be offered.",
    he="יש לתת מועד לפני expires_at: אחרת הפריט לא יוצע לעולם.",
)
_OTHER_NETWORK = Text(
    en="The program does not use this network. Use one of: {networks}.",
    he="התוכנית אינה משתמשת ברשת זו. יש להשתמש באחת מאלה: {networks}.",
)
_LAUNCHED = (ProgramState.QUIET, ProgramState.LOUD)


async def create_item(session: AsyncSession, actor: Actor, body: ContentItemCreate) -> ContentItem:
    """Write a draft; raise NotFound for an unknown program."""
    program = await programs.get_program(session, body.program_id)
    actor.require(Permission.CONTENT_WRITE, program_id=body.program_id)
    await _check_future(session, body.expires_at)
    _check_window(body.available_from, body.expires_at)
    slugs = await topics.slugs_for(session, actor, body.topics, language=program.default_language)
    assert actor.key_id is not None  # noqa: S101  # everybody with a role came with a key
    item = ContentItem(
        organization_id=actor.tenant(),
        **body.model_dump(exclude={"audience", "audience_tags", "topics"}),
        topics=slugs,
        audience_tags=rules.tags(body.audience_tags),
        audience=body.audience.model_dump(exclude_none=True),
        author_employee_id=actor.employee_id,
        author_key_id=actor.key_id,
        written_by=[actor.name],
    )
    session.add(item)
    audit.record(session, actor=actor.name, action="content.create", subject=item)
    await session.flush()
    return item


async def read_item(session: AsyncSession, actor: Actor, item_id: UUID) -> ContentItem:
    """One item, for whoever may read its program's content; raise NotFound."""
    item = await repository.get_item(session, item_id)
    actor.require(Permission.CONTENT_READ, program_id=item.program_id)
    return item


async def update_item(session: AsyncSession, actor: Actor, item: ContentItem, body: ContentItemUpdate) -> ContentItem:
    """Change an item, which takes it back to draft; raise WrongItemState once it was offered.

    An embargo is no part of its words: it may come, move and go at any time.
    """
    actor.require(Permission.CONTENT_WRITE, program_id=item.program_id)
    changes = body.changes()
    _keep(changes, "title", "destination_url")
    if "expires_at" in changes:
        await _check_future(session, body.expires_at)
    _check_window(changes.get("available_from", item.available_from), changes.get("expires_at", item.expires_at))
    if "topics" in changes:
        program = await programs.get_program(session, item.program_id)
        changes["topics"] = await topics.slugs_for(session, actor, body.topics or [], language=program.default_language)
    if "audience_tags" in changes:
        changes["audience_tags"] = rules.tags(body.audience_tags or [])
    if "audience" in changes:
        # RFC 7396: an object in a patch is merged, and its nulls remove.
        merged = {**item.audience, **body.audience.changes()} if body.audience is not None else {}
        changes["audience"] = {rule: value for rule, value in merged.items() if value is not None}
    if set(changes) != {"embargo_until"}:
        _reopen(session, actor, item)
    for name, value in changes.items():
        setattr(item, name, value)
    session.add(item)
    audit.record(session, actor=actor.name, action="content.update", subject=item, after={"fields": sorted(changes)})
    await session.flush()
    return item


async def create_variant(session: AsyncSession, actor: Actor, item_id: UUID, body: VariantCreate) -> Variant:
    """Word an item for one network and language; raise VariantExists, or Invalid for a network of no use."""
    item = await _lock(session, actor, item_id, Permission.CONTENT_WRITE)
    program = await programs.get_program(session, item.program_id)
    if body.network not in program.networks:
        values: dict[str, object] = {"networks": ", ".join(program.networks) or "-"}
        raise Invalid(problems=[FieldProblem("/network", "network_not_in_program", _OTHER_NETWORK, values)])
    if await repository.has_variant(session, item_id, language=body.language, network=body.network):
        raise VariantExists(network=body.network, language=body.language.value)
    await readiness.check_attached(
        session, asset_ids=body.asset_ids, reshare_of=body.reshare_of, language=body.language
    )
    _reopen(session, actor, item)
    variant = Variant(
        organization_id=actor.tenant(),
        item_id=item_id,
        **body.model_dump(exclude={"asset_ids"}),
        asset_ids=[str(asset_id) for asset_id in body.asset_ids],
    )
    session.add(variant)
    _record_variant(session, actor, variant, "create")
    await session.flush()
    return variant


async def update_variant(session: AsyncSession, actor: Actor, variant: Variant, body: VariantUpdate) -> Variant:
    """Change a variant, which takes its item back to draft."""
    item = await _lock(session, actor, variant.item_id, Permission.CONTENT_WRITE)
    changes = body.changes()
    _keep(changes, "text", "why_share", "link_title")
    if changes.keys() & {"asset_ids", "reshare_of"}:
        changes["asset_ids"] = [str(one) for one in changes.get("asset_ids", variant.asset_ids) or []]
        await readiness.check_attached(
            session,
            asset_ids=[UUID(one) for one in changes["asset_ids"]],
            reshare_of=changes.get("reshare_of", variant.reshare_of),
            language=variant.language,
        )
    _reopen(session, actor, item)
    for name, value in changes.items():
        setattr(variant, name, value)
    session.add(variant)
    _record_variant(session, actor, variant, "update")
    await session.flush()
    return variant


async def delete_variant(session: AsyncSession, actor: Actor, variant: Variant) -> None:
    """Drop a variant, which takes its item back to draft."""
    item = await _lock(session, actor, variant.item_id, Permission.CONTENT_WRITE)
    _reopen(session, actor, item)
    _record_variant(session, actor, variant, "delete")
    await session.delete(variant)
    await session.flush()


async def submit(session: AsyncSession, actor: Actor, item_id: UUID) -> ContentItem:
    """Send a draft to review; raise VariantMissing without a reason to share in the program's default language.

    Raises Invalid for what else is missing: a reason to share in any language it speaks, words for who cannot see.
    """
    item = await _lock(session, actor, item_id, Permission.CONTENT_WRITE)
    _must_be(item, ItemState.DRAFT)
    program = await programs.get_program(session, item.program_id)
    if not await repository.has_variant(session, item_id, language=program.default_language):
        values: dict[str, object] = {"language": program.default_language.value}
        problem = FieldProblem("/variants", VariantMissing.code, VariantMissing.detail, values)
        raise VariantMissing(problems=[problem], **values)
    readiness.must_be_complete(await readiness.look(session, item, program))
    item.state = ItemState.IN_REVIEW
    item.submitted_version = item.version + 1
    audit.record(session, actor=actor.name, action="content.submit", subject=item)
    await session.flush()
    return item


async def review(session: AsyncSession, actor: Actor, item: ContentItem, body: ReviewCreate) -> Review:
    """Approve an item or send it back; raise OwnWork for its writers. More approvals may follow the first.

    It is approved once somebody has who may, and somebody of each function that the program's rules ask for.
    """
    item = await _lock(session, actor, item.id, Permission.CONTENT_REVIEW)
    if actor.name in item.written_by or actor.key_id == item.author_key_id:
        raise OwnWork()
    approves = body.decision is Decision.APPROVED
    _must_be(item, ItemState.IN_REVIEW, ItemState.APPROVED, *([ItemState.OFFERED] if approves else []))
    assert actor.key_id is not None  # noqa: S101  # everybody with a role came with a key
    row = Review(
        organization_id=actor.tenant(),
        item_id=item.id,
        item_version=item.version,
        reviewer_employee_id=actor.employee_id,
        reviewer_key_id=actor.key_id,
        functions=await _functions_of(session, actor, item.program_id),
        **body.model_dump(),
    )
    session.add(row)
    await session.flush()
    if not approves:
        item.state = ItemState.DRAFT
    elif item.state is ItemState.IN_REVIEW and not await readiness.functions_missing(session, item):
        item.state = ItemState.APPROVED
        events.emit(session, "content.approved", item_id=item.id, program_id=item.program_id)
    audit.record(
        session, actor=actor.name, action="content.review", subject=item, after={"decision": body.decision.value}
    )
    await session.flush()
    return row


async def offer(session: AsyncSession, actor: Actor, item_id: UUID, *, k: int) -> OfferSummary:
    """Offer an item to each active ambassador it fits and who was not offered it before.

    Once ``k`` more people have it, what people think of it is counted anew.

    Who pauses or is on leave is offered it too and sees it once they are back (``hot.list_open_offers``): they miss
    nothing, and no number here tells a manager who is away.
    Raises WrongItemState, ItemExpired, NotYetAvailable, ProgramNotLaunched, Invalid for words that are missing,
    FunctionApprovalNeeded, or SecondApprovalNeeded when it would reach more than 100 people, those of earlier calls
    included, with one reviewer's approval.
    """
    item = await _lock(session, actor, item_id, Permission.CONTENT_OFFER)
    _must_be(item, *sorted(rules.OFFERABLE))
    now = await db.now(session)
    if rules.has_passed(item.expires_at, now=now):
        raise ItemExpired()
    if item.available_from is not None and item.available_from > now:
        raise NotYetAvailable(available_from=item.available_from.strftime("%Y-%m-%d %H:%M UTC"))
    program = await programs.get_program(session, item.program_id)
    if program.state not in _LAUNCHED:
        raise ProgramNotLaunched(state=STATE_NAMES[program.state])
    variants = await repository.list_variants(session, item_id)
    found = await readiness.look(session, item, program, variants=variants)
    readiness.must_be_offerable(found)
    before = await repository.list_offered_people(session, item_id)
    made, fallbacks, skipped = await _draw_up(session, item, program, before, variants)
    reached = len(before) + len(made)
    if made and reached > rules.SECOND_APPROVAL_OVER and await repository.count_approvers(session, item) < 2:
        raise SecondApprovalNeeded(people=reached, limit=rules.SECOND_APPROVAL_OVER)
    await repository.add_offers(session, made)
    item.state = ItemState.OFFERED
    item.offered_at = item.offered_at or now
    if made:
        events.emit(session, "content.offered", item_id=item.id, program_id=item.program_id)
    audit.record(session, actor=actor.name, action="content.offer", subject=item, after={"offered": len(made)})
    await session.flush()
    await feedback.count(session, item_id, k=k, offers_too=True)
    return OfferSummary(item_id=item.id, state=item.state, offered=len(made), fallbacks=fallbacks, skipped=skipped)


async def _draw_up(
    session: AsyncSession, item: ContentItem, program: Program, before: set[UUID], variants: Sequence[Variant]
) -> tuple[list[Offer], list[Fallback], Skipped]:
    wanted = await ambassadors.list_wanted_languages(session, program.id)
    goals = await answers.list_goals(session, program.id)

    @cache
    def choose(languages: tuple[Language, ...]) -> Variant | None:
        return rules.choose_variant(
            variants, languages=languages, default=program.default_language, networks=program.networks
        )

    made: list[Offer] = []
    fallbacks: Counter[tuple[Language, Language]] = Counter()
    skipped = {"outside_audience": 0, "no_variant": 0, "offered_before": 0}
    active = await repository.list_active(session, program.id)
    in_pilot = await pilots.covered(session, program, [employee for _, employee in active])
    for ambassador, employee in active:
        reasons = rules.audience_reasons(item.audience, department=employee.department, country=employee.country)
        languages = rules.wanted_languages(ambassador.language, wanted.get(employee.id, ()))
        variant, usual = choose(languages), choose((ambassador.language,))
        if employee.id in before:
            skipped["offered_before"] += 1
        elif reasons is None or employee.id not in in_pilot:
            skipped["outside_audience"] += 1
        elif variant is None or usual is None:
            skipped["no_variant"] += 1
        else:
            # Counted by the membership's language, which managers see; what people prefer is theirs.
            if usual.language is not ambassador.language:
                fallbacks[ambassador.language, usual.language] += 1
            if variant.language not in languages:
                reasons.append(rules.Reason.LANGUAGE_FALLBACK)
            made.append(
                Offer(
                    organization_id=item.organization_id,
                    program_id=program.id,
                    item_id=item.id,
                    employee_id=employee.id,
                    language=variant.language,
                    reasons=[reason.value for reason in reasons],
                    goal_matched=rules.matches(item.topics, goals.get(employee.id)),
                )
            )
    counted = [
        Fallback(wanted=wanted, shown=shown, people=people) for (wanted, shown), people in sorted(fallbacks.items())
    ]
    return made, counted, Skipped(**skipped)


async def withdraw(session: AsyncSession, actor: Actor, item_id: UUID, body: Withdrawal) -> ContentItem:
    """Take an item back, and its open offers with it; ``content.withdrawn`` stops what is not out yet."""
    item = await _lock(session, actor, item_id, Permission.CONTENT_OFFER)
    _must_be(item, *(state for state in ItemState if state is not ItemState.WITHDRAWN))
    item.state = ItemState.WITHDRAWN
    item.withdrawn_reason = body.reason
    await repository.close_offers(session, item_id, state=OfferState.WITHDRAWN)
    events.emit(session, "content.withdrawn", item_id=item.id, program_id=item.program_id)
    audit.record(session, actor=actor.name, action="content.withdraw", subject=item)
    await session.flush()
    return item


async def expire_items(session: AsyncSession) -> int:
    """Close the items of this organization whose time is over, with their open offers; answer how many."""
    over = await repository.list_expired(session)
    for item in over:
        item.state = ItemState.EXPIRED
        session.add(item)
        await repository.close_offers(session, item.id, state=OfferState.EXPIRED)
    await session.flush()
    return len(over)


async def get_offer_of(
    session: AsyncSession, *, employee_id: UUID, offer_id: UUID
) -> tuple[Offer, ContentItem, Variant]:
    """What a person is about to share: their offer, its item, and the variant they were shown.

    Raises NotFound for anybody else's offer, OfferClosed once offer or item is withdrawn or over.
    """
    found = await repository.find_own_offer(session, employee_id=employee_id, offer_id=offer_id)
    if found is None:
        raise NotFound(thing="offer")
    item = await repository.get_item(session, found.item_id)
    lapsed = rules.has_passed(item.expires_at, now=await db.now(session))
    closed = found.state in (OfferState.WITHDRAWN, OfferState.EXPIRED)
    if closed or lapsed or item.state is not ItemState.OFFERED:
        raise OfferClosed()
    program = await programs.get_program(session, item.program_id)
    variant = rules.choose_variant(
        await repository.list_variants(session, item.id),
        languages=(found.language,),
        default=program.default_language,
        networks=program.networks,
    )
    if variant is None:
        raise OfferClosed()
    return found, item, variant


async def mark_shared(session: AsyncSession, offer: Offer) -> None:
    """Remember that the person took an offer up."""
    offer.state = OfferState.SHARED
    offer.dismiss_reason = None
    session.add(offer)
    await session.flush()


async def _lock(session: AsyncSession, actor: Actor, item_id: UUID, permission: Permission) -> ContentItem:
    item = await repository.get_item(session, item_id, lock=True)
    actor.require(permission, program_id=item.program_id)
    return item


def _must_be(item: ContentItem, *states: ItemState) -> None:
    if item.state not in states:
        raise WrongItemState(
            state=ITEM_STATE_NAMES[item.state], needed=listed(ITEM_STATE_NAMES[state] for state in states)
        )


def _reopen(session: AsyncSession, actor: Actor, item: ContentItem) -> None:
    """Back to draft, with the caller among the writers; raise WrongItemState once it was offered."""
    _must_be(item, *sorted(rules.EDITABLE))
    item.state = ItemState.DRAFT
    if actor.name not in item.written_by:
        item.written_by = [*item.written_by, actor.name]
    session.add(item)


def _keep(changes: Mapping[str, Any], *names: str) -> None:
    removed = [name for name in names if name in changes and changes[name] is None]
    if removed:
        raise Invalid(problems=[FieldProblem(f"/{name}", "required", _MAY_NOT_BE_REMOVED) for name in removed])


async def _functions_of(session: AsyncSession, actor: Actor, program_id: UUID) -> list[str]:
    if actor.employee_id is None:
        return []
    held = await programs.list_responsibilities(session, program_id)
    return sorted({one.function.value for one in held if one.employee_id == actor.employee_id})


async def put_review_rules(
    session: AsyncSession, actor: Actor, program_id: UUID, body: ReviewRulesWrite
) -> list[ReviewRule]:
    """Say anew which functions approve which topics in a program; raise Invalid for a topic that there is not."""
    await programs.get_program(session, program_id, lock=True)
    actor.require(Permission.PROGRAMS_WRITE, program_id=program_id)
    slugs = await topics.find_slugs(session, [rule.topic for rule in body.rules], pointer="/rules")
    wanted = {(slug, function) for slug, rule in zip(slugs, body.rules, strict=True) for function in rule.functions}
    await repository.delete_review_rules(session, program_id)
    rows = [
        ReviewRule(organization_id=actor.tenant(), program_id=program_id, topic=slug, function=function)
        for slug, function in sorted(wanted)
    ]
    session.add_all(rows)
    program = await programs.get_program(session, program_id)
    audit.record(
        session, actor=actor.name, action="review_rules.put", subject=program,
        after={"rules": [f"{slug}:{function.value}" for slug, function in sorted(wanted)]},
    )  # fmt: skip
    await session.flush()
    return rows


async def draft_from_elsewhere(
    session: AsyncSession,
    program: Program,
    *,
    by: str,
    source: dict[str, str],
    title: str,
    destination_url: str,
    text: str,
    why_share: str = "",
    language: Language | None = None,
    topic_slugs: Sequence[str] = (),
    author_employee_id: UUID | None = None,
    written_by: Sequence[str] = (),
    key_id: UUID | None = None,
) -> ContentItem:
    """Make a draft of what a feed or a colleague brings, with a variant for each network; people do the rest.

    Without ``why_share`` it cannot be sent to review before somebody has written one.
    """
    organization_id = db.organization_of(session)
    item = ContentItem(
        organization_id=organization_id,
        program_id=program.id,
        title=title,
        destination_url=destination_url,
        topics=list(topic_slugs),
        author_employee_id=author_employee_id,
        # No key wrote what a feed brings: the source stands for it.
        author_key_id=key_id or UUID(source["id"]),
        written_by=list(written_by),
        source=dict(source),
    )
    session.add(item)
    await session.flush()
    session.add_all(
        Variant(
            organization_id=organization_id,
            item_id=item.id,
            network=network,
            language=language or program.default_language,
            text=text,
            why_share=why_share,
            link_title=title[:200],
        )
        for network in program.networks
    )
    audit.record(session, actor=by, action="content.create", subject=item, after={"source": source["kind"]})
    await session.flush()
    return item


def _check_window(available_from: datetime | None, expires_at: datetime | None) -> None:
    if available_from is not None and expires_at is not None and available_from >= expires_at:
        raise Invalid(problems=[FieldProblem("/available_from", "after_its_end", _AFTER_ITS_END)])


async def _check_future(session: AsyncSession, expires_at: Any) -> None:
    if rules.has_passed(expires_at, now=await db.now(session)):
        raise Invalid(problems=[FieldProblem("/expires_at", "in_the_past", _IN_THE_PAST)])


def _record_variant(session: AsyncSession, actor: Actor, variant: Variant, deed: str) -> None:
    audit.record(
        session, actor=actor.name, action=f"variant.{deed}", subject=variant,
        after={"item_id": variant.item_id, "network": variant.network, "language": variant.language.value},
    )  # fmt: skip
