"""What content is about: topics with names in each language, renamed and merged without losing what names them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlmodel.ext.asyncio.session import AsyncSession

from services.core.audit import service as audit
from services.core.content import repository, rules
from services.core.content.errors import TopicExists, TopicMerged
from services.core.content.models import Topic
from services.core.content.schemas import TopicCreate, TopicMerge, TopicUpdate
from services.core.kit.errors import FieldProblem, Invalid
from services.core.kit.texts import Language, Text
from services.core.organizations.rules import Actor, Permission

_NEARLY = Text(
    en="“{name}” is nearly the topic “{known}”. Use that one; if it is really another, make it with POST /v1/topics.",
    he="„{name}” דומה מאוד לנושא „{known}”. יש להשתמש בו; אם זה נושא אחר, יש ליצור אותו עם POST /v1/topics.",
)
_NO_TOPIC = Text(
    en="There is no topic “{name}”. See GET /v1/topics, or make it with POST /v1/topics.",
    he="אין נושא בשם „{name}”. יש לבחור מתוך ‎GET /v1/topics‎, או ליצור אותו עם ‎POST /v1/topics‎.",
)
_ITSELF = Text(en="Name another topic than this one.", he="יש לציין נושא אחר.")
_ONE_NAME = Text(en="Leave it at least one name.", he="יש להשאיר לנושא שם אחד לפחות.")


class _Known:
    """The topics of an organization, by slug and by name."""

    def __init__(self, topics: Iterable[Topic]) -> None:
        self.by_slug = {topic.slug: topic for topic in topics}
        self._by_name = {rules.slug_of(name): topic for topic in self.by_slug.values() for name in topic.names.values()}

    def find(self, name: str) -> Topic | None:
        """The topic that a slug or a name means, merged ones followed."""
        slug = rules.slug_of(name)
        topic = self.by_slug.get(slug) or self._by_name.get(slug)
        seen: set[str] = set()
        while topic is not None and topic.merged_into is not None and topic.slug not in seen:
            seen.add(topic.slug)
            topic = self.by_slug.get(topic.merged_into)
        return topic


async def slugs_for(
    session: AsyncSession, actor: Actor, names: Sequence[str], *, language: Language, pointer: str = "/topics"
) -> list[str]:
    """The slugs of topics by slug or name. A new word becomes a topic; raise Invalid for one that is nearly one."""
    if not names:
        return []
    known = _Known(await repository.list_topics(session))
    slugs: list[str] = []
    for place, name in enumerate(names):
        topic = known.find(name)
        if topic is None:
            slug = rules.slug_of(name)
            near = rules.nearest(slug, list(known.by_slug))
            if near is not None:
                values: dict[str, object] = {"name": name, "known": near}
                raise Invalid(problems=[FieldProblem(f"{pointer}/{place}", "topic_nearly_known", _NEARLY, values)])
            topic = await _add(session, actor, slug=slug, names={language: name})
            known.by_slug[slug] = topic
        if topic.slug not in slugs:
            slugs.append(topic.slug)
    return slugs


async def find_slugs(session: AsyncSession, names: Sequence[str], *, pointer: str) -> list[str]:
    """The slugs of topics that there are; raise Invalid for a name of none."""
    known = _Known(await repository.list_topics(session)) if names else _Known([])
    found = [known.find(name) for name in names]
    problems = [
        FieldProblem(f"{pointer}/{place}", "no_such_topic", _NO_TOPIC, {"name": name})
        for place, (name, topic) in enumerate(zip(names, found, strict=True))
        if topic is None
    ]
    if problems:
        raise Invalid(problems=problems)
    return [topic.slug for topic in found if topic is not None]


async def create(session: AsyncSession, actor: Actor, body: TopicCreate) -> Topic:
    """Make a topic; raise TopicExists."""
    if not actor.may(Permission.CONTENT_WRITE, anywhere=True):
        actor.require(Permission.CONTENT_WRITE)
    slug = rules.slug_of(body.slug or next(iter(body.names.values())))
    if slug in {topic.slug for topic in await repository.list_topics(session)}:
        raise TopicExists(slug=slug)
    return await _add(session, actor, slug=slug, names=body.names)


async def _add(session: AsyncSession, actor: Actor, *, slug: str, names: dict[Language, str]) -> Topic:
    topic = Topic(
        organization_id=actor.tenant(), slug=slug, names={language.value: name for language, name in names.items()}
    )
    session.add(topic)
    audit.record(session, actor=actor.name, action="topic.create", subject=topic, after={"slug": slug})
    await session.flush()
    return topic


async def rename(session: AsyncSession, actor: Actor, topic: Topic, body: TopicUpdate) -> Topic:
    """Give a topic other names; raise TopicMerged. It concerns every program, so a role for one does not do."""
    actor.require(Permission.CONTENT_WRITE)
    if topic.merged_into is not None:
        raise TopicMerged(slug=topic.slug, into=topic.merged_into)
    names = {**topic.names, **{language.value: name for language, name in (body.names or {}).items()}}
    topic.names = {language: name for language, name in names.items() if name is not None}
    if not topic.names:
        raise Invalid(problems=[FieldProblem("/names", "required", _ONE_NAME)])
    session.add(topic)
    audit.record(session, actor=actor.name, action="topic.rename", subject=topic)
    await session.flush()
    return topic


async def merge(session: AsyncSession, actor: Actor, topic: Topic, body: TopicMerge) -> Topic:
    """Let another topic take this one's place everywhere; answer that one. What still names this one means that."""
    actor.require(Permission.CONTENT_WRITE)
    topic = await repository.get_topic(session, topic.id, lock=True)
    if topic.merged_into is not None:
        raise TopicMerged(slug=topic.slug, into=topic.merged_into)
    target = _Known(await repository.list_topics(session)).find(body.into)
    if target is None:
        problem = FieldProblem("/into", "no_such_topic", _NO_TOPIC, {"name": body.into})
        raise Invalid(problems=[problem])
    if target.id == topic.id:
        raise Invalid(problems=[FieldProblem("/into", "same_topic", _ITSELF)])
    old, new, target_id = topic.slug, target.slug, target.id
    topic.merged_into = new
    session.add(topic)
    audit.record(session, actor=actor.name, action="topic.merge", subject=topic, after={"into": new})
    await session.flush()
    await repository.replace_topic(session, old=old, new=new)
    return await repository.get_topic(session, target_id)
