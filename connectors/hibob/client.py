"""HiBob's API in its own words, one method per call."""

import json
from collections.abc import AsyncIterator, Sequence

from connectors.hibob.manifest import MANIFEST
from connectors.sdk.directories import basic_auth, refusal
from connectors.sdk.http import build_request
from connectors.sdk.models import Context
from connectors.sdk.streaming import items_of


class BobClient:
    """One context's view of the API."""

    def __init__(self, ctx: Context) -> None:
        self._ctx = ctx

    def search(self, fields: Sequence[str], *, filters: Sequence[object] = ()) -> AsyncIterator[dict[str, object]]:
        """`POST /people/search`: these fields of everybody, leavers too, in one answer without pages."""
        body = {
            "fields": list(fields),
            "filters": list(filters),
            "showInactive": True,
            "humanReadable": "REPLACE",
        }
        user, token = MANIFEST.setting(self._ctx, "service_user_id"), MANIFEST.setting(self._ctx, "token")
        request = build_request(
            self._ctx.http,
            "POST",
            MANIFEST.setting(self._ctx, "api_url").rstrip("/") + "/people/search",
            headers={
                "Accept": "application/json",
                "Content-Type": "application/json",
                "Authorization": basic_auth(user, token),
            },
            content=json.dumps(body).encode(),
        )
        return items_of(
            self._ctx.http,
            request,
            key="employees",
            quiet_seconds=self._ctx.deadline_seconds,
            refuse=lambda answer: refusal(answer, ctx=self._ctx, system="HiBob"),
        )
