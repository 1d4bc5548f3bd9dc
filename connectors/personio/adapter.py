"""Personio behind the ports of the contract."""

from collections.abc import AsyncIterator
from datetime import timedelta

from connectors.personio import mapping
from connectors.personio.client import PersonioClient
from connectors.personio.manifest import MANIFEST
from connectors.sdk.directories import cursor_at, text_of
from connectors.sdk.errors import ProtocolViolation
from connectors.sdk.manifest import Manifest
from connectors.sdk.models import Context, Credentials, DirectoryPage, DirectoryPerson, Secret

#: Where the answer names no life.
_LIFE_SECONDS = 3600


class Personio:
    """Reads persons page by page, and the employment of each."""

    @property
    def manifest(self) -> Manifest:
        """The declaration."""
        return MANIFEST

    async def authenticate(self, ctx: Context) -> Credentials:
        """A bearer token for reading persons."""
        body = await PersonioClient(ctx).token()
        token, seconds = body.get("access_token"), body.get("expires_in")
        if not isinstance(token, str) or not token:
            raise ProtocolViolation("the answer holds no token")
        life = seconds if isinstance(seconds, int) and 0 < seconds < 10**7 else _LIFE_SECONDS
        return Credentials(access_token=Secret(token), expires_at=ctx.now() + timedelta(seconds=life))

    async def check(self, ctx: Context) -> None:
        """Returns when one person can be read."""
        mapping.records(await PersonioClient(ctx).persons(cursor=None, updated_after=None, limit=1))

    async def list_directory(self, ctx: Context, *, since: str | None) -> AsyncIterator[DirectoryPage]:
        """All, or those who were updated after the last read; each needs a call for the employment."""
        client = PersonioClient(ctx)
        goes_on_at = cursor_at(ctx.now())
        seen: set[str] = set()
        shown: set[str] = set()
        cursor: str | None = None
        met: set[str] = set()
        while True:
            body = await client.persons(cursor=cursor, updated_after=since)
            people: list[DirectoryPerson] = []
            for raw in mapping.records(body):
                one = await self._person(client, raw)
                # Pages have been seen to shift while people are changed.
                if one.external_id not in seen:
                    seen.add(one.external_id)
                    shown |= one.values.keys()
                    people.append(one)
            cursor = mapping.next_cursor(body)
            if cursor is None:
                break
            if cursor in met:
                raise ProtocolViolation("Personio gave the same cursor twice")
            met.add(cursor)
            yield DirectoryPage(people=tuple(people), is_full=since is None)
        hidden = mapping.ASKED - shown if seen and since is None else frozenset[str]()
        yield DirectoryPage(
            people=tuple(people), is_full=since is None, cursor=goes_on_at, hidden_fields=frozenset(hidden)
        )

    async def _person(self, client: PersonioClient, raw: dict[str, object]) -> DirectoryPerson:
        key = text_of(raw.get("id"))
        if not key:
            raise ProtocolViolation("a person without an id")
        return mapping.person(raw, mapping.records(await client.employments(key)))
