"""The simulated Oktopost: one account, its campaigns, boards and people, with the oddities the vendor is known for."""

import csv
import hashlib
import hmac
import io
import json
import re
import secrets
import zipfile
from base64 import b64encode
from collections import deque
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any

import httpx2
from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from connectors.oktopost.simulator.calls import (
    PAGE_SIZES,
    Call,
    Refusal,
    api_error,
    from_stamp,
    param_error,
    read_call,
    stamp,
)
from connectors.oktopost.simulator.scim import ScimHost
from connectors.oktopost.simulator.store import Store, Thing
from connectors.sdk.http import steady
from connectors.sdk.testing.simulator import Event, Simulator

BLOCK = timedelta(minutes=15)
UPLOAD_TIME = timedelta(seconds=5)
STORY_LIFE = timedelta(days=180)
_NETWORKS = frozenset({"Twitter", "LinkedIn", "Facebook", "Instagram", "YouTube", "Youtube", "WeChat", "Xing"})
_WAITING = frozenset({"pending", "inqueue"})
_EVENTS = re.compile(r"(new|post|conversation|approvalItem)[A-Za-z]+")
_DAY_TEXT = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d")

_Work = Callable[[Call], dict[str, object]]


class StoryShape(StrEnum):
    """What a list of stories shows; the vendor's sample of a single story has messages and no link."""

    SAMPLE = "sample"
    WITH_LINK = "with_link"
    BARE = "bare"


@dataclass(frozen=True, slots=True)
class Options:
    """How this Oktopost behaves where the real one may differ, or where the vendor's texts disagree."""

    account_id: str = "001000000000001"
    api_key: str = "demo-key"
    data_centre: str = "us"
    scim_token: str = "demo-scim-token"
    #: With which status a refusal comes that is neither about the key nor about something missing: 200 or 400.
    refusal_status: int = 400
    story_shape: StoryShape = StoryShape.SAMPLE
    #: Links of messages come back shortened.
    shortens_links: bool = False
    calls_per_minute: int = 60
    calls_per_five_seconds: int = 120
    calls_per_day: int = 20_000


class OktopostSimulator(Simulator):
    """Everything but counters of calls survives a restart with the journal."""

    def __init__(
        self, options: Options, *, journal_path: Path | None = None, clock: Callable[[], datetime] | None = None
    ) -> None:
        self.options = options
        self._recent: deque[datetime] = deque()
        super().__init__(journal_path=journal_path, clock=clock)

    def hosts(self) -> tuple[str, ...]:
        return ("api", "eu_api", "app", "board", "files")

    def reset(self) -> None:
        self.store = Store()

    def apply(self, event: Event) -> None:
        self.store.apply(event)

    def state(self) -> dict[str, object]:
        return {
            kind: [{**thing, "Secret": "…"} if "Secret" in thing else thing for thing in things.values()]
            for kind, things in self.store.things.items()
        }

    def configure(self, **changes: Any) -> None:
        """Changes options of a running simulator."""
        self.options = replace(self.options, **changes)

    def put(self, kind: str, thing_id: str | None = None, **values: Any) -> Thing:
        """Makes a thing, or changes one."""
        if thing_id is None:
            thing_id = self.store.next_id(kind)
            values = {"Id": thing_id, **values}
        self.record({"kind": "put", "type": kind, "id": thing_id, "values": values})
        return self.store.things[kind][thing_id]

    def routes(self, host: str) -> Sequence[BaseRoute]:
        if host == "files":
            return [self.operation("/exports/{name}", self._file, name="export_file", methods=["GET"])]
        if host in {"app", "board"}:
            kind = "user" if host == "app" else "advocate"
            return ScimHost(self, kind=kind, token=lambda: self.options.scim_token).routes()
        return self._api_routes(host)

    def control_routes(self) -> Sequence[BaseRoute]:
        return [
            Route("/_sim/share", self._control(self._do_share), methods=["POST"]),
            Route("/_sim/followers", self._control(self._do_followers), methods=["POST"]),
            Route("/_sim/exports", self._control(self._do_export), methods=["POST"]),
            Route("/_sim/permissions", self._control(self._do_permissions), methods=["POST"]),
            Route("/_sim/webhooks", self._do_send, methods=["POST"]),
        ]

    def _api_routes(self, host: str) -> list[BaseRoute]:
        table: list[tuple[str, str, str, _Work]] = [
            ("GET", "me", "me", self._me),
            ("POST", "message", "create_message", self._create_message),
            ("GET", "message", "list_messages", self._list_messages),
            ("POST", "message/{thing_id}", "change_message", self._change_message),
            ("POST", "campaign", "create_campaign", self._create_campaign),
            ("GET", "campaign", "list_campaigns", self._lister("campaign", equal={"status": "Status"})),
            ("GET", "board", "list_boards", self._lister("board")),
            ("GET", "board-topic", "list_topics", self._lister("topic", equal={"boardId": "BoardId"})),
            ("POST", "board-topic", "create_topic", self._create_topic),
            ("POST", "board-message", "create_board_message", self._board_message),
            ("DELETE", "board-message", "delete_board_message", self._board_message),
            ("GET", "story", "list_stories", self._list_stories),
            ("POST", "story", "create_story", self._create_story),
            ("GET", "story/{thing_id}", "get_story", self._get_story),
            ("GET", "advocate", "list_advocates", self._lister("advocate", equal={"email": "Email"})),
            ("POST", "advocate", "create_advocate", self._create_advocate),
            ("GET", "advocate/{thing_id}", "get_advocate", self._get_advocate),
            ("DELETE", "advocate/{thing_id}", "delete_advocate", self._delete_advocate),
            ("GET", "credential", "list_credentials", self._list_credentials),
            ("POST", "post", "create_post", self._create_post),
            (
                "GET",
                "post",
                "list_posts",
                self._lister("post", equal={"campaignId": "CampaignId", "messageId": "MessageId", "source": "Source"}),
            ),
            ("GET", "post/{thing_id}", "get_post", self._get_post),
            ("POST", "post/{thing_id}", "change_post", self._change_post),
            ("DELETE", "post/{thing_id}", "delete_post", self._delete_post),
            ("GET", "postlog", "list_postlogs", self._list_postlogs),
            ("GET", "postlog/{thing_id}", "get_postlog", self._get_postlog),
            ("GET", "analytics/{thing_id}", "analytics", lambda call: {"Stats": _stats(self._post(call))}),
            ("GET", "followers/{thing_id}", "followers", self._followers),
            ("POST", "media", "create_media", self._create_media),
            ("POST", "upload", "create_upload", self._create_upload),
            ("POST", "calendar", "calendar", self._calendar),
            ("GET", "bi-export", "list_exports", self._list_exports),
            ("POST", "webhook", "create_webhook", self._create_webhook),
            ("GET", "webhook", "list_webhooks", self._lister("webhook", sizes=frozenset({20, 25, 50, 100}))),
            ("GET", "webhook-log/{thing_id}", "webhook_log", self._webhook_log),
        ]
        for kind, key in (
            ("campaign", "Campaign"),
            ("message", "Message"),
            ("board", "Board"),
            ("topic", "Topic"),
            ("credential", "Credential"),
            ("media", "Media"),
            ("upload", "Upload"),
            ("export", "Export"),
            ("webhook", "Webhook"),
        ):
            path = {"topic": "board-topic", "export": "bi-export"}.get(kind, kind)
            table.append(("GET", f"{path}/{{thing_id}}", f"get_{kind}", self._getter(kind, key)))
        for kind in ("campaign", "message", "topic", "story", "webhook"):
            path = {"topic": "board-topic"}.get(kind, kind)
            table.append(("DELETE", f"{path}/{{thing_id}}", f"delete_{kind}", self._remover(kind)))
        return [
            *(
                self.operation(
                    f"/v2/{path}", self._admit(host, path.partition("/")[0], work), name=name, methods=[verb]
                )
                for verb, path, name, work in table
            ),
            self.operation(
                "/v2/{rest:path}",
                self._admit(host, "", _no_route),
                name="no_route",
                methods=["GET", "POST", "PUT", "DELETE"],
            ),
        ]

    # At the door

    def _admit(self, host: str, resource: str, work: _Work) -> Callable[[Request], Awaitable[Response]]:
        async def admitted(request: Request) -> Response:
            try:
                self._check_key(request, host)
                self._count_call()
                if resource in self.store.denied:
                    raise api_error("You do not have permission to perform this action", status=403)
                call = await read_call(request)
                self._settle()
                document = work(call)
            except Refusal as refusal:
                status = refusal.status or self.options.refusal_status
                return JSONResponse({"Result": False, "Errors": refusal.errors}, status_code=status)
            notify = BackgroundTask(self._notify, call.notices) if call.notices else None
            return JSONResponse({"Result": True, **document}, background=notify)

        return admitted

    def _check_key(self, request: Request, host: str) -> None:
        expected = b64encode(f"{self.options.account_id}:{self.options.api_key}".encode()).decode()
        # An account lies in one data centre; what the other one says to its key is not documented.
        is_here = (host == "eu_api") == (self.options.data_centre == "eu")
        if not is_here or request.headers.get("authorization") != f"Basic {expected}":
            raise api_error("Invalid account id or API key", status=401)

    def _count_call(self) -> None:
        now, recent = self.now(), self._recent
        if self.store.blocked_until is not None and now < self.store.blocked_until:
            raise api_error("Too many requests", status=429)
        while recent and recent[0].date() != now.date():
            recent.popleft()
        recent.append(now)
        if len(recent) > self.options.calls_per_day:
            tomorrow = now.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
            self._block(tomorrow)
        in_minute = sum(now - moment < timedelta(minutes=1) for moment in recent)
        in_burst = sum(now - moment < timedelta(seconds=5) for moment in recent)
        if in_minute > self.options.calls_per_minute or in_burst > self.options.calls_per_five_seconds:
            self._block(now + BLOCK)

    def _block(self, until: datetime) -> None:
        self.record({"kind": "blocked", "until": until.isoformat()})
        raise api_error("Too many requests", status=429)

    def _thing(self, kind: str, thing_id: str) -> Thing:
        thing = self.store.things[kind].get(thing_id)
        if thing is None or thing.get("_is_foreign"):
            raise api_error(f"{kind.capitalize()} not found", status=404)
        return thing

    def _lister(
        self, kind: str, *, equal: Mapping[str, str] | None = None, sizes: frozenset[int] = PAGE_SIZES
    ) -> _Work:
        def listed(call: Call) -> dict[str, object]:
            found = self._all(kind)
            for parameter, name in (equal or {}).items():
                if wanted := call.query.get(parameter):
                    found = [one for one in found if str(one.get(name, "")).casefold() == wanted.casefold()]
            return _page(call, [self._show(kind, one) for one in found], sizes)

        return listed

    def _getter(self, kind: str, key: str) -> _Work:
        return lambda call: {key: self._show(kind, self._thing(kind, call.thing_id))}

    def _remover(self, kind: str) -> _Work:
        def removed(call: Call) -> dict[str, object]:
            self._thing(kind, call.thing_id)
            # Nothing cascades: posts survive their message, stories survive their topic.
            self.record({"kind": "removed", "type": kind, "id": call.thing_id})
            return {}

        return removed

    def _all(self, kind: str) -> list[Thing]:
        return [thing for thing in self.store.things[kind].values() if not thing.get("_is_foreign")]

    def _show(self, kind: str, thing: Thing) -> Thing:
        shown = {name: value for name, value in thing.items() if not name.startswith("_")}
        if kind == "board":
            shown["UsersCount"] = sum(thing["Id"] in advocate["BoardIds"] for advocate in self._all("advocate"))
        return shown

    # Account, campaigns, messages

    def _me(self, call: Call) -> dict[str, object]:
        user = {"Id": "00A000000999999", "Name": "API user", "Email": "api@example.com", "LastLogin": None}
        return {"User": user, "Account": {"Id": self.options.account_id, "Name": "Acme"}}

    def _create_campaign(self, call: Call) -> dict[str, object]:
        (name,) = call.require("name")
        made = self.put("campaign", Name=name, Url=call.form.get("url", ""), Status="active", Created=stamp(self.now()))
        call.notices.append(("newCampaign", made))
        return {"Campaign": self._show("campaign", made)}

    def _campaign(self, campaign_id: str) -> str:
        if len(campaign_id) != 15:
            raise param_error("campaignId", "`campaignId` must be between 15 and 15 characters long")
        return str(self._thing("campaign", campaign_id)["Id"])

    def _create_message(self, call: Call) -> dict[str, object]:
        network, campaign_id, text = call.require("network", "campaignId", "message")
        if network not in _NETWORKS:
            raise param_error("network", f"`network` {network} is not supported")
        made = self.put(
            "message",
            CampaignId=self._campaign(campaign_id),
            Network=network,
            Message=self._with_link(text, call.form.get("linkUrl")),
            Status="default",
            IsBoardMessage=0,
            Clicks=0,
            BoardClicks=0,
            BoardConverts=0,
            Created=stamp(self.now()),
            Media=[],
        )
        return {"Message": self._show("message", made)}

    def _with_link(self, text: str, link: str | None) -> str:
        if link and self.options.shortens_links:
            link = f"https://okt.to/{hashlib.sha256(link.encode()).hexdigest()[:6]}"
        return f"{text} {link}" if link else text

    def _change_message(self, call: Call) -> dict[str, object]:
        message = self._thing("message", call.thing_id)
        if "message" in call.form:
            message = self.put("message", call.thing_id, Message=call.form["message"])
        return {"Message": self._show("message", message)}

    def _list_messages(self, call: Call) -> dict[str, object]:
        found = self._all("message")
        if ids := call.ids("ids"):
            found = [one for one in found if one["Id"] in ids]
        else:
            (campaign_id,) = call.require("campaignId")
            self._campaign(campaign_id)
            found = [one for one in found if one["CampaignId"] == campaign_id]
        if network := call.query.get("network"):
            found = [one for one in found if one["Network"] == network]
        return _page(call, [self._show("message", one) for one in found])

    # Boards

    def _board(self, board_id: str, *, kind: str) -> Thing:
        board = self._thing("board", board_id)
        if board["_kind"] != kind:
            raise api_error(f"This board does not support {'stories' if kind == 'story' else 'messages'}")
        return board

    def _create_topic(self, call: Call) -> dict[str, object]:
        board_id, name = call.require("boardId", "name")
        board = self._thing("board", board_id)
        made = self.put("topic", BoardId=board_id, Name=name)
        for advocate in self._all("advocate"):
            if board["Id"] in advocate["BoardIds"]:
                notes = [*advocate.get("_notes", []), f"New topic: {name}"]
                self.put("advocate", advocate["Id"], _notes=notes)
        call.notices.append(("newAdvocacyTopic", made))
        return {"Topic": self._show("topic", made)}

    def _board_message(self, call: Call) -> dict[str, object]:
        board_id, message_id = call.require("boardId", "messageId")
        self._board(board_id, kind="message")
        self._thing("message", message_id)
        if call.verb == "delete":
            self.put("message", message_id, IsBoardMessage=0)
            return {}
        for name in ("startDate", "expireDate"):
            if (value := call.form.get(name)) and not _DAY_TEXT.fullmatch(value):
                raise param_error(name, f"`{name}` must be formatted as YYYY-MM-DD HH:mm:ss")
        made = self.put("message", message_id, IsBoardMessage=1)
        call.notices.append(("newAdvocacyMessage", made))
        return {}

    def _create_story(self, call: Call) -> dict[str, object]:
        title, description, campaign_id = call.require("title", "description", "campaignId")
        campaign_id = self._campaign(campaign_id)
        board = self._board(call.form.get("boardId", ""), kind="story")
        for message_id in call.ids("messageIds"):
            self._thing("message", message_id)
        for topic_id in call.ids("topicIds"):
            if self._thing("topic", topic_id)["BoardId"] != board["Id"]:
                raise api_error("The topic belongs to another board")
        publish_at = call.epoch("publishDatetime") or self.now()
        last_day = (publish_at + STORY_LIFE).replace(hour=23, minute=59, second=59)
        story_id = self.store.next_id("story")
        made = self.put(
            "story",
            story_id,
            ID=story_id,
            BoardId=board["Id"],
            CampaignId=campaign_id,
            Title=title,
            Type="text",
            PublishDate=stamp(publish_at),
            ExpirationDate=stamp(call.epoch("expirationDatetime") or last_day),
            IsFeatured=call.flag("isFeatured"),
            ShareCount=0,
            Media=[],
            Topics=call.ids("topicIds"),
            Tags=call.ids("tagIds"),
            _message_ids=call.ids("messageIds"),
            _description=description,
            _link=call.form.get("link", ""),
            _is_draft=call.flag("isDraft"),
        )
        if not made["_is_draft"]:
            call.notices.append(("newAdvocacyStory", self._show_story(made)))
        return {}

    def _show_story(self, story: Thing, *, in_list: bool = False) -> Thing:
        shape = self.options.story_shape
        shown = self._show("story", story)
        # The vendor's sample of a story for later says "draft"; the word for one that is out is ours.
        is_waiting = story["_is_draft"] or from_stamp(story["PublishDate"]) > self.now()
        shown["Status"] = "draft" if is_waiting else "active"
        if shape is StoryShape.WITH_LINK:
            shown["Link"] = story["_link"]
        if not (in_list and shape is StoryShape.BARE):
            messages = (self.store.things["message"].get(one) for one in story["_message_ids"])
            shown["Messages"] = [
                {**{name: one[name] for name in ("Id", "Network", "Message", "Media")}, "Mentions": []}
                for one in messages
                if one
            ]
        return shown

    def _list_stories(self, call: Call) -> dict[str, object]:
        found = [one for one in self._all("story") if call.query.get("boardId", one["BoardId"]) == one["BoardId"]]
        return _page(call, [self._show_story(one, in_list=True) for one in found])

    def _get_story(self, call: Call) -> dict[str, object]:
        return {"Item": self._show_story(self._thing("story", call.thing_id))}

    # People

    def _create_advocate(self, call: Call) -> dict[str, object]:
        first, last, email, board_id = call.require("firstName", "lastName", "email", "boardId")
        self._thing("board", board_id)
        known = next((one for one in self._all("advocate") if one["Email"].casefold() == email.casefold()), None)
        if known is None:
            made: Thing = {"Name": f"{first} {last}", "Email": email, "LastBoardLogin": None, "Profiles": []}
            self.put("advocate", Status="active", BoardIds=[board_id], **made)
        elif board_id not in known["BoardIds"]:
            self.put("advocate", known["Id"], BoardIds=[*known["BoardIds"], board_id])
        elif known["Status"] == "active":
            raise api_error("This user is already an advocate on the board")
        return {}

    def _get_advocate(self, call: Call) -> dict[str, object]:
        advocate = self._thing("advocate", call.thing_id)
        shown = self._show("advocate", advocate)
        if board_id := call.query.get("boardId"):
            shown["Topics"] = [one["Id"] for one in self._all("topic") if one["BoardId"] == board_id]
            names = ("Id", "Network", "CredentialId", "Message", "StartDateTime", "Status", "Source")
            shown["LatestShares"] = [
                {name: post[name] for name in names}
                for post in self._all("post")
                if post.get("_advocate_id") == advocate["Id"]
            ]
        return {"Advocate": shown}

    def _delete_advocate(self, call: Call) -> dict[str, object]:
        advocate = self._thing("advocate", call.thing_id)
        (board_id,) = call.require("boardId")
        if board_id not in advocate["BoardIds"]:
            raise api_error("This user is not an advocate on the board")
        self.put("advocate", advocate["Id"], BoardIds=[one for one in advocate["BoardIds"] if one != board_id])
        return {}

    def _list_credentials(self, call: Call) -> dict[str, object]:
        hides = call.query.get("includeInvalid") != "1"
        found = [one for one in self._all("credential") if not (hides and one["Status"] == "invalid")]
        return _page(call, [self._show("credential", one) for one in found])

    # Posts

    def _post(self, call: Call) -> Thing:
        if call.thing_id.isdecimal() and not call.thing_id.startswith("004"):
            raise api_error("Failed to parse id")
        return self._thing("post", call.thing_id)

    def _create_post(self, call: Call) -> dict[str, object]:
        message_id, _ = call.require("messageId", "credentialIds")
        message = self._thing("message", message_id)
        for credential_id in call.ids("credentialIds"):
            self._thing("credential", credential_id)
        status = call.form.get("status", "inqueue")
        if status not in {*_WAITING, "draft", "inqueue-draft"}:
            raise param_error("status", f"`status` {status} is not valid")
        made = self.put(
            "post",
            MessageId=message_id,
            CampaignId=message["CampaignId"],
            Network=message["Network"],
            Status=status,
            Source="API",
            StartDateTime=stamp(call.epoch("startDateTime") or self.now()),
            Created=stamp(self.now()),
            _credential_ids=call.ids("credentialIds"),
        )
        call.notices.append(("postCreated", made))
        return {"Post": self._show("post", made)}

    def _get_post(self, call: Call) -> dict[str, object]:
        post = self._post(call)
        shown = self._show("post", post)
        return {"Post": {**shown, "Stats": _stats(post)} if call.query.get("stats") == "1" else shown}

    def _unsent(self, call: Call) -> Thing:
        post = self._post(call)
        if post["Status"] in {"complete", "incomplete", "error"}:
            raise api_error("A post that was sent can't be changed")
        return post

    def _change_post(self, call: Call) -> dict[str, object]:
        post = self._unsent(call)
        start = call.epoch("startDateTime")
        values = {"StartDateTime": stamp(start)} if start else {}
        return {"Post": self._show("post", self.put("post", post["Id"], **values))}

    def _delete_post(self, call: Call) -> dict[str, object]:
        post = self._unsent(call)
        self.record({"kind": "removed", "type": "post", "id": post["Id"]})
        call.notices.append(("postDeleted", post))
        return {}

    def _list_postlogs(self, call: Call) -> dict[str, object]:
        (post_id,) = call.require("postId")
        found = [self._show("postlog", one) for one in self._all("postlog") if one["PostId"] == post_id]
        return {"Postlogs": found, "Total": len(found)}

    def _get_postlog(self, call: Call) -> dict[str, object]:
        postlog = self._thing("postlog", call.thing_id)
        document: dict[str, object] = {"Postlog": self._show("postlog", postlog)}
        if call.query.get("stats") == "1":
            document["Stats"] = {
                **_stats(postlog),
                "MediaClicksAdded": 0,
                "DetailExpandsAdded": 0,
                "UserFollowsAdded": 0,
            }
        return document

    def _followers(self, call: Call) -> dict[str, object]:
        """A row for each day up to yesterday that the profile has history of; the numbers follow from the day."""
        profile = self._thing("credential", call.thing_id)
        asked = call.require("fromDate", "toDate")
        since, until = _day("fromDate", asked[0]), _day("toDate", asked[1])
        if until < since:
            raise param_error("toDate", "`toDate` must not be before `fromDate`")
        rows = []
        for ordinal in range(since.toordinal(), min(until.toordinal() + 1, self.now().toordinal())):
            day = date.fromordinal(ordinal)
            known = profile.get("_history", {}).get(day.isoformat(), _followers_of(day))
            if known is not None:
                rows.append({"HistoryDate": day.isoformat(), **known})
        return {"Data": rows}

    def _settle(self) -> None:
        """What Oktopost does by itself: posts go out at their time, uploads come to an end."""
        now = self.now()
        for post in self._all("post"):
            if post["Status"] in _WAITING and from_stamp(post["StartDateTime"]) <= now:
                self._send_post(post)
        for upload in self._all("upload"):
            if upload["Status"] == "pending" and from_stamp(upload["Created"]) + UPLOAD_TIME <= now:
                self._end_upload(upload)

    def _send_post(self, post: Thing) -> None:
        outcomes = []
        for credential_id in post["_credential_ids"]:
            credential = self.store.things["credential"].get(credential_id, {})
            works = credential.get("Status") == "active"
            outcomes.append(works)
            made = self.put(
                "postlog",
                PostId=post["Id"],
                CredentialId=credential_id,
                Status="success" if works else "failed",
                Error=None if works else "The profile must be connected again",
                Created=stamp(self.now()),
            )
            if works:
                url = f"https://social.example/{made['Id']}"
                self.put("postlog", made["Id"], RemoteId=f"remote-{made['Id']}", RemoteUrl=url)
        status = "complete" if all(outcomes) else "incomplete" if any(outcomes) else "error"
        self.put("post", post["Id"], Status=status)

    # Files

    def _create_media(self, call: Call) -> dict[str, object]:
        (resource,) = call.require("resource")
        if not resource.startswith(("http://", "https://")):
            raise param_error("resource", "`resource` must be a public URL")
        return {"Media": self.put("media", Type="ImageUrl", Url=resource, Created=stamp(self.now()))}

    def _create_upload(self, call: Call) -> dict[str, object]:
        (source,) = call.require("source")
        made = {"Source": source, "Name": call.form.get("name", ""), "MimeType": call.form.get("mimeType", "")}
        return {"Upload": self.put("upload", Status="pending", Attempts=0, Created=stamp(self.now()), **made)}

    def _end_upload(self, upload: Thing) -> None:
        # The top-level domain of which no name ever resolves.
        if ".invalid/" in f"{upload['Source']}/":
            self.put("upload", upload["Id"], Status="failed", Attempts=3, LastError="Could not resolve the host")
            return
        media = self.put("media", Type="Video", Url=upload["Source"], Created=stamp(self.now()))
        self.put("upload", upload["Id"], Status="complete", Attempts=1, MediaId=media["Id"])

    def _calendar(self, call: Call) -> dict[str, object]:
        since, until = call.require("fromDate", "toDate")
        filters = call.nested("filters")
        posts = {
            post["Id"]: self._show("post", post)
            for post in self._all("post")
            if since[:10] <= post["StartDateTime"][:10] <= until[:10]
            and post["CampaignId"] in (filters.get("campaigns") or [post["CampaignId"]])
        }
        profiles = {one["Id"]: {**self._show("credential", one), "BoardOnly": False} for one in self._all("credential")}
        return {"Posts": posts, "Credentials": profiles}

    # Exports

    def _list_exports(self, call: Call) -> dict[str, object]:
        wanted = call.query.get("status")
        found = [one for one in self._all("export") if wanted in {None, one["Status"]}]
        hidden = {"LastRunFile", "LastRunDate"}
        shown = [
            {name: value for name, value in self._show("export", one).items() if name not in hidden} for one in found
        ]
        document = _page(call, shown)
        return {"Exports": document["Items"], "Total": document["Total"]}

    def _do_export(self, asked: Mapping[str, Any]) -> dict[str, object]:
        """`{"kind": "stories" | "advocates", "format": "csv" | "zip", "files_url", "status"?}`: an export has run."""
        kind, suffix = str(asked["kind"]), str(asked["format"])
        made = self.put(
            "export",
            Name=f"Export of {kind}",
            Status=asked.get("status", "active"),
            DestinationType="file",
            Frequency="daily",
            TimeRange="last_30_days",
            LastRunDate=stamp(self.now()),
            _text=self.export_text(kind),
            _kind=kind,
        )
        url = f"{asked['files_url']}/exports/{made['Id']}.{suffix}"
        return self._show("export", self.put("export", made["Id"], LastRunFile=url))

    def export_text(self, kind: str) -> str:
        """The rows of an export; which columns Oktopost writes is not documented, these are named as in its API."""
        out = io.StringIO()
        writer = csv.writer(out)
        day = stamp(self.now())[:10]
        messages, posts = self.store.things["message"], self._all("post")
        if kind == "stories":
            writer.writerow(["Date", "StoryId", "Title", "ShareCount", "BoardClicks", "BoardConverts"])
            for story in self._all("story"):
                mine = [messages[one] for one in story["_message_ids"] if one in messages]
                sums = [sum(one[name] for one in mine) for name in ("BoardClicks", "BoardConverts")]
                writer.writerow([day, story["ID"], story["Title"], story["ShareCount"], *sums])
        else:
            writer.writerow(["Date", "Email", "Name", "ShareCount"])
            for advocate in self._all("advocate"):
                count = sum(post.get("_advocate_id") == advocate["Id"] for post in posts)
                writer.writerow([day, advocate["Email"], advocate["Name"], count])
        return out.getvalue()

    async def _file(self, request: Request) -> Response:
        # Stores of files refuse a signed address that comes with another sign-in.
        if "authorization" in request.headers:
            return PlainTextResponse("Only one way to sign in is allowed", status_code=400)
        export_id, _, suffix = request.path_params["name"].partition(".")
        export = self.store.things["export"].get(export_id)
        if export is None or not str(export["LastRunFile"]).endswith(f".{suffix}"):
            return PlainTextResponse("not found", status_code=404)
        if suffix == "csv":
            return Response(export["_text"].encode("utf-8-sig"), media_type="text/csv")
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("readme.csv", "About\r\nAn export of Oktopost\r\n")
            archive.writestr(f"{export['_kind']}.csv", export["_text"])
        return Response(packed.getvalue(), media_type="application/zip")

    # What people do

    def _control(
        self, work: Callable[[Mapping[str, Any]], dict[str, object]]
    ) -> Callable[[Request], Awaitable[Response]]:
        async def controlled(request: Request) -> Response:
            try:
                return JSONResponse(work(await request.json()))
            except (KeyError, StopIteration, Refusal) as error:
                return JSONResponse({"error": f"cannot be done: {type(error).__name__} {error}"}, status_code=409)

        return controlled

    def _do_share(self, asked: Mapping[str, Any]) -> dict[str, object]:
        """`{"story_id", "email", "clicks"?, "conversions"?}`: an advocate shares the first message of a story."""
        story = self._thing("story", asked["story_id"])
        advocate = next(one for one in self._all("advocate") if one["Email"] == asked["email"])
        if advocate["Status"] != "active" or story["BoardId"] not in advocate["BoardIds"]:
            raise api_error("This advocate cannot share here")
        message = self._thing("message", story["_message_ids"][0])
        post = self.put(
            "post",
            MessageId=message["Id"],
            CampaignId=message["CampaignId"],
            Network=message["Network"],
            Message=message["Message"],
            CredentialId=f"003-{advocate['Id']}",
            Status="complete",
            Source="Board",
            StartDateTime=stamp(self.now()),
            Created=stamp(self.now()),
            _credential_ids=[],
            _advocate_id=advocate["Id"],
        )
        self.put("story", story["ID"], ShareCount=story["ShareCount"] + 1)
        self.put(
            "message",
            message["Id"],
            BoardClicks=message["BoardClicks"] + asked.get("clicks", 0),
            BoardConverts=message["BoardConverts"] + asked.get("conversions", 0),
        )
        return self._show("post", post)

    def _do_followers(self, asked: Mapping[str, Any]) -> dict[str, object]:
        """`{"credential_id", "day", "numbers": {"Followers", "FollowersAdded"}}`; numbers null: a day without any."""
        profile = self._thing("credential", asked["credential_id"])
        history = {**profile.get("_history", {}), asked["day"]: asked["numbers"]}
        self.put("credential", profile["Id"], _history=history)
        return history

    def _do_permissions(self, asked: Mapping[str, Any]) -> dict[str, object]:
        """`{"denied": ["story", ...]}`: what the key's user may no longer do."""
        self.record({"kind": "denied", "resources": sorted(asked["denied"])})
        return {"denied": sorted(self.store.denied)}

    # Webhooks

    def _create_webhook(self, call: Call) -> dict[str, object]:
        event, name, url = call.require("event", "name", "url")
        if not _EVENTS.fullmatch(event):
            raise param_error("event", f"`event` {event} is not supported")
        made = self.put(
            "webhook",
            Event=event,
            Name=name,
            Url=url,
            Secret=secrets.token_hex(16),
            IsEnabled=call.form.get("isEnabled", "1") in {"1", "true"},
            Created=stamp(self.now()),
        )
        return {"Webhook": self._show("webhook", made)}

    def _webhook_log(self, call: Call) -> dict[str, object]:
        self._thing("webhook", call.thing_id)
        found = [one for one in self._all("webhook_log") if one["WebhookId"] == call.thing_id]
        return _page(call, [self._show("webhook_log", one) for one in found])

    def notification(
        self, event: str, data: Mapping[str, Any], *, secret: str, webhook_id: str = "0WH000000000001"
    ) -> tuple[dict[str, str], bytes]:
        """Headers and body of what it would send; the signature goes under both names that the texts give it."""
        shown = {name: value for name, value in data.items() if not name.startswith("_")}
        document = {"event": event, "timestamp": int(self.now().timestamp()), "webhookId": webhook_id, "data": shown}
        body = json.dumps(document, ensure_ascii=False).encode()
        signature = hmac.new(secret.encode(), body, "sha1").hexdigest()
        headers = {
            "content-type": "application/json",
            "x-oktopost-signature": signature,
            "x-oktopost-secret": signature,
            "x-oktopost-webhook": webhook_id,
            "x-oktopost-payload": str(shown.get("Id") or shown.get("ID") or ""),
        }
        return headers, body

    async def _do_send(self, request: Request) -> Response:
        """`{"event", "data"}`: tells the webhooks of this event, and answers their new log entries."""
        asked = await request.json()
        before = set(self.store.things["webhook_log"])
        await self._notify([(str(asked["event"]), asked["data"])])
        return JSONResponse([one for name, one in self.store.things["webhook_log"].items() if name not in before])

    async def _notify(self, notices: Sequence[tuple[str, Mapping[str, Any]]]) -> None:
        async with httpx2.AsyncClient(trust_env=False, timeout=5.0) as http:
            for event, data in notices:
                for webhook in self._all("webhook"):
                    if webhook["Event"] == event and webhook["IsEnabled"]:
                        await self._tell(http, webhook, event, data)

    async def _tell(self, http: httpx2.AsyncClient, webhook: Thing, event: str, data: Mapping[str, Any]) -> None:
        headers, body = self.notification(event, data, secret=webhook["Secret"], webhook_id=webhook["Id"])
        started = steady()
        try:
            status = (await http.post(webhook["Url"], content=body, headers=headers)).status_code
        except httpx2.HTTPError:
            status = 0
        document = json.loads(body)
        self.put(
            "webhook_log",
            WebhookId=webhook["Id"],
            Payload={"event": event, "data": document["data"]},
            ResponseCode=status,
            ExecutionTime=round(steady() - started, 3),
            Created=stamp(self.now()),
        )


def _no_route(call: Call) -> dict[str, object]:
    raise Refusal([], status=404)


def _day(name: str, text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise param_error(name, f"`{name}` must be a date") from None


def _followers_of(day: date) -> Thing:
    """Ten more each Monday, one less on other days."""
    added = 10 if day.weekday() == 0 else -1
    weeks, rest = divmod(day.toordinal() - date(2026, 1, 5).toordinal(), 7)
    return {"Followers": 1200 + 4 * weeks + 10 - rest, "FollowersAdded": added}


def _page(call: Call, items: Sequence[Thing], sizes: frozenset[int] = PAGE_SIZES) -> dict[str, object]:
    return {"Items": items[call.page(sizes)], "Total": len(items)}


def _stats(thing: Thing) -> dict[str, int]:
    seed = int.from_bytes(hashlib.sha256(str(thing["Id"]).encode()).digest()[:2], "big")
    counted = {"LinkClicks": seed % 90, "Conversions": seed % 7, "Comments": seed % 11, "Likes": seed % 70}
    return {**counted, "Shares": seed % 13, "ImpressionsAdded": 100 + seed % 900}
