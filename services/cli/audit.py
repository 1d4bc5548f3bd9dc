"""``advocacy audit verify``: whether somebody has changed what was written down of who did what."""

from __future__ import annotations

import argparse
import asyncio
import sys
from pathlib import Path
from typing import Any
from uuid import UUID

from services.core.audit import chain, heads
from services.core.audit.chain import Flaw, Verdict
from services.core.kit import crypto, db
from services.core.kit.db import Database
from services.core.kit.settings import Settings, get_settings
from services.core.organizations import hot as organizations

#: Exit codes: all is well, somebody has changed something, nobody could look.
VALID, BROKEN, NOT_LOOKED_AT = 0, 1, 2

_WORDS = {
    Flaw.ENTRY_CHANGED: "this entry, or its link, was changed",
    Flaw.ENTRY_DELETED: "this entry was deleted",
    Flaw.LINK_MISSING: "the link of this position is missing",
    Flaw.CUT_AT_THE_END: "the chain was longer: entries were cut off from here on",
    Flaw.CUT_AT_THE_START: "the entries before this one were cut off, or the checkpoint was changed",
    Flaw.HEAD_CHANGED: "the stored head is not the end of the chain",
    Flaw.NOT_AS_EXPORTED: "the chain was written anew: an exported head says otherwise",
    Flaw.OUTSIDE: "this entry is outside the chain",
}


def add_parser(commands: Any) -> None:
    """Add ``audit`` and what it can do."""
    parser = commands.add_parser("audit", help="look after the audit trail").add_subparsers(
        required=True, metavar="ACTION"
    )
    verify = parser.add_parser(
        "verify", help="go through the chains; ends with 0 (valid), 1 (broken) or 2 (nobody could look)"
    )
    verify.add_argument("--organization", type=UUID, metavar="ID", help="one organization; absent: all of them")
    verify.add_argument("--heads-dir", type=Path, metavar="DIR", help="where exported heads are, if not as set")
    verify.set_defaults(command=command)


def command(options: argparse.Namespace) -> int:
    """Verify what the environment says, and tell."""
    return look(get_settings(), options)


def look(settings: Settings, options: argparse.Namespace) -> int:
    """Verify, and say what was found, a line for each organization."""
    directory = options.heads_dir or heads.directory_of(settings)
    try:
        found = asyncio.run(verify(settings, directory=directory, only=options.organization))
    except (*db.TROUBLE, crypto.CannotOpen, heads.HeadsUnreadable) as trouble:
        print(f"advocacy: the audit could not be looked at: {trouble}", file=sys.stderr)
        return NOT_LOOKED_AT
    if options.organization is not None and not found:
        print(f"advocacy: there is no organization {options.organization}", file=sys.stderr)
        return NOT_LOOKED_AT
    for organization_id, verdict in found.items():
        print(f"{organization_id} {_tell(verdict)}")
    return BROKEN if any(verdict.flaw for verdict in found.values()) else VALID


async def verify(settings: Settings, *, directory: Path, only: UUID | None = None) -> dict[UUID, Verdict]:
    """The verdict on each organization's chain, also of those that are known by their exported heads alone."""
    master = crypto.Sealer(settings.master_keys)
    database = Database(settings.database_url, pool_size=1)
    await database.open()
    try:
        async with database.hot(None) as connection:
            there = await organizations.list_organization_ids(connection)
        wanted = sorted({*there, *heads.list_organizations(directory)})
        found: dict[UUID, Verdict] = {}
        for organization_id in wanted:
            if only in (None, organization_id):
                async with database.session(organization_id) as session:
                    found[organization_id] = await chain.verify(
                        session, master=master, exported=heads.read(directory, organization_id)
                    )
        return found
    finally:
        await database.close()


def _tell(verdict: Verdict) -> str:
    if verdict.flaw is None:
        return f"valid, up to position {verdict.position}; {verdict.waiting} not chained yet"
    entry = f", entry {verdict.entry_id}" if verdict.entry_id else ""
    return f"BROKEN at position {verdict.position}{entry}: {_WORDS[verdict.flaw]}"
