"""The exam of a connector: subclass, name your connector and its simulator, and the questions are asked.

```python
class TestAcme(ConnectorConformance):
    connector = connector
    package = "connectors.acme"

    def make_simulator(self) -> Simulator: ...
    def settings(self, addresses: Mapping[str, str]) -> Mapping[str, str]: ...
```

Needs pytest with pytest-asyncio in auto mode. Everything goes over real HTTP to the simulator on 127.0.0.1. A class
that is named in the entry-point group `advocacy.exams` is asked by `pytest --connector acme`, without a test file.
"""

import importlib
import json
import logging
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import ClassVar

import httpx2
import pytest

from connectors.sdk.capabilities import Capability
from connectors.sdk.declaration import PORTS
from connectors.sdk.errors import (
    CapabilityMissing,
    ConfigurationInvalid,
    ConnectorError,
    OutcomeUnknown,
    ProtocolViolation,
    RateLimited,
    ReauthRequired,
    Rejected,
    VendorUnavailable,
    WebhookRefused,
)
from connectors.sdk.http import build_client
from connectors.sdk.manifest import ApiKey, ClientCredentials, OAuth2Code
from connectors.sdk.models import (
    Account,
    AudienceMember,
    AudiencePerson,
    ContentState,
    Context,
    Credentials,
    DirectoryPage,
    LinkCard,
    Media,
    MediaKind,
    Metric,
    PlatformContent,
    Published,
    PublishRequest,
    Pushed,
    Secret,
    Suggestion,
    UploadedMedia,
    VendorNotice,
)
from connectors.sdk.ports import (
    AuthenticatesOrganizations,
    AuthorizesMembers,
    Checks,
    CommentsAsMember,
    Connector,
    DeletesPosts,
    FindsContent,
    FindsPosts,
    ImportsReports,
    ListsDestinations,
    ListsDirectory,
    PublishesAsMember,
    PushesContent,
    ReadsContentMetrics,
    ReadsGoalFeeds,
    ReadsMetrics,
    ReceivesWebhooks,
    RevokesCredentials,
    SharesLinks,
    SyncsAudience,
    UploadsMedia,
    WithdrawsContent,
    port,
)
from connectors.sdk.testing.simulator import Fault, FaultKind, Simulator, running

#: How, by custom, the package of a connector that is a distribution of its own begins.
OWN_DISTRIBUTION = "advocacy_connector_"

#: What becomes visible by one call, so that a lost answer leaves it open.
VISIBLE = frozenset({Capability.PUBLISH_AS_MEMBER, Capability.COMMENT_AS_MEMBER, Capability.PUSH_CONTENT})

#: Without a call to the vendor that could fail.
SILENT = frozenset(
    {
        Capability.SHARE_LINK,
        Capability.REFRESH_CREDENTIALS,
        Capability.AUTHENTICATE,
        Capability.RECEIVE_WEBHOOK,
        Capability.IMPORT_REPORT,
    }
)

#: As people write: two directions, digits, a link, a mention, an emoji of several code points, brackets, niqqud.
GOLDEN_TEXT = (
    "שלום (Acme Ltd.) פותחת 3 משרות – https://go.example/l/Ab3?x=1&y=2 @נועה #גיוס [R&D] 👩🏽‍💻 בְּהַצְלָחָה, 50% מרחוק"
)

_UNKNOWN_TOKEN = "canary-token-that-nobody-knows"


@dataclass(frozen=True, slots=True)
class Desk:
    """Where one question is asked: the simulator, the client, and a context that is signed in."""

    simulator: Simulator
    addresses: Mapping[str, str]
    http: httpx2.AsyncClient
    ctx: Context
    author: Account


class ConnectorConformance:
    """The questions; what a connector does not declare is not asked, except that it must refuse."""

    connector: ClassVar[Connector]
    #: The package that holds the connector; its last part must be the slug, or `advocacy_connector_` and the slug.
    package: ClassVar[str]
    #: The simulator's operation behind each capability that calls the vendor.
    operations: ClassVar[Mapping[Capability, str]] = {}
    #: The header that carries the id of a new post, where the vendor uses one.
    id_header: ClassVar[str | None] = None
    #: An id in the vendor's form of a post that is not there.
    missing_external_id: ClassVar[str] = "1"
    #: Moment at which the simulator's and the connector's clocks stand.
    started_at: ClassVar[datetime] = datetime(2026, 3, 10, 9, 30, tzinfo=UTC)

    def make_simulator(self) -> Simulator:
        """A fresh simulator of the vendor; its clock should start at `started_at`."""
        raise NotImplementedError

    def settings(self, addresses: Mapping[str, str]) -> Mapping[str, str]:
        """Settings that point the connector at the simulator, by the addresses of its hosts."""
        raise NotImplementedError

    async def sign_in(self, ctx: Context) -> Credentials | None:
        """Connects an account the way a person does; needed for every connector with OAuth2Code."""
        return None

    async def destination(self, ctx: Context) -> str:
        """Where content goes; by default the first destination that takes content."""
        listed = await port(self.connector, Capability.LIST_DESTINATIONS, ListsDestinations).list_destinations(ctx)
        return next(one.external_id for one in listed if one.takes_content)

    async def people_destination(self, ctx: Context) -> str | None:
        """Where people are let in; by default the first destination that takes people, if there is any."""
        if not self._declares(Capability.LIST_DESTINATIONS):
            return None
        listed = await port(self.connector, Capability.LIST_DESTINATIONS, ListsDestinations).list_destinations(ctx)
        return next((one.external_id for one in listed if one.takes_people), None)

    def seen_text(self, desk: Desk, external_id: str) -> str:
        """All that people can read of a post or an item at the vendor, as the simulator keeps it."""
        return json.dumps(desk.simulator.state(), ensure_ascii=False)

    def sample_report(self, name: str) -> bytes:
        """A file as the vendor makes it, with numbers of at least one person or item; needed to import reports."""
        raise NotImplementedError

    def feed_subject(self, feed: str) -> str:
        """The vendor's id of a page of the simulator that a goal feed can be read of."""
        raise NotImplementedError

    def make_webhook(self, desk: Desk, external_id: str) -> tuple[Mapping[str, str], bytes]:
        """Headers and body of a genuine notification about a post; needed for every connector that receives them."""
        raise NotImplementedError

    # Desk and helpers

    @asynccontextmanager
    async def open_desk(self) -> AsyncIterator[Desk]:
        """A served simulator with a signed-in context; the client must still be open afterwards."""
        simulator = self.make_simulator()
        async with running(simulator) as addresses, build_client() as http:
            ctx = Context(
                http=http,
                settings=self.settings(addresses),
                clock=simulator.now,
                deadline_seconds=5.0,
            )
            # Where nobody links an account of their own, nobody is named.
            author = Account(external_id="", display_name="")
            if isinstance(self.connector.manifest.auth, ClientCredentials):
                opener = port(self.connector, Capability.AUTHENTICATE, AuthenticatesOrganizations)
                ctx = replace(ctx, credentials=await opener.authenticate(ctx))
            if isinstance(self.connector.manifest.auth, OAuth2Code):
                credentials = await self.sign_in(ctx)
                assert credentials is not None, "sign_in() gave no credentials"
                ctx = replace(ctx, credentials=credentials)
                author = await port(self.connector, Capability.AUTHORIZE, AuthorizesMembers).get_account(ctx)
            yield Desk(simulator=simulator, addresses=addresses, http=http, ctx=ctx, author=author)
            assert not http.is_closed, "the connector closed a client that it was given"

    def _declares(self, *capabilities: Capability) -> bool:
        return set(capabilities) <= self.connector.manifest.capabilities

    def _request(self, desk: Desk, *, text: str = "Hello from the exam") -> PublishRequest:
        return PublishRequest(text=text, author=desk.author, idempotency_key=f"exam-{text}")

    async def _publish(self, desk: Desk, *, text: str = "Hello from the exam") -> Published:
        publisher = port(self.connector, Capability.PUBLISH_AS_MEMBER, PublishesAsMember)
        return await publisher.publish_as_member(desk.ctx, request=self._request(desk, text=text))

    async def _content(self, desk: Desk, *, text: str = "Hello from the exam") -> PlatformContent:
        return PlatformContent(
            key=f"exam-{text}",
            title="The exam's item",
            why_share="Because it is the exam",
            url="https://go.example/l/Ab3",
            suggestions=tuple(
                Suggestion(network=network, language="en", text=text)
                for network in self.connector.manifest.networks[:1] or ("linkedin",)
            ),
            destination_id=await self.destination(desk.ctx),
        )

    async def _push(self, desk: Desk, *, text: str = "Hello from the exam") -> Pushed:
        content = await self._content(desk, text=text)
        return await self._push_content(desk, content)

    async def _push_content(self, desk: Desk, content: PlatformContent) -> Pushed:
        pusher = port(self.connector, Capability.PUSH_CONTENT, PushesContent)
        return await pusher.push_content(desk.ctx, content=content)

    def _syncer(self) -> SyncsAudience:
        return port(self.connector, Capability.SYNC_AUDIENCE, SyncsAudience)

    async def _audience(self, desk: Desk) -> dict[str, AudienceMember]:
        where = await self.people_destination(desk.ctx)
        found: dict[str, AudienceMember] = {}
        cursor: str | None = None
        for _ in range(50):
            page = await self._syncer().list_audience(desk.ctx, destination_id=where, cursor=cursor)
            found |= {member.external_id: member for member in page.members}
            cursor = page.next_cursor
            if cursor is None:
                return found
        raise AssertionError("the pages of the audience do not end")

    async def _directory(self, desk: Desk, *, since: str | None = None) -> list[DirectoryPage]:
        lister = port(self.connector, Capability.LIST_DIRECTORY, ListsDirectory)
        return [page async for page in lister.list_directory(desk.ctx, since=since)]

    def _media(self, kind: MediaKind) -> Media:
        limit = self.connector.manifest.media_limit(kind)
        content_type = limit.content_types[0] if limit else "application/octet-stream"
        return Media(
            kind, content_type, b"%PDF-1.4 exam \x00\xff", f"exam.{kind}", alt_text="What it shows", title="Exam"
        )

    async def _prepared_item(self, desk: Desk) -> str:
        if self._declares(Capability.PUSH_CONTENT):
            return (await self._push(desk, text="The item that is looked at")).external_id
        return self.missing_external_id

    async def _use(self, capability: Capability, desk: Desk, *, external_id: str = "1") -> None:
        today = desk.ctx.now().date()
        match capability:
            case Capability.UPLOAD_MEDIA:
                uploader = port(self.connector, capability, UploadsMedia)
                media = self._media(self.connector.manifest.media[0].kind)
                await uploader.upload_media(desk.ctx, author=desk.author, media=media)
            case Capability.COMMENT_AS_MEMBER:
                commenter = port(self.connector, capability, CommentsAsMember)
                await commenter.comment_as_member(desk.ctx, external_id=external_id, author=desk.author, text="First")
            case Capability.READ_GOAL_FEED:
                feed = self.connector.manifest.goal_feeds[0].name
                feeder = port(self.connector, capability, ReadsGoalFeeds)
                await feeder.read_goal_feed(
                    desk.ctx, feed=feed, subject=self.feed_subject(feed), since=today - timedelta(days=3), until=today
                )
            case Capability.LIST_DESTINATIONS:
                await port(self.connector, capability, ListsDestinations).list_destinations(desk.ctx)
            case Capability.PUSH_CONTENT:
                await self._push(desk)
            case Capability.FIND_CONTENT:
                content = await self._content(desk)
                await port(self.connector, capability, FindsContent).find_content(desk.ctx, content=content)
            case Capability.WITHDRAW_CONTENT:
                withdrawer = port(self.connector, capability, WithdrawsContent)
                await withdrawer.withdraw_content(desk.ctx, external_id=external_id)
            case Capability.READ_CONTENT_METRICS:
                reader = port(self.connector, capability, ReadsContentMetrics)
                await reader.read_content_metrics(
                    desk.ctx,
                    external_id=external_id,
                    metrics=list(Metric),
                    since=today - timedelta(days=7),
                    until=today,
                )
            case Capability.SYNC_AUDIENCE:
                where = await self.people_destination(desk.ctx)
                await self._syncer().list_audience(desk.ctx, destination_id=where, cursor=None)
            case Capability.LIST_DIRECTORY:
                await self._directory(desk)
            case Capability.CHECK:
                await port(self.connector, capability, Checks).check(desk.ctx)
            case Capability.REVOKE_CREDENTIALS:
                await port(self.connector, capability, RevokesCredentials).revoke_credentials(desk.ctx)
            case Capability.AUTHORIZE:
                await port(self.connector, capability, AuthorizesMembers).get_account(desk.ctx)
            case Capability.PUBLISH_AS_MEMBER:
                await self._publish(desk)
            case Capability.DELETE_POST:
                await port(self.connector, capability, DeletesPosts).delete_post(desk.ctx, external_id=external_id)
            case Capability.FIND_POST:
                await port(self.connector, capability, FindsPosts).find_post(desk.ctx, request=self._request(desk))
            case Capability.READ_METRICS:
                post_reader = port(self.connector, capability, ReadsMetrics)
                await post_reader.read_metrics(desk.ctx, external_id=external_id, metrics=[Metric.IMPRESSIONS])

    async def _prepared(self, desk: Desk) -> str:
        if self._declares(Capability.PUBLISH_AS_MEMBER):
            return (await self._publish(desk, text="The post that is looked at")).external_id
        return await self._prepared_item(desk)

    def _calling(self) -> list[Capability]:
        # Deleting comes late: the others look at the post. Taking access back comes last of all.
        last = [Capability.DELETE_POST, Capability.WITHDRAW_CONTENT, Capability.REVOKE_CREDENTIALS]
        return sorted(
            (capability for capability in self.operations if self._declares(capability)),
            key=lambda capability: last.index(capability) + 1 if capability in last else 0,
        )

    def _needing_a_token(self) -> list[Capability]:
        # To take back what opens nothing is no refusal.
        return [capability for capability in self._calling() if capability is not Capability.REVOKE_CREDENTIALS]

    # The questions: declaration

    def test_the_slug_is_the_name_of_the_folder(self) -> None:
        folder = self.package.rpartition(".")[2]
        assert self.connector.manifest.slug == folder.removeprefix(OWN_DISTRIBUTION)

    def test_the_package_exports_the_connector_and_nothing_else(self) -> None:
        module = importlib.import_module(self.package)
        assert module.__all__ == ["connector"]
        assert module.connector is self.connector

    def test_each_declared_capability_has_its_port(self) -> None:
        for capability in self.connector.manifest.capabilities:
            port_type = PORTS.get(capability)
            assert port_type is not None, f"{capability} has no port yet, so nothing can be declared"
            assert port(self.connector, capability, port_type) is self.connector

    def test_each_undeclared_capability_refuses_before_any_call(self) -> None:
        for capability, port_type in PORTS.items():
            if not self._declares(capability):
                with pytest.raises(CapabilityMissing):
                    port(self.connector, capability, port_type)

    def test_operations_are_named_for_everything_that_calls_the_vendor(self) -> None:
        assert set(self.operations) == self.connector.manifest.capabilities - SILENT

    # The questions: it works

    async def test_connecting_gives_credentials_and_an_account(self) -> None:
        if not self._declares(Capability.AUTHORIZE):
            return
        async with self.open_desk() as desk:
            credentials = desk.ctx.require_credentials()
            assert credentials.access_token
            assert desk.author.external_id
            assert desk.author.display_name
            assert Credentials.from_bytes(credentials.to_bytes()) == credentials
            for moment in (credentials.expires_at, credentials.refresh_expires_at):
                assert moment is None or (moment.tzinfo is not None and moment > desk.ctx.now())

    async def test_each_declared_capability_works(self) -> None:
        async with self.open_desk() as desk:
            external_id = await self._prepared(desk)
            for capability in self._calling():
                await self._use(capability, desk, external_id=external_id)

    async def test_a_published_post_has_an_id_and_can_be_deleted_twice(self) -> None:
        if not self._declares(Capability.PUBLISH_AS_MEMBER):
            return
        async with self.open_desk() as desk:
            published = await self._publish(desk)
            assert published.external_id
            assert published.permalink is None or published.permalink.startswith("https://")
            if self._declares(Capability.DELETE_POST):
                await self._use(Capability.DELETE_POST, desk, external_id=published.external_id)
                await self._use(Capability.DELETE_POST, desk, external_id=published.external_id)

    async def test_a_link_card_is_published(self) -> None:
        if not self._declares(Capability.PUBLISH_AS_MEMBER) or not self.connector.manifest.has_link_cards:
            return
        async with self.open_desk() as desk:
            publisher = port(self.connector, Capability.PUBLISH_AS_MEMBER, PublishesAsMember)
            link = LinkCard(url="https://example.org/a?b=c#d", title="כותרת (A title)", description="Words")
            request = replace(self._request(desk), link=link)
            assert (await publisher.publish_as_member(desk.ctx, request=request)).external_id

    async def test_the_same_idempotency_key_publishes_once(self) -> None:
        if not self.connector.manifest.publishes_once:
            return
        async with self.open_desk() as desk:
            first, second = await self._publish(desk), await self._publish(desk)
            assert first.external_id == second.external_id

    async def test_a_post_is_found_again_after_its_answer_was_lost(self) -> None:
        if not self._declares(Capability.PUBLISH_AS_MEMBER, Capability.FIND_POST):
            return
        async with self.open_desk() as desk:
            finder = port(self.connector, Capability.FIND_POST, FindsPosts)
            other = await self._publish(desk, text="Somebody else's words")
            assert await finder.find_post(desk.ctx, request=self._request(desk)) is None
            self._break(desk, Capability.PUBLISH_AS_MEMBER, FaultKind.LOSE_ANSWER)
            with pytest.raises(OutcomeUnknown):
                await self._publish(desk)
            found = await finder.find_post(desk.ctx, request=self._request(desk))
            assert found is not None
            assert found.external_id != other.external_id
            if self._declares(Capability.DELETE_POST):
                await self._use(Capability.DELETE_POST, desk, external_id=found.external_id)
                assert await finder.find_post(desk.ctx, request=self._request(desk)) is None

    async def test_each_asked_metric_is_present_or_missing_with_a_reason(self) -> None:
        if not self._declares(Capability.READ_METRICS):
            return
        async with self.open_desk() as desk:
            external_id = await self._prepared(desk)
            reader = port(self.connector, Capability.READ_METRICS, ReadsMetrics)
            reading = await reader.read_metrics(desk.ctx, external_id=external_id, metrics=list(Metric))
            assert reading.values.keys() | reading.missing.keys() == set(Metric)
            assert all(reading.missing.values())

    def test_a_share_link_has_words_in_english_and_hebrew(self) -> None:
        if not self._declares(Capability.SHARE_LINK):
            return
        ctx = Context(http=build_client(), settings=self.settings({}), clock=lambda: self.started_at)
        sharer = port(self.connector, Capability.SHARE_LINK, SharesLinks)
        shared = sharer.share_link(ctx, text="Look", url="https://go.example/l/abc?x=1&y=ש")
        assert shared.url.startswith("https://")
        assert shared.instructions.keys() >= {"en", "he"}

    async def test_each_kind_of_file_is_taken_or_refused_before_any_call(self) -> None:
        if not self._declares(Capability.UPLOAD_MEDIA):
            return
        async with self.open_desk() as desk:
            uploader = port(self.connector, Capability.UPLOAD_MEDIA, UploadsMedia)
            for kind in MediaKind:
                if self.connector.manifest.media_limit(kind) is not None:
                    uploaded = await uploader.upload_media(desk.ctx, author=desk.author, media=self._media(kind))
                    assert uploaded.external_id
                    assert uploaded.kind is kind
                    if self._declares(Capability.PUBLISH_AS_MEMBER):
                        await self._publish_with(desk, uploaded)
                    continue
                before = dict(desk.simulator.calls)
                with pytest.raises(Rejected) as caught:
                    await uploader.upload_media(desk.ctx, author=desk.author, media=self._media(kind))
                assert caught.value.code == "media_not_accepted"
                assert dict(desk.simulator.calls) == before

    async def _publish_with(self, desk: Desk, uploaded: UploadedMedia) -> None:
        publisher = port(self.connector, Capability.PUBLISH_AS_MEMBER, PublishesAsMember)
        request = replace(self._request(desk, text=f"With {uploaded.kind}"), media=(uploaded,))
        assert (await publisher.publish_as_member(desk.ctx, request=request)).external_id

    async def test_a_text_arrives_character_by_character_in_its_logical_order(self) -> None:
        async with self.open_desk() as desk:
            if self._declares(Capability.PUBLISH_AS_MEMBER):
                published = await self._publish(desk, text=GOLDEN_TEXT)
                assert GOLDEN_TEXT in self.seen_text(desk, published.external_id)
            if self._declares(Capability.PUSH_CONTENT):
                pushed = await self._push(desk, text=GOLDEN_TEXT)
                assert GOLDEN_TEXT in self.seen_text(desk, pushed.external_id)

    async def test_each_day_of_a_goal_feed_has_a_number_or_a_reason(self) -> None:
        if not self._declares(Capability.READ_GOAL_FEED):
            return
        async with self.open_desk() as desk:
            feeder = port(self.connector, Capability.READ_GOAL_FEED, ReadsGoalFeeds)
            until = desk.ctx.now().date()
            days = {until - timedelta(days=back) for back in range(10)}
            for feed in self.connector.manifest.goal_feeds:
                reading = await feeder.read_goal_feed(
                    desk.ctx, feed=feed.name, subject=self.feed_subject(feed.name), since=min(days), until=until
                )
                assert reading.values.keys() | reading.missing.keys() == days
                assert all(reading.missing.values())

    # The questions: platforms

    async def test_destinations_have_ids_and_titles(self) -> None:
        if not self._declares(Capability.LIST_DESTINATIONS):
            return
        async with self.open_desk() as desk:
            lister = port(self.connector, Capability.LIST_DESTINATIONS, ListsDestinations)
            listed = await lister.list_destinations(desk.ctx)
            assert listed
            assert all(one.external_id and one.title and one.kind for one in listed)
            assert len({one.external_id for one in listed}) == len(listed)

    async def test_a_preview_makes_no_call_and_names_what_gets_lost(self) -> None:
        if not self._declares(Capability.PUSH_CONTENT):
            return
        async with self.open_desk() as desk:
            content = await self._content(desk, text=GOLDEN_TEXT)
            content = replace(
                content,
                suggestions=(*content.suggestions, Suggestion(network="no_such_network", language="he", text="מילים")),
            )
            before = dict(desk.simulator.calls)
            pusher = port(self.connector, Capability.PUSH_CONTENT, PushesContent)
            preview = pusher.preview_content(desk.ctx, content=content)
            assert dict(desk.simulator.calls) == before
            shown = " ".join(preview.fields.values())
            assert GOLDEN_TEXT in shown
            # All of ours is either shown or named as lost.
            lost = {loss.field.partition(".")[0] for loss in preview.losses}
            for field, value in {"title": content.title, "why_share": content.why_share, "url": content.url}.items():
                assert value in shown or field in lost
            assert "מילים" in shown or "suggestions" in lost
            assert all(loss.how in {"dropped", "shortened", "merged", "converted"} for loss in preview.losses)

    async def test_pushed_content_is_found_and_can_be_withdrawn_twice(self) -> None:
        if not self._declares(Capability.PUSH_CONTENT):
            return
        async with self.open_desk() as desk:
            content = await self._content(desk)
            pushed = await self._push_content(desk, content)
            assert pushed.external_id
            assert pushed.state is not ContentState.FAILED
            if self._declares(Capability.FIND_CONTENT):
                finder = port(self.connector, Capability.FIND_CONTENT, FindsContent)
                for external_id in (None, pushed.external_id):
                    found = await finder.find_content(desk.ctx, content=content, external_id=external_id)
                    assert found is not None
                    assert found.external_id == pushed.external_id
            if self._declares(Capability.WITHDRAW_CONTENT):
                for _ in range(2):
                    await self._use(Capability.WITHDRAW_CONTENT, desk, external_id=pushed.external_id)
                if self._declares(Capability.FIND_CONTENT):
                    found = await finder.find_content(desk.ctx, content=content, external_id=pushed.external_id)
                    assert found is None or found.state is ContentState.WITHDRAWN

    async def test_content_whose_answer_was_lost_is_found_again(self) -> None:
        if not self._declares(Capability.PUSH_CONTENT, Capability.FIND_CONTENT):
            return
        async with self.open_desk() as desk:
            content = await self._content(desk)
            finder = port(self.connector, Capability.FIND_CONTENT, FindsContent)
            other = replace(content, key="exam-other", title="Another item", url="https://go.example/l/Other")
            elsewhere = await self._push_content(desk, other)
            assert await finder.find_content(desk.ctx, content=content) is None
            self._break(desk, Capability.PUSH_CONTENT, FaultKind.LOSE_ANSWER)
            with pytest.raises(OutcomeUnknown):
                await self._push_content(desk, content)
            found = await finder.find_content(desk.ctx, content=content)
            assert found is not None
            assert found.external_id != elsewhere.external_id

    async def test_each_asked_number_of_an_item_is_present_or_missing_with_a_reason(self) -> None:
        if not self._declares(Capability.READ_CONTENT_METRICS):
            return
        async with self.open_desk() as desk:
            reader = port(self.connector, Capability.READ_CONTENT_METRICS, ReadsContentMetrics)
            today = desk.ctx.now().date()
            reading = await reader.read_content_metrics(
                desk.ctx,
                external_id=await self._prepared_item(desk),
                metrics=list(Metric),
                since=today - timedelta(days=30),
                until=today,
            )
            assert reading.values.keys() | reading.missing.keys() == set(Metric)
            assert all(reading.missing.values())

    async def test_people_are_let_in_once_and_out_for_good(self) -> None:
        if not self._declares(Capability.SYNC_AUDIENCE):
            return
        async with self.open_desk() as desk:
            where = await self.people_destination(desk.ctx)
            person = AudiencePerson("ref-1", "noa.levi@example.com", "נועה", "Lévi-O'Neil", "he")
            added = await self._syncer().add_member(desk.ctx, person=person, destination_id=where)
            again = await self._syncer().add_member(desk.ctx, person=person, destination_id=where)
            assert added.external_id == again.external_id
            listed = await self._audience(desk)
            assert listed[added.external_id].email.casefold() == person.email
            assert listed[added.external_id].is_active
            for _ in range(2):
                await self._syncer().remove_member(desk.ctx, external_id=added.external_id, destination_id=where)
            listed = await self._audience(desk)
            assert added.external_id not in listed or not listed[added.external_id].is_active
            back = await self._syncer().add_member(desk.ctx, person=person, destination_id=where)
            assert (await self._audience(desk))[back.external_id].is_active

    # The questions: directories

    async def test_everybody_comes_once_and_a_read_of_changes_is_no_full_one(self) -> None:
        if not self._declares(Capability.LIST_DIRECTORY):
            return
        async with self.open_desk() as desk:
            pages = await self._directory(desk)
            ids = [person.external_id for page in pages for person in page.people]
            assert ids
            assert len(ids) == len(set(ids))
            assert all(page.is_full and not page.gone for page in pages)
            assert any("@" in person.values.get("work_email", "") for page in pages for person in page.people)
            assert all(page.cursor is None for page in pages[:-1])
            if pages[-1].cursor is not None:
                (*_, last) = await self._directory(desk, since=desk.ctx.now().isoformat())
                assert not last.is_full
                assert last.cursor is not None

    @pytest.mark.parametrize("kind", [FaultKind.GARBAGE, FaultKind.BREAK_BODY])
    async def test_a_directory_that_breaks_off_is_never_a_short_one(self, kind: FaultKind) -> None:
        if not self._declares(Capability.LIST_DIRECTORY):
            return
        async with self.open_desk() as desk:
            self._break(desk, Capability.LIST_DIRECTORY, kind)
            with pytest.raises((ProtocolViolation, VendorUnavailable)):
                await self._directory(desk)

    def test_a_report_is_read_and_a_wrong_file_is_refused(self) -> None:
        if not self._declares(Capability.IMPORT_REPORT):
            return
        ctx = Context(http=build_client(), settings=self.settings({}), clock=lambda: self.started_at)
        importer = port(self.connector, Capability.IMPORT_REPORT, ImportsReports)
        for kind in self.connector.manifest.reports:
            data = self.sample_report(kind.name)
            reading = importer.import_report(ctx, name=kind.name, data=data)
            assert reading.rows
            assert all(row.subject is kind.subject and row.key for row in reading.rows)
            for wrong in (b"", b"\xff\xfe\x00", b"a,b\n1,2\n", "שם,מספר\nנועה,3\n".encode("windows-1255")):
                with pytest.raises(Rejected) as caught:
                    importer.import_report(ctx, name=kind.name, data=wrong)
                assert caught.value.code == "report_not_readable"

    # The questions: webhooks

    async def _receive(self, desk: Desk, headers: Mapping[str, str], body: bytes) -> list[VendorNotice]:
        receiver = port(self.connector, Capability.RECEIVE_WEBHOOK, ReceivesWebhooks)
        return await receiver.receive_webhook(desk.ctx, headers=headers, body=body)

    async def test_a_genuine_notification_names_its_post(self) -> None:
        if not self._declares(Capability.RECEIVE_WEBHOOK):
            return
        async with self.open_desk() as desk:
            external_id = await self._prepared(desk)
            headers, body = self.make_webhook(desk, external_id)
            (notice,) = await self._receive(desk, headers, body)
            assert notice.event_id
            assert notice.external_id == external_id
            (again,) = await self._receive(desk, headers, body)
            assert again.event_id == notice.event_id

    async def test_a_forged_or_malformed_notification_is_refused(self) -> None:
        if not self._declares(Capability.RECEIVE_WEBHOOK):
            return
        async with self.open_desk() as desk:
            headers, body = self.make_webhook(desk, await self._prepared(desk))
            forged: list[tuple[Mapping[str, str], bytes]] = [
                (headers, body + b" "),
                (headers, b""),
                (headers, b"\xff\xfe"),
                ({}, body),
            ]
            for name in headers:
                if name != "content-type":
                    forged += [
                        ({**headers, name: value}, body) for value in ("", "x", "v1", "v1,***", "\u05d0", "9" * 40)
                    ]
            for wrong_headers, wrong_body in forged:
                with pytest.raises(WebhookRefused):
                    await self._receive(desk, wrong_headers, wrong_body)

    @pytest.mark.parametrize("minutes", [-6, 6])
    async def test_an_old_notification_and_one_of_the_future_are_refused(self, minutes: int) -> None:
        if not self._declares(Capability.RECEIVE_WEBHOOK):
            return
        async with self.open_desk() as desk:
            headers, body = self.make_webhook(desk, await self._prepared(desk))
            moment = desk.ctx.now() + timedelta(minutes=minutes)
            desk = replace(desk, ctx=replace(desk.ctx, clock=lambda: moment))
            with pytest.raises(WebhookRefused):
                await self._receive(desk, headers, body)

    # The questions: faults

    def _break(self, desk: Desk, capability: Capability, kind: FaultKind, **details: object) -> None:
        raw = {"operation": self.operations[capability], "kind": kind.value, **details}
        desk.simulator.faults.add(Fault.parse(raw))

    async def test_too_many_calls_is_rate_limited_until_an_aware_moment(self) -> None:
        async with self.open_desk() as desk:
            external_id = await self._prepared(desk)
            for capability in self._calling():
                self._break(desk, capability, FaultKind.STATUS, status=429)
                with pytest.raises(RateLimited) as caught:
                    await self._use(capability, desk, external_id=external_id)
                assert caught.value.retry_at.tzinfo is not None
                assert desk.ctx.now() < caught.value.retry_at <= desk.ctx.now() + timedelta(days=1)

    async def test_retry_after_is_respected(self) -> None:
        async with self.open_desk() as desk:
            external_id = await self._prepared(desk)
            for capability in self._calling():
                self._break(desk, capability, FaultKind.RETRY_AFTER, retry_after_seconds=1234)
                with pytest.raises(RateLimited) as caught:
                    await self._use(capability, desk, external_id=external_id)
                waits = (caught.value.retry_at - desk.ctx.now()).total_seconds()
                assert 1200 < waits <= 1234

    @pytest.mark.parametrize("status", [500, 502, 503, 504, 408])
    async def test_a_server_error_leaves_a_publication_open_and_a_read_to_be_repeated(self, status: int) -> None:
        async with self.open_desk() as desk:
            external_id = await self._prepared(desk)
            for capability in self._calling():
                visible = capability in VISIBLE
                if status == 408 and not visible:
                    continue
                self._break(desk, capability, FaultKind.STATUS, status=status, body="<html>oops")
                with pytest.raises(OutcomeUnknown if visible else VendorUnavailable):
                    await self._use(capability, desk, external_id=external_id)

    @pytest.mark.parametrize("kind", [FaultKind.LOSE_ANSWER, FaultKind.LOSE_REQUEST, FaultKind.HANG])
    async def test_a_lost_answer_leaves_a_publication_open_and_a_read_to_be_repeated(self, kind: FaultKind) -> None:
        async with self.open_desk() as desk:
            external_id = await self._prepared(desk)
            desk = replace(desk, ctx=replace(desk.ctx, deadline_seconds=0.2))
            for capability in self._calling():
                self._break(desk, capability, kind)
                visible = capability in VISIBLE
                with pytest.raises(OutcomeUnknown if visible else VendorUnavailable):
                    await self._use(capability, desk, external_id=external_id)

    async def test_an_unreadable_success_never_counts_as_done_or_as_refused(self) -> None:
        async with self.open_desk() as desk:
            external_id = await self._prepared(desk)
            for capability in sorted(VISIBLE & self.connector.manifest.capabilities):
                self._break(desk, capability, FaultKind.GARBAGE)
                with pytest.raises(OutcomeUnknown):
                    await self._use(capability, desk, external_id=external_id)

    async def test_a_redirect_is_not_followed(self) -> None:
        async with self.open_desk() as desk:
            external_id = await self._prepared(desk)
            headers = {"Location": next(iter(desk.addresses.values())) + "/"}
            for capability in sorted(VISIBLE & self.connector.manifest.capabilities):
                self._break(desk, capability, FaultKind.STATUS, status=307, headers=headers)
                with pytest.raises(OutcomeUnknown):
                    await self._use(capability, desk, external_id=external_id)

    async def test_an_id_in_the_header_with_a_broken_body_is_published(self) -> None:
        if self.id_header is None:
            return
        async with self.open_desk() as desk:
            self._break(desk, Capability.PUBLISH_AS_MEMBER, FaultKind.BREAK_BODY)
            assert (await self._publish(desk)).external_id

    async def test_a_vendor_that_is_not_there_was_not_sent_anything(self) -> None:
        async with self.open_desk() as desk:
            pass
        async with build_client() as http:
            desk = replace(desk, ctx=replace(desk.ctx, http=http))
            for capability in self._calling():
                with pytest.raises(VendorUnavailable):
                    await self._use(capability, desk, external_id=self.missing_external_id)

    # The questions: tokens and secrets

    async def test_an_unknown_token_must_be_renewed_by_the_person(self) -> None:
        await self._ask_with_dead_token(lambda credentials: replace(credentials, access_token=Secret(_UNKNOWN_TOKEN)))

    async def test_missing_credentials_must_be_renewed_by_the_person(self) -> None:
        await self._ask_with_dead_token(lambda credentials: None)

    async def test_an_expired_token_must_be_renewed(self) -> None:
        if not isinstance(self.connector.manifest.auth, OAuth2Code | ClientCredentials):
            return
        async with self.open_desk() as desk:
            external_id = await self._prepared(desk)
            expires_at = desk.ctx.require_credentials().expires_at
            if expires_at is None:
                return  # tokens of this vendor do not end; a revoked one is asked about above
            seconds = (expires_at - desk.simulator.now()).total_seconds() + 1
            desk.simulator.record({"kind": "clock_advanced", "seconds": seconds})
            for capability in self._needing_a_token():
                with pytest.raises(ReauthRequired):
                    await self._use(capability, desk, external_id=external_id)

    async def test_a_wrong_key_or_client_secret_is_the_administrators_to_fix(self) -> None:
        auth = self.connector.manifest.auth
        if not isinstance(auth, ApiKey | ClientCredentials):
            return
        secret = next(field.name for field in self.connector.manifest.settings if field.secret)
        async with self.open_desk() as desk:
            external_id = await self._prepared(desk)
            wrong = replace(desk.ctx, settings={**desk.ctx.settings, secret: _UNKNOWN_TOKEN})
            if isinstance(auth, ClientCredentials):
                opener = port(self.connector, Capability.AUTHENTICATE, AuthenticatesOrganizations)
                with pytest.raises(ConfigurationInvalid):
                    await opener.authenticate(replace(wrong, credentials=None))
                return
            for capability in self._calling():
                with pytest.raises(ConfigurationInvalid):
                    await self._use(capability, replace(desk, ctx=wrong), external_id=external_id)

    async def _ask_with_dead_token(self, kill: Callable[[Credentials], Credentials | None]) -> None:
        if not isinstance(self.connector.manifest.auth, OAuth2Code | ClientCredentials):
            return
        async with self.open_desk() as desk:
            external_id = await self._prepared(desk)
            dead = kill(desk.ctx.require_credentials())
            desk = replace(desk, ctx=replace(desk.ctx, credentials=dead))
            for capability in self._needing_a_token():
                with pytest.raises(ReauthRequired):
                    await self._use(capability, desk, external_id=external_id)

    async def test_access_that_was_taken_back_opens_nothing_and_can_be_taken_back_again(self) -> None:
        if not self._declares(Capability.REVOKE_CREDENTIALS):
            return
        async with self.open_desk() as desk:
            external_id = await self._prepared(desk)
            await self._use(Capability.REVOKE_CREDENTIALS, desk)
            await self._use(Capability.REVOKE_CREDENTIALS, desk)
            for capability in self._needing_a_token():
                with pytest.raises(ReauthRequired):
                    await self._use(capability, desk, external_id=external_id)

    @pytest.mark.parametrize("address", ["ftp://127.0.0.1", "127.0.0.1", "http://[", "http://127.0.0.1:x"])
    async def test_an_address_that_is_none_is_the_administrators_to_fix(self, address: str) -> None:
        async with self.open_desk() as desk:
            settings = {
                name: address if value in desk.addresses.values() else value
                for name, value in desk.ctx.settings.items()
            }
            desk = replace(desk, ctx=replace(desk.ctx, settings=settings))
            for capability in self._calling():
                with pytest.raises(ConfigurationInvalid):
                    await self._use(capability, desk, external_id=self.missing_external_id)

    async def test_missing_settings_are_the_administrators_to_fix(self) -> None:
        required = [field for field in self.connector.manifest.settings if field.required]
        if not required or not self._declares(Capability.AUTHORIZE):
            return
        async with self.open_desk() as desk:
            bare = replace(desk.ctx, settings={})
            assert self.connector.manifest.missing_settings({}) == tuple(field.name for field in required)
            authorizer = port(self.connector, Capability.AUTHORIZE, AuthorizesMembers)
            with pytest.raises(ConfigurationInvalid):
                await authorizer.exchange_code(bare, code="c", redirect_uri="http://127.0.0.1/callback")

    async def test_no_secret_shows_in_a_repr_a_log_line_or_an_error(self, caplog: pytest.LogCaptureFixture) -> None:
        caplog.set_level(logging.DEBUG)
        async with self.open_desk() as desk:
            external_id = await self._prepared(desk)
            secrets = self._secrets(desk)
            seen = [repr(desk.ctx), str(desk.ctx)]
            for capability in self._calling():
                for status in (400, 401, 403, 422, 429, 500):
                    echo = {"status": status, "message": " ".join(secrets), "error": secrets[0] if secrets else ""}
                    self._break(desk, capability, FaultKind.STATUS, status=status, body=echo)
                    try:
                        await self._use(capability, desk, external_id=external_id)
                    except ConnectorError as error:
                        seen += self._everything_in(error)
            seen += [f"{record.getMessage()} {record.__dict__}" for record in caplog.records]
            for text in seen:
                for secret in secrets:
                    assert secret not in text

    def _secrets(self, desk: Desk) -> list[str]:
        found: list[str] = []
        if desk.ctx.credentials is not None:
            found.append(desk.ctx.credentials.access_token.reveal())
            if desk.ctx.credentials.refresh_token:
                found.append(desk.ctx.credentials.refresh_token.reveal())
        names = [field.name for field in self.connector.manifest.settings if field.secret]
        return found + [desk.ctx.settings[name] for name in names if name in desk.ctx.settings]

    def _everything_in(self, error: BaseException | None) -> list[str]:
        texts: list[str] = []
        while error is not None:
            texts += [str(error), repr(error), repr(error.args)]
            if isinstance(error, ConnectorError):
                texts += [error.message, error.detail, error.code, str(error.vendor_code)]
            error = error.__cause__ or error.__context__
        return texts
