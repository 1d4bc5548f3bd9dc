"""What content is about, and who has to approve content about what."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from sqlmodel import col

from services.api.dependencies import Call, Current, Page, allow
from services.api.routing import Router
from services.core.content import repository, service, topics
from services.core.content.models import ReviewRule, Topic
from services.core.content.schemas import (
    ReviewRuleRead,
    ReviewRulesRead,
    ReviewRulesWrite,
    TopicCreate,
    TopicMerge,
    TopicRead,
    TopicUpdate,
)
from services.core.kit.pagination import paginate
from services.core.kit.schemas import Listing
from services.core.organizations.rules import Permission
from services.core.programs import repository as programs

router: APIRouter = Router(tags=["Topics"])


@router.post(
    "/v1/topics",
    status_code=201,
    operation_id="topics_create",
    summary="Make a topic",
    dependencies=[allow(Permission.CONTENT_WRITE)],
)
async def create_topic(body: TopicCreate, call: Current) -> TopicRead:
    """Makes a topic with its names per language. Items name it by its slug."""
    topic = await topics.create(call.session, call.actor, body)
    call.headers["Location"] = f"/v1/topics/{topic.id}"
    return _answer(call, topic)


@router.get(
    "/v1/topics", operation_id="topics_list", summary="List topics", dependencies=[allow(Permission.ORGANIZATION_READ)]
)
async def list_topics(
    call: Current,
    page: Page,
    merged: Annotated[bool, Query(description="Also those that another one has taken the place of.")] = False,
) -> Listing[TopicRead]:
    """Lists the organization's topics."""
    statement = repository.topics(call.session)
    if not merged:
        statement = statement.where(col(Topic.merged_into).is_(None))
    found = await paginate(
        call.session,
        statement,
        page=call.page(limit=page.limit, cursor=page.cursor, sort=page.sort, filters=str(merged)),
        id_column=Topic.id,
        sorts={"slug": Topic.slug, "created_at": Topic.created_at},
        default_sort="slug",
    )
    return Listing(data=[TopicRead.model_validate(row) for row in found.rows], next_cursor=found.next_cursor)


@router.get(
    "/v1/topics/{topic_id}",
    operation_id="topics_get",
    summary="Read a topic",
    dependencies=[allow(Permission.ORGANIZATION_READ)],
)
async def get_topic(topic_id: UUID, call: Current) -> TopicRead:
    """Answers one topic; a merged one says which has taken its place."""
    return _answer(call, await repository.get_topic(call.session, topic_id))


@router.patch(
    "/v1/topics/{topic_id}",
    operation_id="topics_update",
    summary="Rename a topic",
    dependencies=[allow(Permission.CONTENT_WRITE)],
)
async def update_topic(topic_id: UUID, body: TopicUpdate, call: Current) -> TopicRead:
    """Merge patch of its names. Its slug stays, and with it everything that names it."""
    topic = await repository.get_topic(call.session, topic_id)
    call.must_match(topic)
    return _answer(call, await topics.rename(call.session, call.actor, topic, body))


@router.post(
    "/v1/topics/{topic_id}/merge",
    operation_id="topics_merge",
    summary="Merge a topic into another",
    dependencies=[allow(Permission.CONTENT_WRITE)],
)
async def merge_topic(topic_id: UUID, body: TopicMerge, call: Current) -> TopicRead:
    """Lets another topic take its place in items and review rules; answers that one. What still names it leads on."""
    topic = await repository.get_topic(call.session, topic_id)
    return _answer(call, await topics.merge(call.session, call.actor, topic, body))


@router.get(
    "/v1/programs/{program_id}/review-rules",
    operation_id="review_rules_get",
    summary="Who approves what?",
    dependencies=[allow(Permission.CONTENT_READ)],
)
async def get_review_rules(program_id: UUID, call: Current) -> ReviewRulesRead:
    """Answers which functions have to approve content about which topics, besides the usual approval."""
    await programs.get_program(call.session, program_id)
    call.actor.require(Permission.CONTENT_READ, program_id=program_id)
    return _rules(program_id, await repository.list_review_rules(call.session, program_id))


@router.put(
    "/v1/programs/{program_id}/review-rules",
    operation_id="review_rules_put",
    summary="Say who approves what",
    dependencies=[allow(Permission.PROGRAMS_WRITE)],
)
async def put_review_rules(program_id: UUID, body: ReviewRulesWrite, call: Current) -> ReviewRulesRead:
    """Replaces all of a program's rules. They hold for what is offered from now on, approved or not."""
    return _rules(program_id, await service.put_review_rules(call.session, call.actor, program_id, body))


def _rules(program_id: UUID, rows: Sequence[ReviewRule]) -> ReviewRulesRead:
    return ReviewRulesRead(
        program_id=program_id,
        rules=[
            ReviewRuleRead(topic=topic, functions=[row.function for row in of_one])
            for topic, of_one in groupby(rows, key=lambda row: row.topic)
        ],
    )


def _answer(call: Call, topic: Topic) -> TopicRead:
    call.answers(topic)
    return TopicRead.model_validate(topic)
