"""Numbers of members' posts at the simulated LinkedIn: one metric a call."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING
from urllib.parse import unquote

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute

from connectors.linkedin.simulator.answers import api_error, bad_query, raw_query
from connectors.linkedin.simulator.store import Token

if TYPE_CHECKING:
    from connectors.linkedin.simulator.app import LinkedInSimulator

#: Our names of the numbers that people see, and LinkedIn's.
METRICS = {"impressions": "IMPRESSION", "reactions": "REACTION", "comments": "COMMENT", "reshares": "RESHARE"}
_EARLY_METRICS = frozenset({*METRICS.values(), "MEMBERS_REACHED"})
#: Known from version 202604 on.
_LATE_METRICS = frozenset(
    {
        "POST_SAVE",
        "POST_SEND",
        "LINK_CLICKS",
        "FOLLOWER_GAINED_FROM_CONTENT",
        "PROFILE_VIEW_FROM_CONTENT",
        "PREMIUM_CTA_CLICKS",
    }
)
_TOTAL_ONLY = frozenset({"MEMBERS_REACHED", "LINK_CLICKS", "FOLLOWER_GAINED_FROM_CONTENT", "PROFILE_VIEW_FROM_CONTENT"})
_METRIC_CLASS = "com.linkedin.adsexternalapi.memberanalytics.v1.CreatorPostAnalyticsMetricTypeV1"
_DATE = r"\(year:([0-9]{4}),month:([0-9]{1,2}),day:([0-9]{1,2})\)"
_DATE_RANGE = re.compile(rf"\(start:{_DATE},end:{_DATE}\)")


class AnalyticsDesk:
    """The part of the simulator that counts for members."""

    def __init__(self, world: LinkedInSimulator) -> None:
        self._world = world

    def routes(self) -> Sequence[BaseRoute]:
        """Of the API's host."""
        path = "/rest/memberCreatorPostAnalytics"
        return [self._world.operation(path, self._answer, name="analytics", methods=["GET"])]

    async def _answer(self, request: Request) -> Response:
        resource = "memberCreatorPostAnalytics.FINDER-entity"
        token = self._world.rest_token(request, scope="r_member_postAnalytics", resource=resource)
        if isinstance(token, Response):
            return token
        query = raw_query(request)
        if query is None or query.get("q") not in {"entity", "me"}:
            return bad_query()
        version, metric = request.headers["linkedin-version"], query.get("queryType", "")
        if metric not in _EARLY_METRICS and not (metric in _LATE_METRICS and version >= "202604"):
            return api_error(400, "INVALID_VALUE_FOR_FIELD", "queryType :: unknown value")
        # From 202605 the type is a string, before an object with one key.
        metric_type: object = metric if version >= "202605" else {_METRIC_CLASS: metric}
        counted = (
            self._count_post(query, metric, token) if query["q"] == "entity" else self._count_me(query, metric, token)
        )
        if isinstance(counted, Response):
            return counted
        elements = [{"count": count, "metricType": metric_type, **more} for count, more in counted]
        return JSONResponse({"paging": {"start": 0, "count": 10, "links": []}, "elements": elements})

    def _count_post(
        self, query: Mapping[str, str], metric: str, token: Token
    ) -> list[tuple[int, dict[str, object]]] | Response:
        # Rest.li reads the raw text: parentheses must be literal, the colons of a value encoded.
        entity = re.fullmatch(r"\((share|ugc):([^():,]+)\)", query.get("entity", ""))
        if entity is None:
            return bad_query()
        if query.get("aggregation", "TOTAL") != "TOTAL":
            return api_error(400, "ILLEGAL_ARGUMENT", "The aggregation is not supported for a single entity")
        urn = unquote(entity.group(2))
        post = self._world.store.posts.get(urn)
        if post is None or post.is_deleted or post.sub != token.sub:
            return []
        count = self._world.store.count(post, metric, now=self._world.now())
        return [] if count is None or count < 0 else [(count, {"targetEntity": {entity.group(1): urn}})]

    def _count_me(
        self, query: Mapping[str, str], metric: str, token: Token
    ) -> list[tuple[int, dict[str, object]]] | Response:
        daily = query.get("aggregation", "TOTAL") == "DAILY"
        if query.get("aggregation", "TOTAL") not in {"TOTAL", "DAILY"} or (daily and metric in _TOTAL_ONLY):
            return api_error(400, "ILLEGAL_ARGUMENT", "The aggregation is not supported for this metric")
        span = _DATE_RANGE.fullmatch(query["dateRange"]) if "dateRange" in query else None
        if span is None and (daily or "dateRange" in query):
            return bad_query()
        days: dict[date, int] = {}
        for post in self._world.store.posts.values():
            if post.sub == token.sub and not post.is_deleted:
                day = post.created_at.date()
                days[day] = days.get(day, 0) + max(0, self._world.store.count(post, metric, now=self._world.now()) or 0)
        if span is not None:
            year, month, day_of_month, *until = map(int, span.groups())
            first, end = date(year, month, day_of_month), date(*until)
            days = {day: count for day, count in days.items() if first <= day < end}
        if daily:
            return [(count, {"dateRange": {"start": _date_parts(day)}}) for day, count in sorted(days.items())]
        return [(sum(days.values()), {})] if days else []


def _date_parts(day: date) -> dict[str, int]:
    return {"year": day.year, "month": day.month, "day": day.day}
