"""Workday behind the ports of the contract."""

from collections.abc import AsyncIterator

from connectors.sdk.directories import pages_of
from connectors.sdk.manifest import Manifest
from connectors.sdk.models import Context, DirectoryPage
from connectors.workday import mapping
from connectors.workday.client import WorkdayClient
from connectors.workday.manifest import COLUMNS, MANIFEST


class Workday:
    """Reads the whole report at each read: what has changed is known only where its author added prompts."""

    @property
    def manifest(self) -> Manifest:
        """The declaration."""
        return MANIFEST

    async def list_directory(self, ctx: Context, *, since: str | None) -> AsyncIterator[DirectoryPage]:
        """Everybody, whatever `since` says. To see whether it works is to read it: there is no smaller question."""
        columns = {name: MANIFEST.setting(ctx, f"column_{name}") for name in COLUMNS}
        asked = frozenset(columns) - {"external_id"}
        async for page in pages_of(
            WorkdayClient(ctx).report(), lambda raw: mapping.person(raw, columns), asked=asked, is_full=True
        ):
            yield page
