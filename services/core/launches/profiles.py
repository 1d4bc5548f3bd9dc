"""What people let a launch kit show of them: how they are presented, and posts of theirs. Flushes, never commits.

Everything here is the person's own: nobody writes it for them, nobody else sees it before their yes, and their no
takes it away at once, with nothing left that tells of it.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import orjson
from sqlmodel.ext.asyncio.session import AsyncSession

from services.core.ambassadors import repository as ambassadors
from services.core.ambassadors import rules as ambassador_rules
from services.core.assets import files
from services.core.assets.models import AssetKind
from services.core.employees import repository as employees
from services.core.employees import sealing
from services.core.kit import crypto, db
from services.core.kit.errors import NotFound
from services.core.kit.settings import Settings
from services.core.kit.texts import Text
from services.core.launches import repository
from services.core.launches.errors import NotAMember, NotPublished, NotWhatWasRead, PhotoRefused, ProfileFirst
from services.core.launches.models import LaunchExample, LaunchProfile
from services.core.launches.schemas import ProfileWrite
from services.core.organizations.rules import Actor
from services.core.programs import repository as programs
from services.core.shares import repository as share_rows
from services.core.shares import service as shares
from services.core.shares.models import PublicationState

PHOTO_BYTES = 1_048_576
#: Rises when the words below change their meaning: who agreed to other words is asked anew.
WORDS_VERSION = 1
PROFILE_CONSENT = Text(
    en="With your yes the launch kit of this programme shows your name, your words and your picture, exactly as they "
    "are here, as one of its ambassadors: to colleagues, and to whomever it is passed on. You can take it back at any "
    "time; it then disappears from the kit at once. Copies that were passed on before are not ours to recall.",
    he="באישור שלך יוצגו בערכת ההשקה של התוכנית השם, הטקסט והתמונה שלך, בדיוק כפי שהם כאן, בין שגרירי התוכנית: "
    "לעמיתים, "
    "ולכל מי שהערכה תועבר אליו. ניתן לחזור מהאישור בכל עת, והפרטים ייעלמו מהערכה מיד. עותקים שכבר הועברו הלאה אינם "
    "בשליטתנו.",
)
EXAMPLE_CONSENT = Text(
    en="With your yes the launch kit of this programme can show this post of yours, its words and where it is, as one "
    "of the best examples of the pilot. Its numbers are not told. You can take it back at any time; it then disappears "
    "from the kit at once.",
    he="באישור שלך יוכל הפוסט להופיע בערכת ההשקה של התוכנית, בנוסחו ובקישור אליו, כאחת הדוגמאות הטובות של הפיילוט. "
    "המספרים שלו אינם נמסרים. ניתן לחזור מהאישור בכל עת, והפוסט ייעלם מהערכה מיד.",
)


@dataclass(frozen=True)
class Presented:
    """How somebody wants to be presented."""

    row: LaunchProfile
    name: str
    texts: Mapping[str, str]

    @property
    def is_approved(self) -> bool:
        """Whether its person has said yes to exactly this, and to what a yes means now."""
        return self.row.approved_hash == self.row.content_hash and self.row.words_version == WORDS_VERSION


async def put(
    session: AsyncSession, actor: Actor, program_id: UUID, body: ProfileWrite, *, settings: Settings
) -> Presented:
    """Say how one wants to be presented, or say it anew: it is shown after another yes. Raise NotAMember."""
    employee_id = actor.person()
    await _must_be_member(session, program_id, employee_id)
    row = await repository.find_profile(session, program_id=program_id, employee_id=employee_id, lock=True)
    if row is None:
        row = LaunchProfile(
            organization_id=actor.tenant(), program_id=program_id, employee_id=employee_id, sealed_content=b"",
            content_hash="",
        )  # fmt: skip
    sealer = await _sealer(session, employee_id, settings)
    content = {"name": body.name, "texts": {language.value: text for language, text in body.texts.items()}}
    row.sealed_content = sealing.seal_document(sealer, content, place=_place(row))
    _hash(row, content, _open_photo(row, sealer))
    session.add(row)
    await session.flush()
    return _presented(row, content)


async def put_photo(
    session: AsyncSession, actor: Actor, program_id: UUID, data: bytes, *, settings: Settings
) -> Presented:
    """Add a picture, or another one; it is shown after another yes. Raise ProfileFirst and PhotoRefused.

    It is written anew, without what a camera wrote into it, and kept with the person's own things alone.
    """
    presented = await get(session, actor, program_id, settings=settings, lock=True)
    if not 0 < len(data) <= PHOTO_BYTES:
        raise PhotoRefused(limit=PHOTO_BYTES)
    checked = await asyncio.to_thread(files.check, data)
    if checked.kind is not AssetKind.IMAGE or len(checked.data) > PHOTO_BYTES * 2:
        raise PhotoRefused(limit=PHOTO_BYTES)
    return await _change_photo(session, presented, checked.data, checked.content_type, settings=settings)


async def drop_photo(session: AsyncSession, actor: Actor, program_id: UUID, *, settings: Settings) -> Presented:
    """Take the picture away; the words are shown again after another yes."""
    presented = await get(session, actor, program_id, settings=settings, lock=True)
    return await _change_photo(session, presented, None, None, settings=settings)


async def _change_photo(
    session: AsyncSession, presented: Presented, data: bytes | None, content_type: str | None, *, settings: Settings
) -> Presented:
    row = presented.row
    sealer = await _sealer(session, row.employee_id, settings)
    row.sealed_photo = sealer.seal(data, place=_photo_place(row)) if data is not None else None
    row.photo_type = content_type
    _hash(row, {"name": presented.name, "texts": presented.texts}, data)
    session.add(row)
    await session.flush()
    return presented


async def get(
    session: AsyncSession, actor: Actor, program_id: UUID, *, settings: Settings, lock: bool = False
) -> Presented:
    """One's own presentation; raise NotFound for a program that there is not, ProfileFirst."""
    employee_id = actor.person()
    await programs.get_program(session, program_id)
    row = await repository.find_profile(session, program_id=program_id, employee_id=employee_id, lock=lock)
    if row is None:
        raise ProfileFirst(program=program_id)
    return await _open(session, row, settings=settings)


async def list_own(session: AsyncSession, actor: Actor, *, settings: Settings) -> list[Presented]:
    """One's own presentations, one for each program at most."""
    rows = await repository.list_own_profiles(session, actor.person())
    return [await _open(session, row, settings=settings) for row in rows]


async def approve(
    session: AsyncSession, actor: Actor, program_id: UUID, *, content_hash: str, settings: Settings
) -> Presented:
    """Agree to be named, for exactly what one has read; raise NotWhatWasRead and NotAMember."""
    presented = await get(session, actor, program_id, settings=settings, lock=True)
    await _must_be_member(session, program_id, presented.row.employee_id)
    row = presented.row
    if content_hash != row.content_hash:
        raise NotWhatWasRead()
    row.approved_hash, row.approved_at, row.words_version = row.content_hash, await db.now(session), WORDS_VERSION
    session.add(row)
    await session.flush()
    return presented


async def withdraw(session: AsyncSession, actor: Actor, program_id: UUID) -> None:
    """Take everything back: it is shown nowhere from now on, and kept nowhere."""
    await programs.get_program(session, program_id)
    row = await repository.find_profile(session, program_id=program_id, employee_id=actor.person(), lock=True)
    if row is not None:
        await session.delete(row)
        await session.flush()


async def list_shown(session: AsyncSession, program_id: UUID, *, settings: Settings) -> list[Presented]:
    """Who agreed to be named at a program's launch, exactly as they agreed to. The caller has checked the reader."""
    found = []
    for row in await repository.list_shown_profiles(session, program_id):
        # Whose key was destroyed is not shown any more.
        opened = await _try_open(session, row, settings)
        if opened is not None and opened.is_approved:
            found.append(opened)
    return found


async def open_shown_photos(
    session: AsyncSession, program_id: UUID, *, settings: Settings
) -> dict[UUID, tuple[bytes, str]]:
    """The pictures of who agreed to be named, each with its type, by profile. The caller has checked the reader."""
    found = {}
    for presented in await list_shown(session, program_id, settings=settings):
        row = presented.row
        data = _open_photo(row, await _sealer(session, row.employee_id, settings))
        if data is not None and row.photo_type is not None:
            found[row.id] = (data, row.photo_type)
    return found


async def open_shown_photo(
    session: AsyncSession, program_id: UUID, profile_id: UUID, *, settings: Settings
) -> tuple[bytes, str]:
    """The picture of somebody who agreed to be named, and its type; raise NotFound."""
    photo = (await open_shown_photos(session, program_id, settings=settings)).get(profile_id)
    if photo is None:
        raise NotFound(thing="photo")
    return photo


async def add_example(
    session: AsyncSession, actor: Actor, publication_id: UUID, *, settings: Settings
) -> LaunchExample:
    """Let a launch kit show a post of one's own that is out; said again, it answers the same. Raise NotPublished."""
    employee_id = actor.person()
    publication = await share_rows.get_own_publication(session, employee_id=employee_id, publication_id=publication_id)
    there = await repository.find_example(session, publication.id)
    if there is not None:
        # Whose yes was to other words says it again, to those of now.
        there.words_version = WORDS_VERSION
        session.add(there)
        await session.flush()
        return there
    if publication.state is not PublicationState.PUBLISHED:
        raise NotPublished()
    await _must_be_member(session, publication.program_id, employee_id)
    share = await share_rows.get_share(session, publication.share_id)
    agreed = await share_rows.get_consent(session, publication.consent_id)
    content = await shares.open_consent(session, agreed, settings=settings)
    example = LaunchExample(
        organization_id=actor.tenant(), program_id=publication.program_id, employee_id=employee_id,
        publication_id=publication.id, language=share.language, sealed_text=b"", words_version=WORDS_VERSION,
    )  # fmt: skip
    example.sealed_text = sealing.seal_document(
        await _sealer(session, employee_id, settings),
        {"text": content["text"], "permalink": publication.permalink},
        place=_example_place(example),
    )
    session.add(example)
    await session.flush()
    return example


async def drop_example(session: AsyncSession, actor: Actor, publication_id: UUID) -> None:
    """Take that back."""
    publication = await share_rows.get_own_publication(
        session, employee_id=actor.person(), publication_id=publication_id
    )
    example = await repository.find_example(session, publication.id)
    if example is not None:
        await session.delete(example)
        await session.flush()


async def open_example(
    session: AsyncSession, example: LaunchExample, *, settings: Settings
) -> tuple[str, str | None] | None:
    """The words of an example and where it is; None once its author's key is gone."""
    if (sealer := await _find_sealer(session, example.employee_id, settings)) is None:
        return None
    try:
        content = sealing.open_document(sealer, example.sealed_text, place=_example_place(example))
    except crypto.CannotOpen:
        return None
    return content["text"], content["permalink"]


async def _must_be_member(session: AsyncSession, program_id: UUID, employee_id: UUID) -> None:
    await programs.get_program(session, program_id)
    member = await ambassadors.find_ambassador(session, program_id=program_id, employee_id=employee_id)
    if member is None or member.state not in ambassador_rules.MEMBER:
        raise NotAMember()


async def _open(session: AsyncSession, row: LaunchProfile, *, settings: Settings) -> Presented:
    sealer = await _sealer(session, row.employee_id, settings)
    return _presented(row, sealing.open_document(sealer, row.sealed_content, place=_place(row)))


async def _try_open(session: AsyncSession, row: LaunchProfile, settings: Settings) -> Presented | None:
    if (sealer := await _find_sealer(session, row.employee_id, settings)) is None:
        return None
    try:
        return _presented(row, sealing.open_document(sealer, row.sealed_content, place=_place(row)))
    except crypto.CannotOpen:
        return None


def _presented(row: LaunchProfile, content: Mapping[str, Any]) -> Presented:
    return Presented(row, content["name"], content["texts"])


def _hash(row: LaunchProfile, content: Mapping[str, Any], photo: bytes | None) -> None:
    said = orjson.dumps({"name": content["name"], "texts": dict(content["texts"])}, option=orjson.OPT_SORT_KEYS)
    row.content_hash = hashlib.sha256(said + b"\0" + (photo or b"")).hexdigest()


def _open_photo(row: LaunchProfile, sealer: crypto.Sealer) -> bytes | None:
    return sealer.open(row.sealed_photo, place=_photo_place(row)) if row.sealed_photo is not None else None


async def _sealer(session: AsyncSession, employee_id: UUID, settings: Settings) -> crypto.Sealer:
    return await sealing.sealer_for(session, employee_id, master=crypto.Sealer(settings.master_keys))


async def _find_sealer(session: AsyncSession, employee_id: UUID, settings: Settings) -> crypto.Sealer | None:
    """The key of somebody, without making one for who has none."""
    key = await employees.find_data_key(session, employee_id)
    if key is None:
        return None
    master = crypto.Sealer(settings.master_keys)
    return sealing.open_key(key.wrapped, row_id=key.id, organization_id=db.organization_of(session), master=master)


def _place(row: LaunchProfile) -> crypto.Place:
    return crypto.Place(row.organization_id, row.id, "launch_profiles.sealed_content")


def _photo_place(row: LaunchProfile) -> crypto.Place:
    return crypto.Place(row.organization_id, row.id, "launch_profiles.sealed_photo")


def _example_place(row: LaunchExample) -> crypto.Place:
    return crypto.Place(row.organization_id, row.id, "launch_examples.sealed_text")
