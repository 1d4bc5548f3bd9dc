"""HiBob behind the ports of the contract."""

from collections.abc import AsyncIterator

from connectors.hibob import mapping
from connectors.hibob.client import BobClient
from connectors.hibob.manifest import MANIFEST
from connectors.sdk.directories import pages_of
from connectors.sdk.manifest import Manifest
from connectors.sdk.models import Context, DirectoryPage

#: An address that nobody has: the smallest question that the access must be allowed to ask.
_NOBODY = {"fieldPath": "root.email", "operator": "equals", "values": ["nobody@advocacy.invalid"]}


class HiBob:
    """Reads everybody at each read: HiBob has no list of changes."""

    @property
    def manifest(self) -> Manifest:
        """The declaration."""
        return MANIFEST

    async def check(self, ctx: Context) -> None:
        """Returns when the service user may search people."""
        async for _ in BobClient(ctx).search(["root.id"], filters=[_NOBODY]):
            break

    async def list_directory(self, ctx: Context, *, since: str | None) -> AsyncIterator[DirectoryPage]:
        """Everybody, whatever `since` says."""
        given = {name: ctx.settings.get(f"{name}_field") for name in ("job_family", "job_level")}
        fields = {**mapping.FIELDS, **{name: theirs for name, theirs in given.items() if theirs}}
        found = BobClient(ctx).search(["root.id", *fields.values()])
        async for page in pages_of(
            found, lambda raw: mapping.person(raw, fields), asked=frozenset(fields), is_full=True
        ):
            yield page
