"""Posts with files and first comments against the simulated network: the files first, then one visible step."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from services.core.communication.models import Message
from services.core.kit import db
from services.core.kit.settings import Settings
from services.core.kit.texts import Language
from services.core.organizations.models import Role
from services.core.programs.models import Program, ProgramState
from services.core.shares.models import CommentState, FirstComment, MediaUpload, Publication, PublicationState
from services.scheduler.jobs import content, shares
from services.scheduler.worker.tools import Tools
from tests.e2e.test_kill import SHORT, settle
from tests.factories.media import document, picture, video
from tests.factories.publications import Scene, Sharer, make_sharer, read_publication
from tests.fixtures.api import Api, Tenant
from tests.fixtures.processes import Simulator, environment, running, until_exit

ALT = "240 panels on the roof of a school."
COMMENT = "Ask me anything about it."


@pytest.fixture
def network(linkedin_settings: Settings) -> Settings:
    """An installation whose LinkedIn app was vetted for comments."""
    values = {
        **linkedin_settings.connectors["linkedin"],
        "scopes": "openid profile w_member_social w_member_social_feed",
    }
    return linkedin_settings.model_copy(update={"connectors": {"linkedin": values}})


@pytest.fixture
def tools(database: db.Database, network: Settings) -> Tools:
    """What a job is given."""
    return Tools(database, network)


class Story:
    """An item with files on its way from the editor to a person's approval, over HTTP."""

    def __init__(self, api: Api, tenant: Tenant, network: Settings) -> None:
        self.api, self.tenant, self.network = api, tenant, network

    async def begin(self, *, connect: bool = True) -> Story:
        """A running program with an ambassador."""
        self.program = Program(
            organization_id=self.tenant.id, name="Pilot", state=ProgramState.QUIET, languages=["en"],
            default_language=Language.EN, networks=["linkedin"],
        )  # fmt: skip
        async with self.tenant.database.transaction(self.tenant.id) as session:
            session.add(self.program)
        scene = Scene(self.program, None)  # type: ignore[arg-type]  # only the program is asked for
        self.sharer: Sharer = await make_sharer(self.tenant, scene, connect_to=self.network if connect else None)
        self.key = await self.tenant.key_of(self.sharer.employee)
        self.keys = {role: (await self.tenant.person(role))[1] for role in (Role.EDITOR, Role.APPROVER)}
        self.manager = (await self.tenant.person(Role.PROGRAM_MANAGER))[1]
        return self

    async def asset(self, data: bytes, **words: Any) -> str:
        """The id of a file with words for those who do not see it."""
        editor = self.keys[Role.EDITOR]
        made = await self.api.post(
            "/v1/assets", key=editor, content=data, headers={"Content-Type": "application/octet-stream"}
        )
        assert made.status_code == 201, made.text
        path = f"/v1/assets/{made.json()['id']}"
        done = await self.api.patch(path, key=editor, etag="*", json=words or {"alt_texts": {"en": ALT}})
        assert done.status_code == 200, done.text
        return str(made.json()["id"])

    async def share(self, **variant: Any) -> dict[str, Any]:
        """The person's draft of an item that was written, reviewed and offered."""
        editor = self.keys[Role.EDITOR]
        item = await self.api.post(
            "/v1/content-items",
            key=editor,
            json={
                "program_id": str(self.program.id),
                "title": "A school that runs on sunlight",
                "destination_url": "https://lumen.example/school",
            },
        )
        path = f"/v1/content-items/{item.json()['id']}"
        wording = {
            "network": "linkedin", "language": "en", "text": "We put 240 panels on a roof.",
            "why_share": "It shows what we do.", "link_title": "Sunlight for a school", **variant,
        }  # fmt: skip
        for key, verb, body in (
            (editor, "variants", wording),
            (editor, "submit", None),
            (self.keys[Role.APPROVER], "reviews", {"decision": "approved"}),
            (self.manager, "offer", None),
        ):
            done = await self.api.post(f"{path}/{verb}", key=key, **({"json": body} if body else {}))
            assert done.status_code in (200, 201), done.text
        offers = (await self.api.get("/v1/me/offers", key=self.key)).json()["data"]
        self.offer = next(one for one in offers if one["item_id"] == item.json()["id"])
        made = await self.api.post("/v1/me/shares", key=self.key, json={"offer_id": self.offer["id"]})
        assert made.status_code == 201, made.text
        return dict(made.json())

    async def approve(self, share: dict[str, Any]) -> Any:
        """The person's yes to what they have seen, for now."""
        async with self.tenant.database.transaction(self.tenant.id) as session:
            local = (await db.now(session)).replace(tzinfo=None, microsecond=0)
        return await self.api.post(
            f"/v1/me/shares/{share['id']}/approve",
            key=self.key,
            json={
                "content_hash": share["content_hash"],
                "connection_id": str(self.sharer.connection.id),
                "scheduled_local": local.isoformat(),
                "time_zone": "UTC",
            },
        )

    async def planned(self, **variant: Any) -> UUID:
        """The id of a due post."""
        answer = await self.approve(await self.share(**variant))
        assert answer.status_code == 201, answer.text
        return UUID(answer.json()["id"])


@pytest.fixture
async def story(api: Api, tenant: Tenant, network: Settings) -> Story:
    """A story that has begun."""
    return await Story(api, tenant, network).begin()


async def publish(tools: Tools, tenant: Tenant, publication_id: UUID) -> Publication:
    """Let the alarm ring, and read what became of it."""
    await shares.publish(tools, tenant.id, publication_id)
    return await read_publication(tenant, publication_id)


async def pass_time(tenant: Tenant, seconds: float) -> None:
    """Move the clock on."""
    async with tenant.database.transaction(tenant.id) as session:
        ahead = await db.now(session) - datetime.now(UTC)
    await db.move_clock(tenant.settings.database_url, by=ahead + timedelta(seconds=seconds))


class TestFiles:
    async def test_a_person_sees_and_approves_the_very_file_that_goes_out(
        self, api: Api, tenant: Tenant, story: Story, tools: Tools, simulator: Simulator
    ) -> None:
        asset_id = await story.asset(picture())
        share = await story.share(asset_ids=[asset_id])
        (seen,) = share["media"]
        assert (seen["alt_text"], seen["kind"]) == (ALT, "image")
        assert story.offer["media"][0]["sha256"] == seen["sha256"]
        got = await api.get(seen["url"], key=story.key)
        assert (got.status_code, got.headers["content-type"]) == (200, "image/jpeg")
        _, colleague = await tenant.person()
        assert (await api.get(seen["url"], key=colleague)).status_code == 404
        approved = await story.approve(share)
        done = await publish(tools, tenant, UUID(approved.json()["id"]))
        assert done.state is PublicationState.PUBLISHED
        (post,) = await simulator.posts()
        assert post["text"] == "We put 240 panels on a roof."
        assert post["content"]["article"]["thumbnail"].startswith("urn:li:image:")  # type: ignore[index]

    async def test_without_the_file_it_is_other_bytes(self, api: Api, tenant: Tenant, story: Story) -> None:
        share = await story.share(asset_ids=[await story.asset(picture())])
        etag = (await api.get(f"/v1/me/shares/{share['id']}", key=story.key)).headers["etag"]
        bare = await api.patch(f"/v1/me/shares/{share['id']}", key=story.key, etag=etag, json={"with_media": False})
        assert bare.json()["media"] == []
        assert bare.json()["content_hash"] != share["content_hash"]
        stale = await story.approve(share)
        assert (stale.status_code, stale.json()["code"]) == (409, "content_changed")

    @pytest.mark.parametrize(
        ("data", "words", "shape"),
        [
            ([picture(), picture("PNG")], {"alt_texts": {"en": ALT}}, "multiImage"),
            ([document()], {"title": "The numbers"}, "media"),
            ([video()], {"captions": {"en": "WEBVTT\n\n00:00.000 --> 00:02.000\nHello"}}, "media"),
        ],
    )
    async def test_beside_other_files_the_link_stands_in_the_text(
        self, tenant: Tenant, story: Story, tools: Tools, simulator: Simulator, data: list[bytes],
        words: dict[str, Any], shape: str,
    ) -> None:  # fmt: skip
        share = await story.share(asset_ids=[await story.asset(one, **words) for one in data])
        assert share["posted_text"] == f"{share['text']}\n\n{share['link']['url']}"
        done = await publish(tools, tenant, UUID((await story.approve(share)).json()["id"]))
        assert done.state is PublicationState.PUBLISHED, done.vendor_message
        (post,) = await simulator.posts()
        assert post["text"] == share["posted_text"]
        assert shape in post["content"]  # type: ignore[operator]

    async def test_a_file_that_is_worked_on_lets_the_post_wait_and_is_not_sent_twice(
        self, tenant: Tenant, story: Story, tools: Tools, simulator: Simulator
    ) -> None:
        await simulator.control("media", processing_seconds=3600)
        publication_id = await story.planned(asset_ids=[await story.asset(picture())])
        waiting = await publish(tools, tenant, publication_id)
        assert (waiting.state, waiting.reason) == (PublicationState.WAITING, "still_processing")
        (upload,) = await tenant.rows(MediaUpload)
        assert upload.is_ready is False
        assert await simulator.posts() == []
        # The next look finds it as it lies there; a second upload would be refused.
        await simulator.fault(operation="initialize_image", kind="status", status=500)
        await pass_time(tenant, 10)
        again = await publish(tools, tenant, publication_id)
        assert (again.state, again.reason, again.retries) == (PublicationState.WAITING, "still_processing", 2)
        assert [row.external_id for row in await tenant.rows(MediaUpload)] == [upload.external_id]

    async def test_an_answer_lost_while_a_file_is_sent_costs_nothing_but_another_try(
        self, tenant: Tenant, story: Story, tools: Tools, simulator: Simulator
    ) -> None:
        await simulator.fault(operation="put_file", kind="lose_answer")
        publication_id = await story.planned(asset_ids=[await story.asset(picture())])
        waiting = await publish(tools, tenant, publication_id)
        assert waiting.state is PublicationState.WAITING
        assert await simulator.posts() == []
        await pass_time(tenant, 60)
        assert (await publish(tools, tenant, publication_id)).state is PublicationState.PUBLISHED
        assert len(await simulator.posts()) == 1

    async def test_an_answer_lost_by_the_visible_step_is_unknown_as_ever(
        self, tenant: Tenant, story: Story, tools: Tools, simulator: Simulator
    ) -> None:
        await simulator.fault(operation="create_post", kind="lose_answer")
        publication_id = await story.planned(asset_ids=[await story.asset(picture())])
        assert (await publish(tools, tenant, publication_id)).state is PublicationState.UNKNOWN
        await pass_time(tenant, 300)
        await shares.publish(tools, tenant.id)
        assert len(await simulator.posts()) == 1

    async def test_a_file_that_the_network_cannot_read_ends_it_before_anything_is_out(
        self, api: Api, tenant: Tenant, story: Story, tools: Tools, simulator: Simulator
    ) -> None:
        await simulator.control("media", problem="unreadable")
        publication_id = await story.planned(asset_ids=[await story.asset(picture())])
        done = await publish(tools, tenant, publication_id)
        assert (done.state, done.reason) == (PublicationState.CANCELLED, "media_not_accepted")
        assert await simulator.posts() == []
        told = await api.get(f"/v1/publications/{publication_id}", key=story.key, headers={"Accept-Language": "he"})
        assert "קובץ" in told.json()["why"]

    async def test_a_file_that_is_gone_holds_the_post(
        self, tenant: Tenant, story: Story, tools: Tools, simulator: Simulator
    ) -> None:
        publication_id = await story.planned(asset_ids=[await story.asset(picture())])
        for path in (tenant.settings.data_dir / "assets").glob("*/*/*"):
            path.unlink()
        done = await publish(tools, tenant, publication_id)
        assert (done.state, done.reason) == (PublicationState.HELD, "file_gone")

    async def test_a_connection_without_files_is_refused_with_what_to_do(
        self, api: Api, tenant: Tenant, network: Settings
    ) -> None:
        story = await Story(api, tenant, network).begin(connect=False)
        share = await story.share(asset_ids=[await story.asset(picture())])
        refused = await story.approve(share)
        assert (refused.status_code, refused.json()["code"]) == (409, "media_not_possible")
        assert "with_media false" in refused.json()["detail"]
        etag = (await api.get(f"/v1/me/shares/{share['id']}", key=story.key)).headers["etag"]
        bare = await api.patch(f"/v1/me/shares/{share['id']}", key=story.key, etag=etag, json={"with_media": False})
        assert (await story.approve(bare.json())).status_code == 201

    @pytest.mark.parametrize(
        ("point", "posts", "state"),
        [
            ("publish.after_upload", 1, PublicationState.PUBLISHED),
            ("publish.after_arm", 0, PublicationState.UNKNOWN),
            ("publish.after_send", 1, PublicationState.UNKNOWN),
        ],
    )
    async def test_a_killed_scheduler_never_doubles_a_post_with_files(
        self, tenant: Tenant, story: Story, network: Settings, simulator: Simulator, tmp_path: Path, point: str,
        posts: int, state: PublicationState,
    ) -> None:  # fmt: skip
        publication_id = await story.planned(asset_ids=[await story.asset(picture())])
        doomed = environment(network, CRASH_POINT=point, **SHORT)
        with running("-m", "services.cli", "scheduler", env=doomed, log=tmp_path / "doomed.log") as process:
            assert await until_exit(process, seconds=60) == -9
        with running(
            "-m", "services.cli", "scheduler", env=environment(network, **SHORT), log=tmp_path / "healthy.log"
        ):
            assert await settle(tenant, publication_id) is state
        assert len(await simulator.posts()) == posts


class TestFirstComment:
    async def comment_of(self, tenant: Tenant) -> FirstComment:
        (row,) = await tenant.rows(FirstComment)
        return row

    async def test_it_is_approved_with_the_post_and_follows_it_once(
        self, api: Api, tenant: Tenant, story: Story, tools: Tools, simulator: Simulator
    ) -> None:
        share = await story.share(first_comment=COMMENT)
        assert share["first_comment"] == COMMENT
        publication_id = UUID((await story.approve(share)).json()["id"])
        await content.write_first_comments(tools)
        assert (await self.comment_of(tenant)).state is CommentState.PLANNED
        await publish(tools, tenant, publication_id)
        await pass_time(tenant, 11)
        await content.write_first_comments(tools)
        await content.write_first_comments(tools)
        (post,) = await simulator.posts()
        assert post["comments"] == [COMMENT]
        read = (await api.get(f"/v1/publications/{publication_id}", key=story.key)).json()
        assert (read["state"], read["first_comment"]["state"]) == ("published", "published")

    async def test_an_unknown_outcome_is_told_and_not_repeated(
        self, tenant: Tenant, story: Story, tools: Tools, simulator: Simulator
    ) -> None:
        await simulator.fault(operation="create_comment", kind="lose_answer")
        publication_id = await story.planned(first_comment=COMMENT)
        await publish(tools, tenant, publication_id)
        for _ in range(2):
            await pass_time(tenant, 120)
            await content.write_first_comments(tools)
        assert (await self.comment_of(tenant)).state is CommentState.UNKNOWN
        (post,) = await simulator.posts()
        assert post["comments"] == [COMMENT]
        assert (await read_publication(tenant, publication_id)).state is PublicationState.PUBLISHED
        assert [row.kind for row in await tenant.rows(Message)].count("first_comment") == 1

    @pytest.mark.parametrize(("point", "written"), [("comment.after_arm", []), ("comment.after_send", [COMMENT])])
    async def test_one_that_was_cut_off_while_it_was_sent_is_unknown(
        self, tenant: Tenant, story: Story, tools: Tools, network: Settings, simulator: Simulator, tmp_path: Path,
        point: str, written: list[str],
    ) -> None:  # fmt: skip
        publication_id = await story.planned(first_comment=COMMENT)
        await publish(tools, tenant, publication_id)
        doomed = environment(network, CRASH_POINT=point)
        with running("-m", "services.cli", "scheduler", env=doomed, log=tmp_path / "doomed.log") as process:
            assert await until_exit(process, seconds=60) == -9
        await pass_time(tenant, 61)
        await content.write_first_comments(tools)
        assert (await self.comment_of(tenant)).state is CommentState.UNKNOWN
        (post,) = await simulator.posts()
        assert post["comments"] == written

    async def test_a_refusal_never_touches_the_post(
        self, tenant: Tenant, story: Story, tools: Tools, simulator: Simulator
    ) -> None:
        await simulator.fault(operation="create_comment", kind="status", status=403)
        publication_id = await story.planned(first_comment=COMMENT)
        await publish(tools, tenant, publication_id)
        await pass_time(tenant, 11)
        await content.write_first_comments(tools)
        assert (await self.comment_of(tenant)).state is CommentState.REFUSED
        assert (await read_publication(tenant, publication_id)).state is PublicationState.PUBLISHED

    async def test_a_person_can_word_it_or_leave_it_out(
        self, api: Api, tenant: Tenant, story: Story, tools: Tools, simulator: Simulator
    ) -> None:
        share = await story.share(first_comment=COMMENT)
        path = f"/v1/me/shares/{share['id']}"
        own = await api.patch(path, key=story.key, etag="*", json={"first_comment": "My own words."})
        assert own.json()["first_comment"] == "My own words."
        none = await api.patch(path, key=story.key, etag="*", json={"first_comment": None})
        assert none.json()["first_comment"] is None
        assert len({share["content_hash"], own.json()["content_hash"], none.json()["content_hash"]}) == 3
        await publish(tools, tenant, UUID((await story.approve(none.json())).json()["id"]))
        assert await tenant.rows(FirstComment) == []


class TestReshare:
    async def test_a_post_that_passes_on_another_one_has_the_link_in_its_text(
        self, tenant: Tenant, story: Story, tools: Tools, simulator: Simulator
    ) -> None:
        first = await publish(tools, tenant, await story.planned())
        share = await story.share(reshare_of=first.external_id, text="Look what we did.")
        assert share["posted_text"].endswith(share["link"]["url"])
        # A minute's distance between two posts of a person is the network's own wish; here both are due.
        approved = await story.approve(share)
        assert approved.status_code == 201, approved.text
        done = await publish(tools, tenant, UUID(approved.json()["id"]))
        assert done.state is PublicationState.PUBLISHED, done.vendor_message
        newest = (await simulator.posts())[-1]
        assert newest["text"] == share["posted_text"]


class TestAnyConnector:
    async def test_s19_one_item_goes_through_either_connector_without_a_change_to_it(
        self, api: Api, tenant: Tenant, story: Story, tools: Tools, simulator: Simulator
    ) -> None:
        scene = Scene(story.program, None)  # type: ignore[arg-type]  # only the program is asked for
        by_hand = await make_sharer(tenant, scene, connect_to=None)
        share = await story.share(asset_ids=[await story.asset(picture())])
        done = await publish(tools, tenant, UUID((await story.approve(share)).json()["id"]))
        assert done.state is PublicationState.PUBLISHED
        key = await tenant.key_of(by_hand.employee)
        (offer,) = (await api.get("/v1/me/offers", key=key)).json()["data"]
        assert offer["item_id"] == story.offer["item_id"]
        own = (await api.post("/v1/me/shares", key=key, json={"offer_id": offer["id"]})).json()
        # In words of their own, and some minutes after the colleague.
        words = {"with_media": False, "text": "Sunlight for a school: I was on that roof."}
        bare = await api.patch(f"/v1/me/shares/{own['id']}", key=key, etag="*", json=words)
        checked = await api.post(f"/v1/me/shares/{own['id']}/check", key=key, json={})
        time = checked.json()["next_good_time"]
        handed = await api.post(
            f"/v1/me/shares/{own['id']}/approve",
            key=key,
            json={
                "content_hash": bare.json()["content_hash"],
                "connection_id": str(by_hand.connection.id),
                "scheduled_local": time["scheduled_local"],
                "time_zone": time["time_zone"],
            },
        )
        assert (handed.status_code, handed.json()["state"]) == (201, "handed_over"), handed.text
