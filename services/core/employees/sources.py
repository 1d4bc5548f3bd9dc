"""Where an organization's directory comes from, how it is read by itself, and how far it was read."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlmodel.ext.asyncio.session import AsyncSession

from connectors.sdk import registry
from connectors.sdk.capabilities import Capability
from connectors.sdk.manifest import Manifest
from services.core.audit import service as audit
from services.core.employees import repository, sealing
from services.core.employees.csv_file import FIELDS
from services.core.employees.errors import SOURCE_PROBLEMS, FirstRunFirst, SourceExists
from services.core.employees.models import DirectorySource, DirectorySync, SyncMode, SyncState
from services.core.employees.schemas import SourceCreate, SourceUpdate
from services.core.employees.table_file import Layout, column_name
from services.core.kit import crypto, db
from services.core.kit.errors import FieldProblem, Invalid
from services.core.kit.settings import Settings
from services.core.organizations import repository as organizations
from services.core.organizations.rules import Actor, Permission

CSV_SOURCE = "csv"
#: The longest wait after a read that failed.
_LONGEST_WAIT = timedelta(hours=4)
_FIRST_WAIT = timedelta(minutes=5)
#: Never empty: a patch may give another value, and not none.
_ALWAYS = ("mode", "columns", "is_watched", "every_minutes", "is_automatic", "settings")


@dataclass(frozen=True)
class ToRead:
    """A source that this process reads now."""

    source_id: UUID
    source: str
    #: Full for a connector that is to read everybody.
    mode: SyncMode
    cursor: str | None
    settings: Mapping[str, str]
    #: Files that were there at the last look, and their bytes.
    growing: Mapping[str, int]


def layout_of(source: DirectorySource | None) -> Layout:
    """How the organization's files look, as far as it has said so."""
    if source is None:
        return Layout()
    return Layout(columns=source.columns, delimiter=source.delimiter, encoding=source.encoding)


async def create(session: AsyncSession, actor: Actor, body: SourceCreate, *, settings: Settings) -> DirectorySource:
    """Set up where people come from; raise Invalid, SourceExists or FirstRunFirst."""
    actor.require(Permission.EMPLOYEES_SYNC)
    manifest = _manifest(body.source)
    if await repository.find_source(session, body.source) is not None:
        raise SourceExists()
    values = body.model_dump(exclude={"settings"})
    source = DirectorySource(organization_id=actor.tenant(), **values)
    await _check(session, source, manifest, {name: getattr(body, name) for name in body.model_fields_set}, settings)
    await _seal(session, source, body.settings, settings=settings)
    source.next_read_at = await db.now(session) if source.is_watched else None
    session.add(source)
    audit.record(
        session, actor=actor.name, action="directory_source.create", subject=source, after={"source": source.source}
    )
    await session.flush()
    return source


async def update(
    session: AsyncSession, actor: Actor, source: DirectorySource, body: SourceUpdate, *, settings: Settings
) -> DirectorySource:
    """Change it; settings that are given are put over those that are there. What was wrong is tried anew."""
    actor.require(Permission.EMPLOYEES_SYNC)
    changes = body.changes()
    if removed := [name for name in _ALWAYS if name in changes and changes[name] is None]:
        raise Invalid(problems=[FieldProblem(f"/{name}", "required", SOURCE_PROBLEMS["required"]) for name in removed])
    given = changes.pop("settings", None)
    for name, value in changes.items():
        setattr(source, name, value)
    kept = await _open(session, source, settings=settings)
    all_given = {**kept, **(given or {})}
    await _check(session, source, _manifest(source.source), {**changes, "settings": all_given}, settings)
    if given is not None:
        await _seal(session, source, all_given, settings=settings)
    _begin_again(source, await db.now(session) if source.is_watched else None)
    session.add(source)
    named = sorted({*changes, *(["settings"] if given is not None else [])})
    audit.record(session, actor=actor.name, action="directory_source.update", subject=source, after={"fields": named})
    await session.flush()
    return source


async def delete(session: AsyncSession, actor: Actor, source: DirectorySource) -> None:
    """Stop reading it, and forget its settings. The people who came from it stay."""
    actor.require(Permission.EMPLOYEES_SYNC)
    audit.record(
        session, actor=actor.name, action="directory_source.delete", subject=source, before={"source": source.source}
    )
    await session.delete(source)
    await session.flush()


async def ask(session: AsyncSession, actor: Actor, source: DirectorySource) -> DirectorySource:
    """Let it be read in a moment instead of at its turn, also when it is not watched; everybody, not only changes."""
    actor.require(Permission.EMPLOYEES_SYNC)
    _begin_again(source, await db.now(session))
    source.is_asked = True
    session.add(source)
    audit.record(session, actor=actor.name, action="directory_source.read", subject=source)
    await session.flush()
    return source


async def take(session: AsyncSession, source_id: UUID, *, settings: Settings) -> ToRead | None:
    """Claim a source that is due, so that nobody else reads it now; None when it is not.

    While a run of it waits for somebody's yes, nothing more is read by itself: the diff would change under their eyes.
    A run of a connector that needs none waits for nobody: whoever was to apply it is gone, and reads it again.
    """
    source = await repository.take_source(session, source_id)
    now = await db.now(session)
    if source is None or source.next_read_at is None or source.next_read_at > now:
        return None
    is_asked, source.is_asked = source.is_asked, False
    source.next_read_at = now + timedelta(minutes=source.every_minutes) if source.is_watched else None
    session.add(source)
    waiting = await repository.list_open_syncs(session, source.source)
    if source.is_automatic and source.source != CSV_SOURCE:
        waiting = [run for run in waiting if run.state is SyncState.HELD]
    if waiting and not is_asked:
        return None
    mode = source.mode
    if source.source != CSV_SOURCE:
        is_fresh = source.cursor is not None and source.full_read_on == await _today(session, now)
        mode = SyncMode.DELTA if is_fresh and not is_asked else SyncMode.FULL
    return ToRead(
        source_id=source.id,
        source=source.source,
        mode=mode,
        cursor=source.cursor,
        settings=await _open(session, source, settings=settings),
        growing=dict(source.growing),
    )


async def note_read(
    session: AsyncSession,
    source_id: UUID,
    *,
    growing: Mapping[str, int] | None = None,
    cursor: str | None = None,
    hidden_fields: Collection[str] = (),
) -> bool:
    """Write down that a source was read; answer whether what was read is to be applied by itself.

    ``cursor``: where it goes on when it had nothing new, so that there is no run to take it from. ``hidden_fields``:
    of ours, which it was asked for and showed of nobody; they are left as they are, and somebody should know.
    """
    source = await repository.take_source(session, source_id)
    if source is None:
        return False
    source.read_at = await db.now(session)
    source.problem = source.problem_words = None
    source.failures = 0
    source.cursor = cursor or source.cursor
    if hidden_fields:
        source.problem, source.problem_words = "fields_not_shown", ", ".join(sorted(hidden_fields))
    if growing is not None:
        source.growing = dict(growing)
        if growing and source.is_watched:
            # Two looks tell whether a file still grows; the second one need not wait for the next turn.
            source.next_read_at = source.read_at + timedelta(minutes=1)
    session.add(source)
    await session.flush()
    return source.is_automatic


async def note_trouble(
    session: AsyncSession,
    source_id: UUID,
    *,
    code: str,
    words: str,
    retry_at: datetime | None = None,
    needs_somebody: bool = False,
) -> None:
    """Write down what went wrong. What only a person can mend waits for them; the rest is tried again later."""
    source = await repository.take_source(session, source_id)
    if source is None:
        return
    now = await db.now(session)
    source.problem, source.problem_words = code, words
    source.failures += 1
    if needs_somebody or not source.is_watched:
        source.next_read_at = None
    else:
        wait = min(_FIRST_WAIT * 2 ** min(source.failures - 1, 10), _LONGEST_WAIT)
        source.next_read_at = max(retry_at, now) if retry_at is not None else now + wait
    session.add(source)
    audit.record(session, actor="system", action="directory_source.trouble", subject=source, after={"problem": code})
    await session.flush()


async def go_on(session: AsyncSession, sync: DirectorySync) -> None:
    """Take over how far an applied run has read: a run that nobody applied is read again."""
    source = await repository.find_source(session, sync.source)
    if source is None or source.source == CSV_SOURCE:
        return
    source.cursor = sync.cursor
    if sync.mode is SyncMode.FULL:
        source.full_read_on = await _today(session, sync.created_at)
    session.add(source)


async def _today(session: AsyncSession, at: datetime) -> date:
    return at.astimezone(ZoneInfo((await organizations.get_organization(session)).time_zone)).date()


def _begin_again(source: DirectorySource, at: datetime | None) -> None:
    source.next_read_at = at
    source.problem = source.problem_words = None
    source.failures = 0


def _manifest(name: str) -> Manifest | None:
    """The connector's declaration, None for files; raise Invalid for what no directory comes from."""
    if name == CSV_SOURCE:
        return None
    known = [
        one.manifest for one in registry.list_connectors() if Capability.LIST_DIRECTORY in one.manifest.capabilities
    ]
    found = next((one for one in known if one.slug == name), None)
    if found is None:
        words: dict[str, object] = {"known": ", ".join(one.slug for one in known) or "-"}
        raise Invalid(problems=[FieldProblem("/source", "unknown_source", SOURCE_PROBLEMS["unknown_source"], words)])
    return found


async def _check(
    session: AsyncSession,
    source: DirectorySource,
    manifest: Manifest | None,
    given: Mapping[str, object],
    settings: Settings,
) -> None:
    problems: list[FieldProblem] = []

    def refuse(pointer: str, code: str, **values: object) -> None:
        problems.append(FieldProblem(pointer, code, SOURCE_PROBLEMS[code], values))

    strange = sorted(source.columns.keys() - FIELDS.keys())
    for name in strange:
        refuse(f"/columns/{name}", "unknown_field", name=name, known=", ".join(FIELDS))
    headings = [column_name(theirs) for theirs in source.columns.values()]
    for name in sorted({one for one in headings if headings.count(one) > 1}):
        refuse("/columns", "column_for_two", name=name)
    told = given.get("settings") or {}
    if not isinstance(told, Mapping):
        raise TypeError("settings are a mapping")
    if manifest is None:
        for name in sorted(told):
            refuse(f"/settings/{name}", "unknown_setting", name=name, known="-")
        if source.is_watched and settings.directory_drop_dir is None:
            refuse("/is_watched", "no_drop_folder")
    else:
        if source.columns or source.delimiter or source.encoding:
            refuse("/columns", "only_for_files")
        names = [one.name for one in manifest.settings]
        for name in sorted(told.keys() - set(names)):
            refuse(f"/settings/{name}", "unknown_setting", name=name, known=", ".join(names))
        if missing := manifest.missing_settings({**settings.connectors.get(manifest.slug, {}), **told}):
            refuse("/settings", "missing_settings", names=", ".join(missing))
    if problems:
        raise Invalid(problems=problems)
    if source.is_automatic and not await repository.was_applied(session, source.source):
        raise FirstRunFirst()


def _place(source: DirectorySource) -> crypto.Place:
    return crypto.Place(source.organization_id, source.id, "directory_sources.sealed_settings")


async def _seal(
    session: AsyncSession, source: DirectorySource, given: Mapping[str, str], *, settings: Settings
) -> None:
    sealer = await sealing.sealer_for(session, None, master=crypto.Sealer(settings.master_keys))
    source.sealed_settings = sealing.seal_document(sealer, dict(given), place=_place(source)) if given else None
    source.settings_set = sorted(given)


async def _open(session: AsyncSession, source: DirectorySource, *, settings: Settings) -> dict[str, str]:
    if source.sealed_settings is None:
        return {}
    sealer = await sealing.sealer_for(session, None, master=crypto.Sealer(settings.master_keys))
    return sealing.open_document(sealer, source.sealed_settings, place=_place(source))


#: What may stand in the name of a file that is picked up: a name is written into folders and logs.
_NAME = re.compile(r"[^/\\\x00-\x1f]{1,200}\.(csv|xlsx)", re.IGNORECASE)


def is_list_of_people(name: str) -> bool:
    """Whether a file of the drop folder is to be read: not one that is still being written, nor a hidden one."""
    return not name.startswith(".") and _NAME.fullmatch(name) is not None
