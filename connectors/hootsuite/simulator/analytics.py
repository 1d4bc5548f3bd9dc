"""Numbers of posts at the simulated Hootsuite; LinkedIn's it does not have."""

import hashlib
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from connectors.hootsuite.simulator.answers import Refused
from connectors.hootsuite.simulator.store import Document

if TYPE_CHECKING:
    from connectors.hootsuite.simulator.app import Caller, HootsuiteSimulator

_NETWORKS = {
    "FACEBOOKPAGE",
    "TWITTER",
    "INSTAGRAMBUSINESS",
    "TIKTOKBUSINESS",
    "YOUTUBECHANNEL",
    "PINTEREST",
    "THREADS",
}
_REACH = timedelta(days=731)


class Analytics:
    """`/v1/analytics/posts`."""

    def __init__(self, simulator: "HootsuiteSimulator") -> None:
        self._sim = simulator

    async def posts(self, request: Request, caller: "Caller") -> Response:
        """A page of rows, one per post that was sent within the period."""
        if "analytics:read" not in caller.scopes:
            raise Refused(403, 1037, "The scope analytics:read was not granted")
        query = request.query_params
        if query.get("networkId") not in _NETWORKS:
            raise Refused(400, 4000, "networkId is not supported")
        limit = query.get("limit", "10")
        if query.get("datatype") != "ORGANIC" or not limit.isdecimal() or not 1 <= int(limit) <= 100:
            raise Refused(400, 4000, "datatype ORGANIC, and a limit of 1 to 100")
        filters = (await self._sim.json_body(request)).get("filters") or {}
        given = filters.get("profileId") or {}
        ids = given.get("in") or [given.get("eq")]
        if not all(isinstance(one, str) for one in ids) or len(ids) > 10:
            raise Refused(400, 4000, "profileId needs one to ten ids")
        since, until = self._period(filters)
        rows = [
            self._row(message)
            for message in self._sim.rows("messages")
            if message["state"] == "SENT"
            and message["profile"] in ids
            and self._sim.table("profiles")[message["profile"]]["type"] == query["networkId"]
            and since <= datetime.fromisoformat(message["scheduledSendTime"]) <= until
        ]
        cursor = query.get("cursor", "0")
        if not cursor.isdecimal():
            raise Refused(400, 3020, "The cursor is not valid")
        first, size = int(cursor), min(int(limit), self._sim.options.analytics_per_page)
        following = {"cursor": str(first + size)} if first + size < len(rows) else None
        return JSONResponse({"data": rows[first : first + size], "metadata": {"collectionInfo": {"next": following}}})

    def _period(self, filters: Document) -> tuple[datetime, datetime]:
        span = (filters.get("reportingPeriod") or {}).get("timespan") or {}
        try:
            since, until = datetime.fromisoformat(span["since"]), datetime.fromisoformat(span["until"])
        except (KeyError, TypeError, ValueError):
            raise Refused(400, 4000, "reportingPeriod.timespan needs since and until") from None
        if since < self._sim.now() - _REACH:
            raise Refused(400, 4000, "reportingPeriod reaches back two years at most")
        return since, until

    def _row(self, message: Document) -> Document:
        seed = int.from_bytes(hashlib.sha256(message["id"].encode()).digest()[:2], "big")
        invented = {"likes": 10 + seed % 90, "comments": seed % 9, "post_views": 300 + seed % 700, "clicks": seed % 40}
        return {
            "createdAt": message["scheduledSendTime"],
            "lastRefreshed": self._sim.now().isoformat(),
            "profileId": message["profile"],
            "externalProfileId": "998",
            "sourceLink": message["postUrl"],
            "externalId": message["postId"],
            "postType": "FACEBOOK_LINK",
            "metrics": self._sim.table("metrics").get(message["id"], invented),
        }
