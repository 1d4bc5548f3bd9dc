"""BambooHR behind the ports of the contract."""

from collections.abc import AsyncIterator
from dataclasses import replace

from connectors.bamboohr import mapping
from connectors.bamboohr.client import BambooClient
from connectors.bamboohr.manifest import MANIFEST
from connectors.sdk.directories import cursor_at, pages_of
from connectors.sdk.errors import ProtocolViolation
from connectors.sdk.manifest import Manifest
from connectors.sdk.models import Context, DirectoryPage


class BambooHR:
    """Reads everybody by a report; asks first whether anybody has changed."""

    @property
    def manifest(self) -> Manifest:
        """The declaration."""
        return MANIFEST

    async def check(self, ctx: Context) -> None:
        """Returns when the key opens the list of fields."""
        (await BambooClient(ctx).fields()).json()

    async def list_directory(self, ctx: Context, *, since: str | None) -> AsyncIterator[DirectoryPage]:
        """A report of all; of changes, those alone who are in BambooHR's list of changes."""
        client = BambooClient(ctx)
        cursor = cursor_at(ctx.now())
        wanted, gone = None, frozenset[str]()
        if since is not None:
            try:
                wanted, gone = mapping.changes((await client.changed(since)).json_object())
            except ProtocolViolation:
                # Too many changes for one answer, or a list that cannot be read: everybody is read instead.
                wanted = None
            if wanted is not None and not wanted:
                yield DirectoryPage(people=(), is_full=False, gone=tuple(sorted(gone)), cursor=cursor)
                return
        given = {name: ctx.settings.get(f"{name}_field") for name in ("job_family", "job_level")}
        fields = {**mapping.FIELDS, **{name: theirs for name, theirs in given.items() if theirs}}
        async for page in pages_of(
            client.report(["id", "preferredName", *fields.values()]),
            lambda raw: mapping.person(raw, fields),
            asked=frozenset(fields),
            is_full=wanted is None,
            cursor=cursor,
        ):
            if wanted is None:
                yield page
            else:
                people = tuple(one for one in page.people if one.external_id in wanted)
                is_last = page.cursor is not None
                yield replace(page, people=people, gone=tuple(sorted(gone)) if is_last else ())
