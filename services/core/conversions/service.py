"""What happens elsewhere, told to us by ids, and which shares have credit for it. Flushes, never commits."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from services.core.audit import service as audit
from services.core.conversions import errors, repository, rules
from services.core.conversions.models import (
    Conversion,
    ConversionCredit,
    ConversionKind,
    ConversionTouch,
    CreditRule,
    ProgramRates,
    TouchState,
)
from services.core.conversions.schemas import (
    AttributionRead,
    ConversionCreate,
    CreditRead,
    LeftOutRead,
    RatesWrite,
    RuleRead,
)
from services.core.events import service as events
from services.core.goals.models import Method
from services.core.kit import crypto, db
from services.core.kit.errors import FieldProblem, Invalid, NotFound
from services.core.kit.settings import Settings
from services.core.kit.texts import Language
from services.core.links import repository as links
from services.core.links import service as link_service
from services.core.links.models import ClickKind
from services.core.links.rules import read_click_name
from services.core.organizations.rules import Actor, Permission
from services.core.programs.models import Program

#: Clocks of two systems differ by so much at most.
_CLOCKS_DIFFER = timedelta(minutes=5)
#: A chain of leads is followed so far; it ends earlier where it comes back to itself.
_LONGEST_CHAIN = 10
_SHARE_NAME = 10


@dataclass(frozen=True)
class Taken:
    """A conversion that was sent, and whether it counts from now on."""

    conversion: Conversion
    is_new: bool
    is_attributed: bool


async def take(session: AsyncSession, actor: Actor, body: ConversionCreate) -> Taken:
    """Take what happened elsewhere and give credit for it, also for what has come out of it and was told before.

    The same kind, source and id is one conversion however often it is told: clicks told later join those told
    before, a later amount replaces the earlier one, and the first time stays. Raises Invalid and OtherCurrency.
    """
    actor.require(Permission.CONVERSIONS_WRITE)
    _check(body, now=await db.now(session))
    await repository.lock_source(session, body.source)
    candidate_id = body.external_id if body.kind is ConversionKind.CANDIDATE else body.candidate_id
    conversion = await repository.find_same(session, source=body.source, kind=body.kind, external_id=body.external_id)
    is_new = conversion is None
    if conversion is None:
        conversion = Conversion(
            organization_id=actor.tenant(),
            kind=body.kind,
            source=body.source,
            external_id=body.external_id,
            occurred_at=body.occurred_at,
            amount=body.amount,
            currency=body.currency,
            lead_id=body.lead_id,
            candidate_id=candidate_id,
            named=list(dict.fromkeys(body.clicks)),
            window_days=(await link_service.get_settings(session)).window_days,
        )
        session.add(conversion)
        await session.flush()
        events.emit(session, "conversion.recorded", conversion_id=conversion.id, kind=conversion.kind.value)
    elif not await _add_what_is_new(session, actor, conversion, body, candidate_id):
        attributed = await repository.find_attributed(session, [conversion.id])
        return Taken(conversion, is_new=False, is_attributed=bool(attributed))
    await _store_touches(session, conversion)
    for one in await _with_followers(session, conversion):
        await _give_credit(session, one)
    attributed = await repository.find_attributed(session, [conversion.id])
    return Taken(conversion, is_new=is_new, is_attributed=bool(attributed))


async def drop(session: AsyncSession, actor: Actor, conversion: Conversion) -> None:
    """Take back what was told by mistake; credit that later stages have through it goes with it."""
    actor.require(Permission.CONVERSIONS_WRITE)
    await repository.lock_source(session, conversion.source)
    followers = (await _with_followers(session, conversion))[1:]
    audit.record(
        session, actor=actor.name, action="conversion.delete", subject=conversion,
        before={"kind": conversion.kind.value, "source": conversion.source},
    )  # fmt: skip
    await session.delete(conversion)
    await session.flush()
    for one in followers:
        await _give_credit(session, one)


async def get_readable(session: AsyncSession, actor: Actor, conversion_id: UUID) -> Conversion:
    """One conversion as the caller may read it: everybody's who reads all reports, else that of their programs."""
    conversion = await repository.get_conversion(session, conversion_id)
    may_read = actor.programs_for(Permission.REPORTS_READ)
    if may_read is not None:
        theirs = {credit.program_id for credit in await repository.list_credits(session, conversion.id)}
        if not theirs & may_read:
            raise NotFound(thing="conversion")
    return conversion


async def explain(
    session: AsyncSession, actor: Actor, conversion: Conversion, *, settings: Settings, language: Language
) -> AttributionRead:
    """Which shares have credit for a conversion, by which rule and within which window.

    A share is named by a keyed hash over the chain of stages: nobody can turn it into a person, and it does not tell
    whether another chain began with the same share. An item is said only when enough people have shared it.
    """
    may_read = actor.programs_for(Permission.REPORTS_READ)
    chain = await _chain(session, conversion)
    root = chain[0]
    stage = {one.id: one.kind for one in chain}
    touches = {touch.id: touch for touch in await repository.list_touches(session, list(stage))}
    credits = await repository.list_credits(session, conversion.id)
    item_ids = {touch.item_id for touch in touches.values()}
    sharers = await repository.count_sharers(session, item_ids)
    titles = await repository.name_items(session, item_ids)

    def read(credit: ConversionCredit) -> CreditRead:
        touch = touches[credit.touch_id]
        is_said = sharers.get(touch.item_id, 0) >= settings.min_group_size
        return CreditRead(
            share=_share_name(settings, root=root, link_id=touch.link_id),
            program_id=credit.program_id,
            item_id=touch.item_id if is_said else None,
            item_title=titles.get(touch.item_id) if is_said else None,
            item_reason=None if is_said else "group_too_small",
            touched_on=touch.touched_hour.date() if touch.touched_hour else None,
            named_by=stage[touch.conversion_id],
            weight=credit.weight,
        )

    left_out = Counter(t.state.value for t in touches.values() if t.state is not TouchState.CREDITED)
    unknown = sum(one.unknown_clicks for one in chain)
    if unknown:
        left_out["unknown_click"] = unknown
    if not touches and not unknown:
        left_out["nothing_named"] = 0
    return AttributionRead(
        conversion_id=conversion.id,
        kind=conversion.kind,
        occurred_at=conversion.occurred_at,
        window_days=conversion.window_days,
        came_out_of=[one.kind for one in chain if one.id != conversion.id],
        method=Method.MEASURED.value,
        rules=[
            RuleRead(
                rule=rule,
                rule_version=next((c.rule_version for c in credits if c.rule is rule), rules.RULE_VERSION),
                explanation=rules.RULES[rule].in_language(language),
                credits=[
                    read(credit)
                    for credit in credits
                    if credit.rule is rule and (may_read is None or credit.program_id in may_read)
                ],
            )
            for rule in CreditRule
        ],
        left_out=[
            LeftOutRead(reason=reason, explanation=rules.WHY_NOT[reason].in_language(language), clicks=count)
            for reason, count in sorted(left_out.items())
        ],
    )


async def put_rates(
    session: AsyncSession, actor: Actor, program: Program, before: ProgramRates | None, body: RatesWrite
) -> ProgramRates:
    """Set a program's rates from a day on, or replace those of the day (``before``). Other days keep theirs."""
    actor.require(Permission.PROGRAMS_WRITE, program_id=program.id)
    values: dict[str, Any] = {
        "currency": body.currency,
        "source": body.source,
        "baseline_cost_per_hire": body.baseline_cost_per_hire,
        "program_cost_per_month": body.program_cost_per_month,
        "earned_media": [rate.model_dump(mode="json") for rate in body.earned_media],
    }
    was = {name: getattr(before, name) for name in values} if before is not None else {}
    row = before or ProgramRates(
        organization_id=actor.tenant(), program_id=program.id, valid_from=body.valid_from, **values
    )
    for name, value in values.items():
        setattr(row, name, value)
    session.add(row)
    await session.flush()
    audit.record(
        session, actor=actor.name, action="program_rates.put", subject=row,
        before=_recorded(was), after={"valid_from": body.valid_from, **_recorded(values)},
    )  # fmt: skip
    return row


def _recorded(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if name != "source"}


def _check(body: ConversionCreate, *, now: datetime) -> None:
    problems = []
    if body.occurred_at > now + _CLOCKS_DIFFER:
        problems.append(FieldProblem("/occurred_at", "in_the_future", errors.IN_THE_FUTURE))
    if body.lead_id == body.external_id:
        problems.append(FieldProblem("/lead_id", "same_as_external_id", errors.OWN_LEAD))
    if body.candidate_id is not None:
        if body.kind not in rules.OF_CANDIDATES:
            problems.append(FieldProblem("/candidate_id", "not_a_candidate", errors.NOT_AN_ATS_STAGE))
        elif body.kind is ConversionKind.CANDIDATE and body.candidate_id != body.external_id:
            problems.append(FieldProblem("/candidate_id", "other_candidate", errors.OTHER_CANDIDATE))
    if problems:
        raise Invalid(problems=problems)


async def _add_what_is_new(
    session: AsyncSession, actor: Actor, conversion: Conversion, body: ConversionCreate, candidate_id: str | None
) -> bool:
    if body.currency and conversion.currency and body.currency != conversion.currency:
        raise errors.OtherCurrency(currency=conversion.currency)
    after = {
        "named": list(dict.fromkeys([*conversion.named, *body.clicks])),
        "amount": body.amount if body.amount is not None else conversion.amount,
        "currency": body.currency or conversion.currency,
        "lead_id": conversion.lead_id or body.lead_id,
        "candidate_id": conversion.candidate_id or candidate_id,
    }
    before = {name: getattr(conversion, name) for name in after}
    changed = [name for name in after if after[name] != before[name]]
    for name in changed:
        setattr(conversion, name, after[name])
    if changed:
        session.add(conversion)
        # Which fields alone: the other system's ids are nobody's business in the audit.
        audit.record(
            session, actor=actor.name, action="conversion.update", subject=conversion,
            before={"amount": before["amount"]}, after={"amount": after["amount"], "changed": changed},
        )  # fmt: skip
        await session.flush()
    return bool(changed)


async def _store_touches(session: AsyncSession, conversion: Conversion) -> None:
    await repository.delete_touches(session, conversion.id)
    names = [read_click_name(name) for name in conversion.named]
    known = await links.find_by_codes(session, {code for code, _ in names})
    found = []
    unknown = 0
    for code, click_id in names:
        link = known.get(code)
        click = None
        if link is not None and click_id is not None:
            click = await links.find_click(session, link.id, click_id)
        elif link is not None:
            click = await links.find_last_click(session, link.id, by=conversion.occurred_at)
        if link is None or (click is None and click_id is not None):
            unknown += 1
            continue
        seen = rules.Known(click.clicked_at if click else None, click.kind if click else ClickKind.HUMAN)
        state = rules.judge(seen, occurred_at=conversion.occurred_at, window_days=conversion.window_days)
        found.append((seen.clicked_at, link, click, state))
    found.sort(key=lambda one: (one[0] is None, one[0] or conversion.occurred_at))
    for place, (clicked_at, link, click, state) in enumerate(found):
        session.add(
            ConversionTouch(
                organization_id=conversion.organization_id,
                conversion_id=conversion.id,
                click_id=click.id if click else None,
                link_id=link.id,
                program_id=link.program_id,
                item_id=link.item_id,
                touched_hour=clicked_at.replace(minute=0, second=0, microsecond=0) if clicked_at else None,
                place=place,
                state=state,
            )
        )
    conversion.unknown_clicks = unknown
    session.add(conversion)
    await session.flush()


async def _chain(session: AsyncSession, conversion: Conversion) -> list[Conversion]:
    """The stages that a conversion came out of, oldest first, and itself at the end."""
    found = {conversion.id: conversion}
    here: Conversion | None = conversion
    for _ in range(_LONGEST_CHAIN):
        here = await repository.find_lead(session, here) if here is not None else None
        if here is None or here.id in found:
            break
        found[here.id] = here
    for one in list(found.values()):
        for earlier in await repository.list_earlier_stages(session, one):
            found.setdefault(earlier.id, earlier)
    before = sorted(
        (one for one in found.values() if one.id != conversion.id), key=lambda one: (one.occurred_at, one.id)
    )
    return [*before, conversion]


async def _with_followers(session: AsyncSession, conversion: Conversion) -> list[Conversion]:
    """A conversion and all that came out of it, each once."""
    found = {conversion.id: conversion}
    waiting = [conversion]
    while waiting:
        for one in await repository.list_followers(session, waiting.pop()):
            if one.id not in found:
                found[one.id] = one
                waiting.append(one)
    return list(found.values())


async def _give_credit(session: AsyncSession, conversion: Conversion) -> None:
    await repository.delete_credits(session, conversion.id)
    chain = await _chain(session, conversion)
    touches = await repository.list_touches(session, [one.id for one in chain])
    place = {one.id: number for number, one in enumerate(chain)}
    touches.sort(key=lambda t: (t.touched_hour is None, t.touched_hour, place[t.conversion_id], t.place))
    # The same click named by two stages is one click.
    once: dict[UUID, ConversionTouch] = {}
    for touch in repository.credited_touches(touches):
        once.setdefault(touch.click_id or touch.id, touch)
    for rule, given in rules.give_credit(list(once.values())).items():
        for touch, weight in given:
            session.add(
                ConversionCredit(
                    organization_id=conversion.organization_id,
                    conversion_id=conversion.id,
                    touch_id=touch.id,
                    program_id=touch.program_id,
                    link_id=touch.link_id,
                    rule=rule,
                    rule_version=rules.RULE_VERSION,
                    weight=weight,
                )
            )
    await session.flush()


def _share_name(settings: Settings, *, root: Conversion, link_id: UUID) -> str:
    pepper = settings.key_pepper.get_secret_value()
    value = f"{root.organization_id}|{root.id}|{link_id}"
    return "shr_" + crypto.keyed_hash(pepper, purpose="share-name", value=value)[:_SHARE_NAME].hex()
