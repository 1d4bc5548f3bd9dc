"""What the caller wants to speak about, and to whom: decides which content they are offered first."""

from __future__ import annotations

from fastapi import APIRouter

from services.api.dependencies import Call, Current, allow
from services.api.routing import Router
from services.core.content import interests
from services.core.content.models import Interests
from services.core.content.ranking_schemas import InterestsRead, InterestsWrite
from services.core.organizations.rules import Door

router: APIRouter = Router(tags=["My offers"])


@router.get(
    "/v1/me/interests",
    operation_id="my_interests_get",
    summary="Read my goals and audience",
    dependencies=[allow(Door.PERSON)],
)
async def get_interests(call: Current) -> InterestsRead:
    """Answers what the caller wants to speak about and to whom, and what there is to choose from. Only they see it."""
    return await _answer(call, await interests.read(call.session, call.actor))


@router.put(
    "/v1/me/interests",
    operation_id="my_interests_put",
    summary="Say my goals and audience",
    dependencies=[allow(Door.PERSON)],
)
async def put_interests(body: InterestsWrite, call: Current) -> InterestsRead:
    """Replaces the caller's goals and audience whole. Offers about a goal come first, and each says which it is about.

    Languages in which the caller wants content are among their preferences (`/v1/me/preferences`).
    """
    found = await interests.read(call.session, call.actor)
    call.must_match(found)
    return await _answer(call, await interests.replace(call.session, call.actor, found, body))


async def _answer(call: Call, found: Interests) -> InterestsRead:
    call.answers(found)
    return await interests.view(call.session, found, language=call.language)
