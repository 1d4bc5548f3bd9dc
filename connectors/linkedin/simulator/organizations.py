"""Company pages of the simulated LinkedIn: their numbers, for administrators, in a window of twelve months.

Only days are built of the granularities. Numbers that nobody set are made up, the same each time they are asked for.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from connectors.linkedin.simulator.answers import api_error, bad_query, denied, raw_query, read_object
from connectors.linkedin.simulator.store import Page, Token

if TYPE_CHECKING:
    from connectors.linkedin.simulator.app import LinkedInSimulator

WINDOW = timedelta(days=365)
SCOPE = "rw_organization_admin"
#: Our names of a day's numbers, as `/_sim/pages` takes them.
NUMBERS = (
    "followers_gained",
    "page_views",
    "page_visitors",
    "impressions",
    "reach",
    "clicks",
    "reactions",
    "comments",
    "reshares",
)
_INTERVALS = re.compile(r"\(timeRange:\(start:([0-9]{1,14}),end:([0-9]{1,14})\),timeGranularityType:([A-Z]+)\)")
_URN = re.compile(r"urn%3Ali%3Aorganization%3A[0-9]+")
_LIST = re.compile(r"List\((urn%3Ali%3A(?:share|ugcPost)%3A[0-9]+(?:,urn%3Ali%3A(?:share|ugcPost)%3A[0-9]+)*)\)")


class PageDesk:
    """The part of the simulator that counts for company pages."""

    def __init__(self, world: LinkedInSimulator) -> None:
        self._world = world

    def routes(self) -> Sequence[BaseRoute]:
        """Of the API's host."""
        operation = self._world.operation
        return [
            operation(
                "/rest/organizationalEntityShareStatistics", self._posts, name="share_statistics", methods=["GET"]
            ),
            operation(
                "/rest/organizationalEntityFollowerStatistics",
                self._followers,
                name="follower_statistics",
                methods=["GET"],
            ),
            operation("/rest/organizationPageStatistics", self._views, name="page_statistics", methods=["GET"]),
            operation("/rest/networkSizes/{key:path}", self._size, name="network_size", methods=["GET"]),
        ]

    def control_routes(self) -> Sequence[BaseRoute]:
        """What people do on LinkedIn itself: administer a page, follow it, post for it."""
        return [
            Route("/_sim/pages", self._set_page, methods=["POST"]),
            Route("/_sim/page_posts", self._add_post, methods=["POST"]),
        ]

    async def _posts(self, request: Request) -> Response:
        asked = self._asked(request, "organizationalEntity")
        if isinstance(asked, Response):
            return asked
        urn, page, query = asked
        given = query.get("shares") or query.get("ugcPosts")
        if given is None:
            return self._answer(
                request, query, page, lambda day: {"organizationalEntity": urn, "totalShareStatistics": _shares(day)}
            )
        listed = _LIST.fullmatch(given)
        if listed is None:
            return bad_query()
        elements = []
        for post_urn in map(unquote, listed.group(1).split(",")):
            post = self._world.store.page_posts.get(post_urn)
            # Posts without activity are silently left out.
            if post is not None and post.organization == urn and post.impressions:
                numbers = _shares({"impressions": post.impressions})
                kind = post_urn.split(":")[2]
                elements.append({"organizationalEntity": urn, kind: post_urn, "totalShareStatistics": numbers})
        return JSONResponse({"paging": {"start": 0, "count": 10, "links": []}, "elements": elements})

    async def _followers(self, request: Request) -> Response:
        asked = self._asked(request, "organizationalEntity")
        if isinstance(asked, Response):
            return asked
        urn, page, query = asked
        field = self._world.options.gain_field

        def gains(day: Mapping[str, int]) -> dict[str, object] | None:
            if "followers_gained" not in day:
                return None
            numbers = {field.format("organic"): day["followers_gained"], field.format("paid"): 0}
            return {"organizationalEntity": urn, "followerGains": numbers}

        if "timeIntervals" not in query:
            facet = [{"followerCounts": {"organicFollowerCount": self._follower_count(urn, page)}}]
            names = ("AssociationType", "Seniority", "Industry", "Function", "StaffCountRange", "Geo", "GeoCountry")
            element = {"organizationalEntity": urn, **{f"followerCountsBy{name}": facet for name in names}}
            return JSONResponse({"elements": [element]})
        return self._answer(request, query, page, gains)

    async def _views(self, request: Request) -> Response:
        asked = self._asked(request, "organization")
        if isinstance(asked, Response):
            return asked
        urn, page, query = asked

        def views(day: Mapping[str, int]) -> dict[str, object] | None:
            if "page_views" not in day:
                return None
            counted = {"pageViews": day["page_views"]}
            if "page_visitors" in day:
                counted["uniquePageViews"] = day["page_visitors"]
            return {"organization": urn, "totalPageStatistics": {"views": {"allPageViews": counted}}}

        return self._answer(request, query, page, views)

    async def _size(self, request: Request) -> Response:
        token = self._world.rest_token(request, scope=SCOPE, resource="networkSizes.GET")
        if isinstance(token, Response):
            return token
        urn = self._world.path_key(request, 3)
        if isinstance(urn, Response):
            return urn
        query = raw_query(request)
        if query is None or query.get("edgeType") != "COMPANY_FOLLOWED_BY_MEMBER":
            return bad_query()
        page = self._world.store.pages.get(urn)
        if page is None:
            return api_error(404, "NOT_FOUND", "There is no such organization")
        return JSONResponse({"firstDegreeSize": self._follower_count(urn, page)})

    def _follower_count(self, urn: str, page: Page) -> int:
        if page.followers is not None:
            return page.followers
        return 1000 + (self._world.now().date() - date(2026, 1, 1)).days * 3

    def _asked(self, request: Request, key: str) -> tuple[str, Page, Mapping[str, str]] | Response:
        resource = request.url.path.rsplit("/", 1)[-1]
        token = self._world.rest_token(request, scope=SCOPE, resource=f"{resource}.FINDER-{key}")
        if isinstance(token, Response):
            return token
        query = raw_query(request)
        # Rest.li reads the raw text: the colons of a value are encoded, the punctuation is not.
        if query is None or query.get("q") != key or not _URN.fullmatch(query.get(key, "")):
            return bad_query()
        urn = unquote(query[key])
        page = self._world.store.pages.get(urn)
        if page is None or not self._is_administrator(page, token):
            return denied(f"{resource}.FINDER-{key}: not an ADMINISTRATOR of the organization")
        return urn, page, query

    def _is_administrator(self, page: Page, token: Token) -> bool:
        return page.administrators is None or self._world.store.members[token.sub].name in page.administrators

    def _answer(self, request: Request, query: Mapping[str, str], page: Page, make: Any) -> Response:
        if "timeIntervals" not in query:
            total: dict[str, int] = {}
            for day in self._days(self._world.now().date() - WINDOW, self._world.now().date()):
                for name, number in (self._numbers(page, day) or {}).items():
                    total[name] = total.get(name, 0) + number
            return JSONResponse({"elements": [make(total)] if total else []})
        given = _INTERVALS.fullmatch(query["timeIntervals"])
        if given is None or given.group(3) != "DAY" or int(given.group(1)) >= int(given.group(2)):
            return bad_query()
        first, end = (datetime.fromtimestamp(int(value) / 1000, tz=UTC).date() for value in given.groups()[:2])
        elements: list[dict[str, object]] = []
        for day in self._days(first, end - timedelta(days=1)):
            numbers = self._numbers(page, day)
            element = make(numbers) if numbers else None
            if element is not None:
                span = {"start": _milliseconds(day), "end": _milliseconds(day + timedelta(days=1))}
                elements.append({"timeRange": span, **element})
        return self._paged(request, elements)

    def _paged(self, request: Request, elements: list[dict[str, object]]) -> Response:
        size = self._world.options.statistics_page_size or max(1, len(elements))
        start = int(request.query_params.get("start", "0"))
        links = []
        if start + size < len(elements):
            links = [{"rel": "next", "href": f"{request.url.path}?start={start + size}", "type": "application/json"}]
        paging = {"start": start, "count": size, "links": links}
        return JSONResponse({"paging": paging, "elements": elements[start : start + size]})

    def _days(self, first: date, last: date) -> list[date]:
        today = self._world.now().date()
        first, last = max(first, today - WINDOW), min(last, today)
        return [first + timedelta(days=n) for n in range((last - first).days + 1)]

    def _numbers(self, page: Page, day: date) -> Mapping[str, int] | None:
        if day.isoformat() in page.days:
            return page.days[day.isoformat()]
        seed = int.from_bytes(hashlib.sha256(f"{page.urn}|{day}".encode()).digest()[:4], "big")
        views, impressions = 40 + seed % 90, 300 + seed % 1700
        return {
            "followers_gained": seed % 9,
            "page_views": views,
            "page_visitors": views * 2 // 3,
            "impressions": impressions,
            "reach": impressions * 3 // 4,
            "clicks": impressions // 25,
            "reactions": impressions // 40,
            "comments": impressions // 300,
            "reshares": impressions // 200,
        }

    async def _set_page(self, request: Request) -> Response:
        body = await read_object(request)
        if isinstance(body, Response):
            return body
        urn, days = body.get("organization"), body.get("days", {})
        names = body.get("administrators")
        if not isinstance(urn, str) or not re.fullmatch(r"urn:li:organization:[0-9]+", urn):
            return _wrong("organization must be a URN")
        if not isinstance(names, list | None) or not isinstance(days, dict):
            return _wrong("administrators is a list of names, days an object by date")
        for numbers in days.values():
            if numbers is not None and (not isinstance(numbers, dict) or not numbers.keys() <= set(NUMBERS)):
                return _wrong(f"a day is null or has some of {', '.join(NUMBERS)}")
        self._world.record(
            {
                "kind": "page_set",
                "urn": urn,
                "administrators": names,
                "followers": body.get("followers"),
                "days": days,
            }
        )
        return Response(status_code=204)

    async def _add_post(self, request: Request) -> Response:
        body = await read_object(request)
        if isinstance(body, Response):
            return body
        if body.get("organization") not in self._world.store.pages:
            return _wrong("organization must be the URN of a page that is here")
        urn = self._world.store.next_page_post_urn()
        self._world.record(
            {
                "kind": "page_post_created",
                "urn": urn,
                "organization": body["organization"],
                "text": str(body.get("text", "")),
                "impressions": int(body.get("impressions", 0)),
                "is_reshare_disabled": bool(body.get("is_reshare_disabled", False)),
            }
        )
        return JSONResponse({"external_id": urn}, status_code=201)


def _shares(day: Mapping[str, int]) -> dict[str, object] | None:
    names = {
        "impressions": "impressionCount",
        "reach": "uniqueImpressionsCount",
        "clicks": "clickCount",
        "reactions": "likeCount",
        "comments": "commentCount",
        "reshares": "shareCount",
    }
    counted: dict[str, object] = {theirs: day[ours] for ours, theirs in names.items() if ours in day}
    if not counted:
        return None
    impressions = day.get("impressions", 0)
    acts = sum(day.get(name, 0) for name in ("clicks", "reactions", "comments", "reshares"))
    return {**counted, "engagement": round(acts / impressions, 4) if impressions else 0.0}


def _milliseconds(day: date) -> int:
    return int(datetime.combine(day, time(), tzinfo=UTC).timestamp()) * 1000


def _wrong(message: str) -> Response:
    return JSONResponse({"error": message}, status_code=400)
