"""Remembering, without a name, whose record is gone, so that an old file or page does not bring them back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from itertools import islice

from sqlmodel.ext.asyncio.session import AsyncSession

from services.core.employees import repository
from services.core.employees.csv_file import ParsedFile, Person, RowProblem
from services.core.kit import crypto
from services.core.kit.db import organization_of
from services.core.kit.settings import Settings

_CODE = "record_was_erased"
_AT_ONCE = 5_000


async def remember(session: AsyncSession, keys: Iterable[str | None], *, settings: Settings) -> None:
    """Keep a keyed hash of each of these: what sources called a person whose record goes."""
    hashes = [_hash(session, key, settings) for key in sorted({key for key in keys if key})]
    await repository.add_tombstones(session, hashes)


async def leave_out(
    session: AsyncSession, parsed: ParsedFile, *, known: Iterable[Mapping[str, object]], settings: Settings
) -> tuple[ParsedFile, list[RowProblem]]:
    """A file without those whose record is gone, and a problem for each; who is there (again) stays."""
    if not await repository.has_tombstones(session):
        return parsed, []
    ids: set[object] = set()
    emails: set[str] = set()
    for one in known:
        ids.add(one["source_id"])
        if one["status"] != "left":
            emails.add(str(one["work_email"]).lower())
    new = (one for one in parsed.people if one.source_id not in ids and one.email not in emails)
    erased: set[int] = set()
    while some := list(islice(new, _AT_ONCE)):
        hashes = {person.line: _hashes_of(session, person, settings) for person in some}
        gone = await repository.find_tombstones(session, sorted(set().union(*hashes.values())))
        erased |= {line for line, own in hashes.items() if own & gone}
    if not erased:
        return parsed, []
    problems = [RowProblem(line, parsed.columns["source_id"], _CODE) for line in sorted(erased)]
    return replace(parsed, people=[one for one in parsed.people if one.line not in erased]), problems


def _hashes_of(session: AsyncSession, person: Person, settings: Settings) -> set[bytes]:
    keys = (person.source_id, person.values.get("employee_number"))
    return {_hash(session, str(key), settings) for key in keys if key}


def _hash(session: AsyncSession, key: str, settings: Settings) -> bytes:
    pepper = settings.key_pepper.get_secret_value()
    return crypto.keyed_hash(pepper, purpose="directory_tombstone", value=f"{organization_of(session)}\0{key}")
