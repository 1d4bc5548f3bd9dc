"""What is odd about Sprout, each oddity by the name that the connector's README gives it."""

import re
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

import connectors
from connectors.bambu import connector, mapping
from connectors.bambu.manifest import MAX_MEDIA_BYTES, READER_REPORT, STORY_REPORT
from connectors.sdk import (
    Account,
    Capability,
    CapabilityMissing,
    ConfigurationInvalid,
    ContentState,
    FindsContent,
    MediaKind,
    Metric,
    MissingReason,
    OutcomeUnknown,
    RateLimited,
    ReauthRequired,
    Rejected,
    Secret,
    Suggestion,
    SyncsAudience,
    VendorUnavailable,
    WithdrawsContent,
    port,
)

from .desk import FACEBOOK, IMAGE, PAGE, STARTED_AT, URL, Desk, item, open_desk

NEVER = date(2026, 3, 1)


async def sent(desk: Desk, external_id: str, *, text: str | None = None) -> None:
    """People finish the drafts, perhaps in other words, and their time comes."""
    for number, _ in mapping.draft_ids(external_id):
        if text is not None:
            await desk.people("drafts/edit", publishing_post_id=int(number), text=text)
        await desk.people("drafts/approve", publishing_post_id=int(number))
    desk.advance(days=1)


class TestDrafts:
    async def test_a_draft_is_where_our_road_ends(self):
        async with open_desk() as desk:
            pushed = await desk.push()
            assert pushed.state is ContentState.DRAFT
            assert pushed.url == "https://app.sproutsocial.com/publishing/activity/410022/660001"
            desk.advance(days=3)
            assert desk.simulator.state()["sent"] == []
            assert not (await (await desk.signed_in()).numbers(pushed.external_id)).values

    async def test_only_drafts_are_taken(self):
        async with open_desk() as desk:
            await desk.push()
            assert desk.drafts()[0]["internal"]["publishing"]["is_draft"] is True
            body = mapping.draft_body(item(), profile_ids=[7101], at=STARTED_AT + timedelta(hours=1), media_ids=[])
            for wrong in ({**body, "is_draft": False}, {k: v for k, v in body.items() if k != "is_draft"}):
                answer = await desk.raw("POST", "/v1/410022/publishing/posts", json=wrong)
                assert answer.status_code == 400

    async def test_no_draft_can_be_changed_or_taken_back(self):
        with pytest.raises(CapabilityMissing):
            port(connector, Capability.WITHDRAW_CONTENT, WithdrawsContent)
        async with open_desk() as desk:
            await desk.push()
            for method, status in (("DELETE", 405), ("PUT", 405), ("PATCH", 405)):
                answer = await desk.raw(method, "/v1/410022/publishing/posts/660001")
                assert answer.status_code == status

    @pytest.mark.parametrize("fault", [{"kind": "lose_answer"}, {"kind": "status", "status": 504, "after_work": True}])
    async def test_a_lost_answer_cannot_be_looked_for(self, fault: dict):
        async with open_desk() as desk:
            await desk.fault("create_draft", **fault)
            with pytest.raises(OutcomeUnknown) as caught:
                await desk.push()
            assert "Sprout" in caught.value.message
            assert len(desk.drafts()) == 1
            assert desk.simulator.calls["create_draft"] == 1
        with pytest.raises(CapabilityMissing):
            port(connector, Capability.FIND_CONTENT, FindsContent)

    async def test_a_draft_never_says_that_it_was_published(self):
        async with open_desk() as desk:
            pushed = await desk.push()
            await sent(desk, pushed.external_id)
            desk = await desk.signed_in()
            answer = await desk.raw("GET", "/v1/410022/publishing/posts/660001")
            delivery = answer.json()["data"][0]["internal"]["publishing"]["deliveries"][0]
            assert delivery["delivery_status"] == "PENDING"
            reading = await desk.numbers(pushed.external_id, Metric.IMPRESSIONS)
            assert reading.values[Metric.IMPRESSIONS] > 0

    async def test_a_rewritten_text_is_found_by_its_links(self):
        async with open_desk() as desk:
            pushed = await desk.push()
            other = await desk.push(item(url="https://go.example/l/Zz9"))
            await sent(desk, pushed.external_id, text=f"In our own words: {URL}")
            await sent(desk, other.external_id, text="In our own words, without the link")
            desk = await desk.signed_in()
            assert Metric.REACTIONS in (await desk.numbers(pushed.external_id)).values
            assert (await desk.numbers(other.external_id)).missing[Metric.REACTIONS] == MissingReason.NO_DATA
            desk.simulator.configure(shows_edits=True)
            assert Metric.REACTIONS in (await desk.numbers(other.external_id)).values

    async def test_one_call_makes_a_draft_for_each_profile(self):
        async with open_desk() as desk:
            pushed = await desk.push(item(destination_id="group:9001"))
            assert pushed.external_id == "660001:7101,660002:7103"
            assert [draft["customer_profile_id"] for draft in pushed.raw["drafts"]] == ["7101", "7103"]
            assert {draft["scheduled_time"] for draft in pushed.raw["drafts"]} == {"2026-03-10T11:30:00Z"}
            assert desk.simulator.calls["create_draft"] == 1

    async def test_a_deleted_draft_leaves_the_numbers_of_its_siblings(self):
        async with open_desk() as desk:
            pushed = await desk.push(item(destination_id="group:9001"))
            await desk.people("drafts/delete", publishing_post_id=660001)
            await sent(desk, pushed.external_id.split(",")[1])
            desk = await desk.signed_in()
            assert (await desk.numbers(pushed.external_id)).values[Metric.IMPRESSIONS] > 0
            await desk.people("drafts/delete", publishing_post_id=660002)
            gone = await desk.numbers(pushed.external_id)
            assert gone.missing[Metric.IMPRESSIONS] == MissingReason.NO_DATA

    async def test_ids_are_numbers_in_one_answer_and_texts_in_another(self):
        async with open_desk() as desk:
            pushed = await desk.push()
            (draft,) = desk.drafts()
            assert draft["customer_profile_id"] == "7101"
            listed = await desk.raw("GET", "/v1/410022/metadata/customer", headers={"Accept": "application/json"})
            assert listed.json()["data"][0]["customer_profile_id"] == 7101
            await sent(desk, pushed.external_id)
            assert (await (await desk.signed_in()).numbers(pushed.external_id)).values

    async def test_all_profiles_of_a_draft_are_in_one_group(self):
        async with open_desk() as desk:
            with pytest.raises(Rejected) as caught:
                await desk.push(item(destination_id="profile:9002:7101:linkedin"))
            assert caught.value.code == "draft_refused"
            listed = {one.external_id: one for one in await connector.list_destinations(desk.ctx)}
            assert listed[PAGE].parent_id == "group:9001"
            assert {"profile:9001:7103:linkedin", "profile:9002:7103:linkedin"} <= listed.keys()

    async def test_review_sites_take_no_drafts(self):
        async with open_desk() as desk:
            listed = {one.external_id: one for one in await connector.list_destinations(desk.ctx)}
            assert not listed["profile:9001:7105:glassdoor"].takes_content
            assert listed["profile:9002:7106:google_business"].takes_content
            assert listed["tag:55"].kind == "tag"
            assert "tag:56" not in listed

    async def test_a_time_must_lie_ahead_and_seconds_are_cut(self):
        async with open_desk() as desk:
            at = STARTED_AT + timedelta(hours=1, seconds=59)
            preview = connector.preview_content(desk.ctx, content=item(publish_at=at))
            assert "publish_at" in {loss.field for loss in preview.losses}
            await desk.push(item(publish_at=at))
            delivery = desk.drafts()[0]["internal"]["publishing"]["deliveries"][0]
            assert delivery["scheduled_time"] == "2026-03-10T10:30:00Z"
            for past in (STARTED_AT - timedelta(days=1), STARTED_AT + timedelta(seconds=30)):
                before = dict(desk.simulator.calls)
                with pytest.raises(Rejected) as caught:
                    await desk.push(item(publish_at=past))
                assert caught.value.code == "publish_at_past"
                assert dict(desk.simulator.calls) == before

    async def test_an_item_without_a_time_is_proposed_for_later(self):
        async with open_desk() as desk:
            desk = desk.with_settings(draft_lead_hours="48")
            preview = connector.preview_content(desk.ctx, content=item(publish_at=None))
            assert preview.fields["delivery.scheduled_times"] == "2026-03-12T09:30:00Z"
            assert ("publish_at", "converted") in {(loss.field, loss.how) for loss in preview.losses}
            for wrong in ("0", "soon", "99999", "²"):
                with pytest.raises(ConfigurationInvalid):
                    await desk.with_settings(draft_lead_hours=wrong).push(item(publish_at=None))

    async def test_words_for_colleagues_never_go_into_the_public_text(self):
        async with open_desk() as desk:
            content = item(disclosure="#ad")
            await desk.push(content)
            text = desk.drafts()[0]["internal"]["publishing"]["text"]
            assert text == f"המעבדה (החדשה) פתוחה\n\n#ad\n\n{URL}"
            preview = connector.preview_content(desk.ctx, content=content)
            lost = {(loss.field, loss.how) for loss in preview.losses}
            assert {("title", "dropped"), ("why_share", "dropped"), ("disclosure", "merged")} <= lost
            assert "Only for colleagues" in connector.handoff(desk.ctx, content=content)

    async def test_a_draft_has_one_text(self):
        async with open_desk() as desk:
            texts = (Suggestion("linkedin", "en", "For LinkedIn"), Suggestion("facebook", "he", "לפייסבוק"))
            content = item(destination_id=FACEBOOK, suggestions=texts)
            preview = connector.preview_content(desk.ctx, content=content)
            assert preview.fields["text"] == f"לפייסבוק\n\n{URL}"
            assert "suggestions.en" in {loss.field for loss in preview.losses}
            only = connector.preview_content(desk.ctx, content=replace(content, suggestions=texts[:1]))
            assert ("suggestions.en", "converted") in {(loss.field, loss.how) for loss in only.losses}
            with pytest.raises(Rejected) as caught:
                await desk.push(item(destination_id="group:9002", suggestions=texts[1:]))
            assert caught.value.code == "no_profile"
            assert not desk.drafts()


class TestMedia:
    async def test_a_file_is_kept_for_a_day(self):
        async with open_desk() as desk:
            await desk.push(item(media=(IMAGE,)))
            (media,) = desk.drafts()[0]["internal"]["publishing"]["media"]
            assert media["media_type"] == "PHOTO"
            unused = await connector.upload_media(desk.ctx, author=Account("1", "x"), media=IMAGE)
            desk.advance(hours=24)
            desk = await desk.signed_in()
            for media_id, status in ((unused.external_id, 400), (media["id"], 200)):
                body = mapping.draft_body(
                    item(), profile_ids=[7101], at=desk.ctx.now() + timedelta(hours=1), media_ids=[]
                )
                body["media"] = [{"media_id": media_id, "media_type": "PHOTO"}]
                answer = await desk.raw("POST", "/v1/410022/publishing/posts", json=body)
                assert answer.status_code == status

    @pytest.mark.parametrize(("status", "error"), [(503, VendorUnavailable), (400, Rejected), (202, VendorUnavailable)])
    async def test_a_file_that_did_not_arrive_makes_no_draft(self, status: int, error: type[Exception]):
        async with open_desk() as desk:
            await desk.fault("upload_media", "status", status=status)
            with pytest.raises(error):
                await desk.push(item(media=(IMAGE,)))
            assert not desk.drafts()
            assert desk.simulator.calls["create_draft"] == 0

    async def test_the_media_path_ends_with_a_slash(self):
        async with open_desk() as desk:
            files = {"media": ("a.png", b"x", "image/png")}
            assert (await desk.raw("POST", "/v1/410022/media", files=files)).status_code == 404
            assert (await desk.raw("POST", "/v1/410022/media/", files=files)).status_code == 200
            assert (await connector.upload_media(desk.ctx, author=Account("1", "x"), media=IMAGE)).external_id

    async def test_a_file_has_at_most_50_mib(self):
        async with open_desk() as desk:
            large = replace(IMAGE, data=bytes(MAX_MEDIA_BYTES + 1))
            video = replace(IMAGE, kind=MediaKind.VIDEO, content_type="video/webm")
            for content in (item(media=(large,)), item(media=(video,)), item(media=(IMAGE,) * 5)):
                before = dict(desk.simulator.calls)
                with pytest.raises(Rejected) as caught:
                    await desk.push(content)
                assert caught.value.code == "media_not_accepted"
                assert dict(desk.simulator.calls) == before


class TestNumbers:
    async def test_without_fields_only_the_guid_comes_back(self):
        async with open_desk() as desk:
            pushed = await desk.push()
            await sent(desk, pushed.external_id)
            desk = await desk.signed_in()
            query = {"filters": ["customer_profile_id.eq(7101)", "created_time.in(2026-03-10...2026-03-12)"]}
            answer = await desk.raw("POST", "/v1/410022/analytics/posts", json=query)
            assert [row.keys() for row in answer.json()["data"]] == [{"guid"}]
            assert (await desk.numbers(pushed.external_id)).values

    async def test_a_missing_number_is_not_zero(self):
        async with open_desk() as desk:
            pushed = await desk.push()
            await sent(desk, pushed.external_id)
            await desk.people("counts", publishing_post_id=660001, counts={"reactions": 0})
            await desk.people("metrics/remove", network_type="linkedin_company", metric="lifetime.shares_count")
            await desk.people("metrics/remove", network_type="linkedin_company", metric="impressions")
            desk = await desk.signed_in()
            reading = await desk.numbers(pushed.external_id)
            assert reading.values[Metric.REACTIONS] == 0
            assert reading.missing[Metric.RESHARES] == MissingReason.NO_DATA
            assert reading.missing[Metric.SHARERS] == MissingReason.NOT_SUPPORTED
            feed = await connector.read_goal_feed(
                desk.ctx, feed="page_impressions", subject="7101", since=NEVER, until=NEVER
            )
            assert feed.missing == {NEVER: MissingReason.NO_DATA}

    async def test_a_part_of_a_sum_is_no_sum(self):
        async with open_desk() as desk:
            pushed = await desk.push(item(destination_id="group:9001"))
            await sent(desk, pushed.external_id)
            for number, reactions in ((660001, 5), (660002, 7)):
                await desk.people("counts", publishing_post_id=number, counts={"reactions": reactions})
            await desk.people("metrics/remove", network_type="linkedin", metric="lifetime.impressions")
            reading = await (await desk.signed_in()).numbers(pushed.external_id)
            assert reading.values[Metric.REACTIONS] == 12
            assert reading.missing[Metric.IMPRESSIONS] == MissingReason.NO_DATA
            assert reading.missing[Metric.REACH] == MissingReason.NOT_SUPPORTED

    async def test_a_page_beyond_the_last_is_refused(self):
        async with open_desk(page_size=3) as desk:
            until = NEVER + timedelta(days=7)
            feed = await connector.read_goal_feed(
                desk.ctx, feed="page_followers", subject="7101", since=NEVER, until=until
            )
            assert len(feed.values) == 8
            assert desk.simulator.calls["profile_analytics"] == 3
            query = mapping.feed_query("page_followers", subject="7101", since=NEVER, until=until, page=4)
            assert (await desk.raw("POST", "/v1/410022/analytics/profiles", json=query)).status_code == 400

    async def test_wide_ranges_are_answered_with_504(self):
        async with open_desk(page_size=1000, slow_days=100) as desk:
            since = NEVER - timedelta(days=400)
            feed = await connector.read_goal_feed(
                desk.ctx, feed="page_followers_gained", subject="7101", since=since, until=NEVER
            )
            assert len(feed.values) == 401
            desk.simulator.configure(slow_days=30)
            with pytest.raises(VendorUnavailable):
                await connector.read_goal_feed(
                    desk.ctx, feed="page_followers_gained", subject="7101", since=since, until=NEVER
                )

    async def test_google_posts_are_answered_for_thirty_days(self):
        async with open_desk() as desk:
            at = STARTED_AT + timedelta(days=20)
            words = (Suggestion("google_business", "en", "Open on Sunday"),)
            pushed = await desk.push(
                item(destination_id="profile:9002:7106:google_business", suggestions=words, publish_at=at)
            )
            await sent(desk, pushed.external_id)
            desk.advance(days=60)
            reading = await (await desk.signed_in()).numbers(pushed.external_id)
            assert Metric.IMPRESSIONS in reading.values
            assert desk.simulator.calls["post_analytics"] == 2

    async def test_at_most_a_hundred_profiles_go_into_one_request(self):
        many = [mapping.Profile(number, "x", "linkedin", (1,)) for number in range(1, 102)]
        assert len(mapping.profiles_for(many[:100], group_id=1, network="linkedin")) == 100
        with pytest.raises(Rejected) as caught:
            mapping.profiles_for(many, group_id=1, network="linkedin")
        assert caught.value.code == "too_many_profiles"
        async with open_desk() as desk:
            ids = ", ".join(["7101"] * 101)
            query = {"filters": [f"customer_profile_id.eq({ids})", "reporting_period.in(2026-03-01..2026-03-02)"]}
            assert (await desk.raw("POST", "/v1/410022/analytics/profiles", json=query)).status_code == 400

    async def test_x_has_no_numbers_until_its_licence_is_accepted(self):
        async with open_desk(has_x_licence=False) as desk:
            with pytest.raises(ConfigurationInvalid) as caught:
                await connector.read_goal_feed(
                    desk.ctx, feed="page_followers", subject="7104", since=NEVER, until=NEVER
                )
            assert "licence" in caught.value.message

    async def test_addresses_of_direct_message_media_do_not_work(self):
        async with open_desk() as desk:
            pushed = await desk.push(item(media=(IMAGE,)))
            await sent(desk, pushed.external_id)
            assert (await (await desk.signed_in()).numbers(pushed.external_id)).values
            assert desk.simulator.calls["messages"] == 0


class TestAccess:
    async def test_a_429_does_not_say_which_limit_was_hit(self):
        async with open_desk() as desk:
            for _ in range(60):
                await connector.check(desk.ctx)
            with pytest.raises(RateLimited) as caught:
                await desk.push()
            assert caught.value.retry_at == STARTED_AT + timedelta(seconds=60)
            assert not desk.drafts()
            desk.advance(seconds=60)
            await desk.push()

    async def test_the_month_is_shared_with_other_tools(self):
        async with open_desk(calls_per_month=2) as desk:
            await desk.raw("GET", "/v1/metadata/client")
            await desk.raw("GET", "/v1/metadata/client")
            desk.advance(minutes=2)
            with pytest.raises(RateLimited):
                await desk.push()
            desk.advance(days=25)
            await (await desk.signed_in()).push(item(publish_at=None))
        day = next(budget for budget in connector.manifest.budgets if budget.name == "customer_day")
        assert day.calls * 31 <= 250_000 < (day.calls + 1) * 31

    async def test_one_header_takes_both_kinds_of_token(self):
        async with open_desk(api_token="a-token-of-the-settings") as desk:
            await connector.check(desk.ctx)
            by_token = await desk.with_settings(api_token="a-token-of-the-settings", client_secret="").signed_in()
            assert by_token.ctx.require_credentials().expires_at is None
            await connector.check(by_token.ctx)
            for wrong in ("another", "two words", "טוקן"):
                with pytest.raises(ConfigurationInvalid):
                    await desk.with_settings(api_token=wrong).signed_in()

    async def test_a_wrong_secret_is_the_administrators_to_fix(self):
        async with open_desk() as desk:
            for wrong in ({"client_secret": "x"}, {"client_id": "x"}, {"scope": "x"}, {"client_secret": ""}):
                with pytest.raises(ConfigurationInvalid):
                    await desk.with_settings(**wrong).signed_in()
            for wrong in ({"customer_id": "1"}, {"customer_id": "../x"}, {"customer_id": ""}):
                for use in (connector.check, connector.list_destinations):
                    with pytest.raises(ConfigurationInvalid):
                        await use(desk.with_settings(**wrong).ctx)

    async def test_an_expired_token_must_be_renewed(self):
        async with open_desk(token_seconds=60) as desk:
            desk.advance(seconds=60)
            with pytest.raises(ReauthRequired):
                await desk.push()
            assert not desk.drafts()
            await (await desk.signed_in()).push()
            forged = replace(desk.ctx.require_credentials(), access_token=Secret("a.e30.c"))
            with pytest.raises(ReauthRequired):
                await connector.check(replace(desk.ctx, credentials=forged))


class TestAdvocacy:
    async def test_employee_advocacy_is_another_tenant(self):
        async with open_desk() as desk:
            content = item(destination_id="advocacy", topic_ids=("tag:55",))
            preview = connector.preview_content(desk.ctx, content=content)
            assert preview.fields["story link"] == URL
            assert "topic_ids" in {loss.field for loss in preview.losses}
            data = b"Email,Shares\nnoa@example.com,2\n"
            (row,) = connector.import_report(desk.ctx, name=READER_REPORT, data=data).rows
            assert row.key == "noa@example.com"

    async def test_scim_of_another_product_is_not_ours(self):
        with pytest.raises(CapabilityMissing):
            port(connector, Capability.SYNC_AUDIENCE, SyncsAudience)

    async def test_private_endpoints_of_the_app_are_never_called(self):
        async with open_desk() as desk:
            before = dict(desk.simulator.calls)
            with pytest.raises(Rejected) as caught:
                await desk.push(item(destination_id="advocacy"))
            assert caught.value.code == "manual_handoff"
            assert connector.handoff(desk.ctx, content=item())
            assert dict(desk.simulator.calls) == before
            assert not any("advocacy" in (field.default or "") for field in connector.manifest.settings)

    async def test_the_headings_of_the_reports_are_not_published(self):
        async with open_desk() as desk:
            desk = desk.with_settings(story_column="Titel", shares_column="Geteilt")
            data = "Titel\tGeteilt\tClicks\n„Neu“\t1,204\t\n\tx\t\nB\tviele\t1\n".encode()
            reading = connector.import_report(desk.ctx, name=STORY_REPORT, data=data)
            assert [(row.key, dict(row.values)) for row in reading.rows] == [("„Neu“", {Metric.SHARES: 1204})]
            assert [skipped.line for skipped in reading.skipped] == [3, 4]
            with pytest.raises(Rejected) as caught:
                connector.import_report(desk.ctx, name=STORY_REPORT, data=b"Story,Shares\na,1\n")
            assert "'Titel', 'Geteilt'" in caught.value.message


def test_each_quirk_has_a_test_of_the_same_name():
    document = (Path(connectors.__file__).parent / "bambu" / "README.md").read_text(encoding="utf-8")
    table = document.partition("| Quirk |")[2].partition("\n\n")[0]
    quirks = [line.split("|")[1].strip() for line in table.splitlines()[2:]]
    names = {"test_" + re.sub(r"\W+", "_", quirk.lower().replace("'", "")) for quirk in quirks}
    assert len(quirks) > 20
    assert names - set(re.findall(r"async def (test_\w+)", Path(__file__).read_text(encoding="utf-8"))) == set()
