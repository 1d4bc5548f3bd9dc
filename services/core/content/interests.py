"""What a person wants to speak about and to whom: theirs alone to read and change. Flushes, never commits.

Left out of events and audit, which employer roles read.
"""

from __future__ import annotations

from sqlmodel.ext.asyncio.session import AsyncSession

from services.core.content import feedback_repository, ranking, repository, topics
from services.core.content.models import AudienceTag, InterestKind, Interests
from services.core.content.ranking_schemas import InterestsRead, InterestsWrite, Option
from services.core.content.schemas import NamedGoal
from services.core.kit.errors import PreconditionFailed
from services.core.kit.texts import Language
from services.core.organizations.rules import Actor


async def read(session: AsyncSession, actor: Actor) -> Interests:
    """The caller's interests; who has not said any has none, as version 0. Raise NotAPerson."""
    employee_id = actor.person()
    found = await feedback_repository.find_interests(session, employee_id)
    return found or Interests(organization_id=actor.tenant(), employee_id=employee_id, version=0)


async def replace(session: AsyncSession, actor: Actor, interests: Interests, body: InterestsWrite) -> Interests:
    """Say all interests anew; raise Invalid for a topic that there is not, PreconditionFailed if said meanwhile."""
    slugs = await topics.find_slugs(session, [goal.topic for goal in body.goals], pointer="/goals")
    # One goal a topic: said twice, the last counts.
    kinds = {slug: goal.kind for slug, goal in zip(slugs, body.goals, strict=True)}
    goals = [{"topic": slug, "kind": kind.value} for slug, kind in kinds.items()]
    audience = sorted({tag.value for tag in body.audience})
    if interests.version == 0:
        # Two devices may both have read that there are none.
        if not await feedback_repository.add_interests(session, actor.person(), goals=goals, audience=audience):
            raise PreconditionFailed()
        return await read(session, actor)
    interests.goals, interests.audience = goals, audience
    session.add(interests)
    await session.flush()
    return interests


async def view(session: AsyncSession, interests: Interests, *, language: Language) -> InterestsRead:
    """Interests as their person sees them, with what there is to choose from in their language."""
    known = {topic.slug: topic for topic in await repository.list_topics(session)}

    def name(slug: str, kind: str = "") -> str:
        return ranking.Goal(slug, kind, known[slug].names if slug in known else {}).name(language)

    return InterestsRead(
        goals=[
            NamedGoal(topic=goal["topic"], kind=InterestKind(goal["kind"]), name=name(goal["topic"]))
            for goal in interests.goals
        ],
        audience=[AudienceTag(tag) for tag in interests.audience],
        topics=[Option(value=slug, name=name(slug)) for slug, topic in known.items() if topic.merged_into is None],
        audiences=[Option(value=tag.value, name=ranking.audience_name(tag, language)) for tag in AudienceTag],
        updated_at=interests.updated_at,
    )
