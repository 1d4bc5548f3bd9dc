"""Oktopost behind the ports of the contract."""

import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping, Sequence
from datetime import date, timedelta

from connectors.oktopost import mapping
from connectors.oktopost.client import PAGE_SIZE, OktopostClient
from connectors.oktopost.errors import accept
from connectors.oktopost.manifest import MANIFEST
from connectors.oktopost.reports import read_report
from connectors.oktopost.webhooks import read_webhook
from connectors.sdk.errors import (
    ConfigurationInvalid,
    ConnectorError,
    OutcomeUnknown,
    ProtocolViolation,
    Rejected,
    VendorUnavailable,
)
from connectors.sdk.http import Answer
from connectors.sdk.manifest import Manifest
from connectors.sdk.models import (
    AudienceMember,
    AudiencePage,
    AudiencePerson,
    ContentPreview,
    Context,
    Destination,
    FeedReading,
    Metric,
    MetricReading,
    PlatformContent,
    Pushed,
    ReportReading,
    VendorNotice,
)

#: More pages than that, and the vendor is counting wrongly.
_MOST_PAGES = 1000
#: Days of one call about followers, less one: how many Oktopost gives at once is not documented.
_FEED_SPAN = timedelta(days=30)


class Oktopost:
    """Puts items on story boards, lets people in and out, and reads what they did."""

    @property
    def manifest(self) -> Manifest:
        """The declaration."""
        return MANIFEST

    async def check(self, ctx: Context) -> None:
        """Asks whose the key is, and whether that user sees the campaign of the settings."""
        client, campaign_id = OktopostClient(ctx), mapping.require_campaign(ctx)
        mapping.part(accept(await client.me(), ctx=ctx), "User")
        accept(await client.get_campaign(campaign_id), ctx=ctx)

    async def list_destinations(self, ctx: Context) -> tuple[Destination, ...]:
        """Boards, each followed by its topics: one call for the boards and one for each of them."""
        client = OktopostClient(ctx)
        found: list[Destination] = []
        boards = [mapping.board(item) async for item in _each(ctx, client.list_boards)]
        for board in sorted(boards, key=lambda one: one.title):
            topics = [
                mapping.topic(item, board_id=board.external_id)
                async for item in _each(ctx, lambda page, board=board: client.list_topics(board.external_id, page))  # type: ignore[misc]
            ]
            found += [board, *sorted(topics, key=lambda one: one.title)]
        return tuple(found)

    def preview_content(self, ctx: Context, *, content: PlatformContent) -> ContentPreview:
        """A story and one message for each suggestion of a network that Oktopost shares to."""
        return mapping.preview(content, campaign_id=mapping.require_campaign(ctx))

    async def push_content(self, ctx: Context, *, content: PlatformContent) -> Pushed:
        """Messages first, which nobody sees without a story; the story last. Its id is found by listing the board."""
        client, campaign_id = OktopostClient(ctx), mapping.require_campaign(ctx)
        drafts = mapping.drafts(content)
        made: list[str] = []
        try:
            for draft in drafts:
                form = mapping.message_form(draft, content=content, campaign_id=campaign_id)
                document = accept(await client.create_message(form), ctx=ctx)
                made.append(mapping.item_id(mapping.part(document, "Message")))
            form = mapping.story_form(content, campaign_id=campaign_id, message_ids=made)
            accept(await client.create_story(form), ctx=ctx, visible=True)
        except (Rejected, ConfigurationInvalid):
            await _forget(ctx, made)
            raise
        try:
            found = await _find(ctx, content=content, made=made)
        except ConnectorError as error:
            raise OutcomeUnknown("the story was taken, but could not be looked up") from error
        if found is None:
            raise OutcomeUnknown("the story was taken, but is not on the board (yet)")
        return found

    async def find_content(
        self, ctx: Context, *, content: PlatformContent, external_id: str | None = None
    ) -> Pushed | None:
        """By its id, or on its board by title, campaign and tracked link."""
        if external_id is None:
            return await _find(ctx, content=content)
        answer = await OktopostClient(ctx).get_story(external_id)
        if answer.status == 404:
            return None
        return mapping.pushed(mapping.part(accept(answer, ctx=ctx), "Item"), now=ctx.now())

    async def withdraw_content(self, ctx: Context, *, external_id: str) -> None:
        """Deletes the story; its messages stay in the campaign, and what was shared stays on the networks."""
        answer = await OktopostClient(ctx).delete_story(external_id)
        if answer.status != 404:
            accept(answer, ctx=ctx)

    async def read_content_metrics(
        self, ctx: Context, *, external_id: str, metrics: Collection[Metric], since: date, until: date
    ) -> MetricReading:
        """Of all time: Oktopost's counters know no days."""
        client = OktopostClient(ctx)
        answer = await client.get_story(external_id)
        if answer.status == 404:
            raise Rejected("not_found", "The story is no longer in Oktopost, or the API key's user may not see it.")
        story = mapping.part(accept(answer, ctx=ctx), "Item")
        messages: Sequence[Mapping[str, object]] = ()
        if (message_ids := mapping.message_ids(story)) and {Metric.CLICKS, Metric.CONVERSIONS} & set(metrics):
            messages, _ = mapping.page(accept(await client.list_messages(message_ids), ctx=ctx))
        return mapping.reading(story, messages, metrics)

    async def read_goal_feed(self, ctx: Context, *, feed: str, subject: str, since: date, until: date) -> FeedReading:
        """Followers of one social profile, in spans of at most 31 days. Days are taken as UTC; today has no number.

        Raises Rejected for a feed or a profile that is not there.
        """
        if feed not in mapping.FEED_COUNTERS:
            raise Rejected("feed_unknown", f"There is no feed {feed!r}; known are {', '.join(mapping.FEED_COUNTERS)}.")
        today, rows = ctx.now().date(), list[Mapping[str, object]]()
        first, last = since, min(until, today - timedelta(days=1))
        while first <= last:
            end = min(last, first + _FEED_SPAN)
            answer = await OktopostClient(ctx).followers(subject.strip(), since=first, until=end)
            if answer.status == 404:
                raise Rejected(
                    "not_found", "Oktopost has no such social profile, or the API key's user may not see it."
                )
            rows += mapping.entries(accept(answer, ctx=ctx), "Data")
            first = end + timedelta(days=1)
        return mapping.feed_reading(feed, rows, since=since, until=until, today=today)

    async def list_audience(self, ctx: Context, *, destination_id: str | None, cursor: str | None) -> AudiencePage:
        """A page of the account's advocates, of which those who are not on the board are left out."""
        if cursor is not None and not (cursor.isascii() and cursor.isdecimal() and len(cursor) < 7):
            raise ConfigurationInvalid("a cursor that is none of Oktopost's pages")
        page = int(cursor or 0)
        document = accept(await OktopostClient(ctx).list_advocates(page), ctx=ctx)
        advocates, total = mapping.page(document)
        members = (mapping.member(one, board_id=destination_id) for one in advocates)
        # The page size is fixed, so that the pages before this one were full.
        is_last = not advocates or page * PAGE_SIZE + len(advocates) >= total
        return AudiencePage(tuple(one for one in members if one), None if is_last else str(page + 1))

    async def add_member(self, ctx: Context, *, person: AudiencePerson, destination_id: str | None) -> AudienceMember:
        """Looks first, so that nobody is invited twice; the invitation itself is Oktopost's mail."""
        board_id = _require_board(destination_id)
        known = await _advocate(ctx, person.email, board_id=board_id)
        if known is not None and known.is_active:
            return known
        form = mapping.advocate_form(person, board_id=board_id)
        accept(await OktopostClient(ctx).create_advocate(form), ctx=ctx)
        added = await _advocate(ctx, person.email, board_id=board_id)
        if added is None:
            raise VendorUnavailable("an invited advocate is not on the board (yet)")
        return added

    async def remove_member(self, ctx: Context, *, external_id: str, destination_id: str | None) -> None:
        """Takes an advocate off one board; on others they stay."""
        client, board_id = OktopostClient(ctx), _require_board(destination_id)
        answer = await client.delete_advocate(external_id, board_id=board_id)
        if answer.status == 404:
            return
        try:
            accept(answer, ctx=ctx)
        except Rejected:
            # How Oktopost refuses for somebody who is not on the board is not known, so the board decides.
            again = await client.get_advocate(external_id)
            if again.status == 404:
                return
            advocate = mapping.part(accept(again, ctx=ctx), "Advocate")
            if mapping.member(advocate, board_id=board_id) is not None:
                raise

    def import_report(self, ctx: Context, *, name: str, data: bytes) -> ReportReading:
        """A file of a scheduled export, as `download_exports` fetches it or an administrator saved it."""
        return read_report(name, data)

    async def download_exports(self, ctx: Context) -> dict[str, bytes]:
        """The newest file of each export that is active and has run, by the export's id; no port of the contract.

        Raises what the calls raise; one file that does not come fails the whole.
        """
        client = OktopostClient(ctx)
        found: dict[str, bytes] = {}
        async for item in _each(ctx, client.list_exports, key="Exports"):
            if str(item.get("Status", "")).lower() != "active":
                continue
            export_id = mapping.item_id(item)
            export = mapping.part(accept(await client.get_export(export_id), ctx=ctx), "Export")
            file_url = export.get("LastRunFile")
            if isinstance(file_url, str) and file_url:
                found[export_id] = await client.download(file_url)
        return found

    async def receive_webhook(self, ctx: Context, *, headers: Mapping[str, str], body: bytes) -> list[VendorNotice]:
        """Signed with the webhook's secret out of the settings."""
        return read_webhook(ctx, headers=headers, body=body)


async def _each(
    ctx: Context, fetch: Callable[[int], Awaitable[Answer]], *, key: str = "Items"
) -> AsyncIterator[dict[str, object]]:
    """All entries of a list, page by page; entries that moved to the next page meanwhile come once."""
    seen: set[str] = set()
    for page in range(_MOST_PAGES):
        items, total = mapping.page(accept(await fetch(page), ctx=ctx), key=key)
        fresh = {mapping.item_id(item): item for item in items if mapping.item_id(item) not in seen}
        seen |= fresh.keys()
        for item in fresh.values():
            yield item
        if not fresh or len(seen) >= total:
            return
    raise ProtocolViolation("a list that does not end")


async def _find(ctx: Context, *, content: PlatformContent, made: Sequence[str] = ()) -> Pushed | None:
    """The story of the item; where the list shows messages, those that were just made name it beyond doubt."""
    client, campaign_id = OktopostClient(ctx), mapping.require_campaign(ctx)
    board_id = mapping.require_id(content.destination_id)
    found: Pushed | None = None
    async for item in _each(ctx, lambda page: client.list_stories(board_id, page)):
        story, is_same = item, mapping.is_same(item, content, campaign_id=campaign_id)
        if is_same is None:
            answer = await client.get_story(mapping.item_id(item))
            if answer.status == 404:
                continue
            story = mapping.part(accept(answer, ctx=ctx), "Item")
            is_same = mapping.is_same(story, content, campaign_id=campaign_id)
        if not is_same:
            continue
        if not made or set(mapping.message_ids(story)) & set(made):
            return mapping.pushed(story, now=ctx.now())
        found = found or mapping.pushed(story, now=ctx.now())
    return found


async def _forget(ctx: Context, message_ids: Sequence[str]) -> None:
    """Deletes messages whose story was refused; what can't be deleted stays unseen in the campaign."""
    client = OktopostClient(ctx)
    for message_id in message_ids:
        with contextlib.suppress(ConnectorError):
            accept(await client.delete_message(message_id), ctx=ctx)


async def _advocate(ctx: Context, email: str, *, board_id: str) -> AudienceMember | None:
    client = OktopostClient(ctx)
    async for item in _each(ctx, lambda page: client.list_advocates(page, email=email)):
        member = mapping.member(item, board_id=board_id)
        if member is not None and member.email.casefold() == email.casefold():
            return member
    return None


def _require_board(destination_id: str | None) -> str:
    if destination_id is None:
        raise ConfigurationInvalid(
            "a board is needed", message="People belong to a board in Oktopost; an administrator must choose one."
        )
    return mapping.require_id(destination_id)
