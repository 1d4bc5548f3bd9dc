"""What may happen to feeds, and what their entries become. Flushes, never commits; fetches nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from services.core.audit import service as audit
from services.core.content import service as content
from services.core.content import topics
from services.core.events import service as events
from services.core.feeds import fetching, repository
from services.core.feeds.errors import PROBLEMS, FeedTrouble, SourceExists
from services.core.feeds.fetching import Fetched
from services.core.feeds.models import FeedEntry, FeedSource
from services.core.feeds.parsing import Entry, Feed
from services.core.feeds.schemas import FeedSourceCreate, FeedSourceUpdate
from services.core.kit import db
from services.core.kit.errors import FieldProblem, Invalid
from services.core.kit.settings import Settings
from services.core.kit.texts import Text
from services.core.organizations.rules import Actor, Permission
from services.core.programs import repository as programs

#: Of a source that is new only so many entries become drafts; what is older is left.
FIRST_DRAFTS = 10
#: So many at a time; the rest at the next.
MOST_DRAFTS = 50
_LONGEST_WAIT = timedelta(hours=24)

_REQUIRED = Text(en="This cannot be removed. Give a value.", he="לא ניתן להסיר שדה זה. יש לתת ערך.")


@dataclass(frozen=True)
class ToFetch:
    """A source that this process fetches now."""

    source_id: UUID
    url: str
    etag: str | None
    last_modified: str | None


async def create(session: AsyncSession, actor: Actor, body: FeedSourceCreate, *, settings: Settings) -> FeedSource:
    """Begin to read a feed; raise SourceExists, or Invalid for an address that we do not fetch from."""
    program = await programs.get_program(session, body.program_id)
    actor.require(Permission.CONTENT_WRITE, program_id=program.id)
    try:
        await fetching.check(body.url, settings=settings)
    except FeedTrouble as trouble:
        # A host that cannot be found now may be there later; it is said on the source.
        if trouble.code != "unreachable":
            problem = FieldProblem("/url", trouble.code, PROBLEMS[trouble.code], {"detail": trouble.detail})
            raise Invalid(problems=[problem]) from None
    if await repository.find_source(session, program_id=program.id, url=body.url) is not None:
        raise SourceExists()
    source = FeedSource(
        organization_id=actor.tenant(),
        program_id=program.id,
        name=body.name,
        url=body.url,
        topics=await topics.slugs_for(session, actor, body.topics, language=program.default_language),
        due_at=await db.now(session),
        added_by=actor.name,
    )
    session.add(source)
    audit.record(session, actor=actor.name, action="feed_source.create", subject=source, after={"url": body.url})
    await session.flush()
    return source


async def read(session: AsyncSession, actor: Actor, source_id: UUID) -> FeedSource:
    """One source, for who may read its program's content; raise NotFound."""
    source = await repository.get_source(session, source_id)
    actor.require(Permission.CONTENT_READ, program_id=source.program_id)
    return source


async def update(session: AsyncSession, actor: Actor, source: FeedSource, body: FeedSourceUpdate) -> FeedSource:
    """Change how a feed is read. One that is taken up again is fetched at once."""
    actor.require(Permission.CONTENT_WRITE, program_id=source.program_id)
    changes = body.changes()
    removed = [name for name in ("name", "is_paused") if name in changes and changes[name] is None]
    if removed:
        raise Invalid(problems=[FieldProblem(f"/{name}", "required", _REQUIRED) for name in removed])
    if "topics" in changes:
        program = await programs.get_program(session, source.program_id)
        changes["topics"] = await topics.slugs_for(session, actor, body.topics or [], language=program.default_language)
    if source.is_paused and changes.get("is_paused") is False:
        await _fetch_now(session, source)
    for name, value in changes.items():
        setattr(source, name, value)
    session.add(source)
    audit.record(
        session, actor=actor.name, action="feed_source.update", subject=source, after={"fields": sorted(changes)}
    )
    await session.flush()
    return source


async def delete(session: AsyncSession, actor: Actor, source: FeedSource) -> None:
    """Stop reading a feed. Drafts that came from it stay."""
    actor.require(Permission.CONTENT_WRITE, program_id=source.program_id)
    audit.record(session, actor=actor.name, action="feed_source.delete", subject=source)
    await session.delete(source)
    await session.flush()


async def ask(session: AsyncSession, actor: Actor, source: FeedSource) -> FeedSource:
    """Let a feed be fetched in a moment instead of at its turn."""
    actor.require(Permission.CONTENT_WRITE, program_id=source.program_id)
    await _fetch_now(session, source)
    session.add(source)
    await session.flush()
    return source


async def _fetch_now(session: AsyncSession, source: FeedSource) -> None:
    source.due_at = await db.now(session)


async def take(session: AsyncSession, source_id: UUID, *, settings: Settings) -> ToFetch | None:
    """Take a due source for this process; another one that looks meanwhile finds it not due."""
    source = await repository.take_source(session, source_id)
    now = await db.now(session)
    if source is None or source.is_paused or source.due_at > now:
        return None
    source.due_at = now + timedelta(seconds=settings.feed_seconds)
    session.add(source)
    await session.flush()
    return ToFetch(source.id, source.url, source.etag, source.last_modified)


async def note_trouble(session: AsyncSession, source_id: UUID, trouble: FeedTrouble, *, settings: Settings) -> None:
    """Say on the source what went wrong, and try again later and later."""
    source = await repository.take_source(session, source_id)
    if source is None:
        return
    now = await db.now(session)
    source.checked_at = now
    source.problem, source.problem_detail = trouble.code, trouble.detail[:500]
    source.failures += 1
    every = timedelta(seconds=settings.feed_seconds)
    wait = min(every * (1 << min(source.failures, 10)), max(_LONGEST_WAIT, every))
    if trouble.retry_after_seconds is not None:
        wait = max(wait, min(timedelta(seconds=trouble.retry_after_seconds), _LONGEST_WAIT))
    source.due_at = now + wait
    session.add(source)
    await session.flush()


async def take_in(session: AsyncSession, source_id: UUID, fetched: Fetched, feed: Feed | None) -> int:
    """Make drafts of the entries that are new, each once; answer how many. ``feed`` is None: nothing changed."""
    source = await repository.take_source(session, source_id)
    if source is None:
        return 0
    source.checked_at = await db.now(session)
    source.problem = source.problem_detail = None
    source.failures = 0
    made = 0
    if feed is not None:
        made, is_all = await _take_entries(session, source, feed.entries)
        # With some left for the next time, the server must give them again.
        source.etag = fetched.etag if is_all else None
        source.last_modified = fetched.last_modified if is_all else None
    session.add(source)
    await session.flush()
    return made


async def _take_entries(session: AsyncSession, source: FeedSource, entries: Sequence[Entry]) -> tuple[int, bool]:
    is_first = not await repository.has_entries(session, source.id)
    by_hash = {entry.guid_hash: entry for entry in entries}
    seen = await repository.list_seen(session, source.id, list(by_hash))
    new = [entry for guid_hash, entry in by_hash.items() if guid_hash not in seen]
    program = await programs.get_program(session, source.program_id)
    slugs = await topics.find_slugs(session, source.topics, pointer="/topics")
    wanted = new[:FIRST_DRAFTS] if is_first else new[:MOST_DRAFTS]
    left = set() if is_first else {entry.guid_hash for entry in new[MOST_DRAFTS:]}
    made = 0
    for entry in reversed([one for one in new if one.guid_hash not in left]):
        item_id = None
        if entry in wanted and entry.url is not None:
            item = await content.draft_from_elsewhere(
                session,
                program,
                by="system",
                source={"kind": "feed", "id": str(source.id), "name": source.name, "url": source.url},
                title=entry.title,
                destination_url=entry.url,
                text=entry.text,
                topic_slugs=slugs,
                # Whoever chose where drafts come from does not approve them.
                written_by=[source.added_by],
            )
            item_id = item.id
            made += 1
        session.add(
            FeedEntry(
                organization_id=source.organization_id,
                source_id=source.id,
                guid_hash=entry.guid_hash,
                item_id=item_id,
            )
        )
    if made:
        events.emit(session, "feed.drafted", source_id=source.id, program_id=source.program_id, drafts=made)
    return made, not left
