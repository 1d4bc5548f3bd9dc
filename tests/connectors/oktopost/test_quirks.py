"""What is odd about Oktopost, each oddity by the name that the connector's README gives it."""

import hashlib
import hmac
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from connectors.oktopost import connector, mapping
from connectors.oktopost.client import OktopostClient
from connectors.oktopost.errors import accept
from connectors.oktopost.simulator import StoryShape
from connectors.oktopost.simulator.store import (
    CAMPAIGN,
    FOREIGN_CAMPAIGN,
    INVALID_PROFILE,
    MESSAGE_BOARD,
    OTHER_BOARD,
    PROFILE,
    STORY_BOARD,
    TOPIC,
)
from connectors.sdk import (
    ConfigurationInvalid,
    ConnectorError,
    ContentState,
    Media,
    MediaKind,
    Metric,
    NoticeKind,
    OutcomeUnknown,
    ProtocolViolation,
    RateLimited,
    Rejected,
    Suggestion,
    VendorUnavailable,
    WebhookRefused,
)

from .desk import KEY, SECRET, STARTED_AT, URL, content, open_desk, person

TODAY = STARTED_AT.date()


def sign(body: bytes) -> str:
    return hmac.new(SECRET.encode(), body, "sha1").hexdigest()


class TestMessages:
    async def test_a_message_is_for_one_network(self):
        async with open_desk() as desk:
            two = (Suggestion("linkedin", "en", "Long words"), Suggestion("x", "en", "Short"))
            await desk.push(suggestions=two)
            messages, (story,) = desk.things("message"), desk.things("story")
        assert [(one["Network"], one["Message"]) for one in messages] == [
            ("LinkedIn", f"Long words {URL}"),
            ("Twitter", f"Short {URL}"),
        ]
        assert story["_message_ids"] == [one["Id"] for one in messages]

    async def test_names_of_networks_are_case_sensitive(self):
        async with open_desk() as desk:
            answer = await desk.post("/message", network="linkedin", campaignId=CAMPAIGN, message="x")
            assert answer.status_code == 400
            for network in connector.manifest.networks:
                await desk.push(suggestions=(Suggestion(network, "en", f"For {network}"),))
            assert len(desk.things("message")) == len(connector.manifest.networks) == 6
        assert "youtube" not in connector.manifest.networks

    async def test_suggestions_in_several_languages_stand_side_by_side(self):
        async with open_desk() as desk:
            two = (Suggestion("linkedin", "en", "Look"), Suggestion("linkedin", "he", "תראו"))
            preview = connector.preview_content(desk.ctx, content=content(suggestions=two))
            await desk.push(suggestions=two)
            assert [one["Message"] for one in desk.things("message")] == [f"Look {URL}", f"תראו {URL}"]
        assert [(loss.field, loss.how) for loss in preview.losses] == [
            ("suggestions.en", "converted"),
            ("suggestions.he", "converted"),
        ]
        assert {"Look", "תראו"} <= set(preview.fields.values())

    async def test_a_suggestion_for_another_network_is_dropped(self):
        async with open_desk() as desk:
            both = (Suggestion("linkedin", "en", "Look"), Suggestion("threads", "en", "Hi"))
            preview = connector.preview_content(desk.ctx, content=content(suggestions=both))
            with pytest.raises(Rejected) as caught:
                await desk.push(suggestions=both[1:])
            assert not desk.simulator.calls
        assert [(loss.field, loss.how) for loss in preview.losses] == [("suggestions.en", "dropped")]
        assert caught.value.code == "no_network"

    async def test_files_cannot_be_pushed(self):
        async with open_desk() as desk:
            image = Media(MediaKind.IMAGE, "image/png", b"x", "a.png", alt_text="A lab")
            with pytest.raises(Rejected) as caught:
                await desk.push(media=(image,))
            assert not desk.simulator.calls
        assert caught.value.code == "media_not_accepted"

    async def test_a_campaign_is_needed_for_everything(self):
        async with open_desk() as desk:
            for wrong in ("", "002", "005k7d2m9q4xw1a", "../../../../../"):
                with pytest.raises(ConfigurationInvalid):
                    await desk.with_settings(campaign_id=wrong).push()
                with pytest.raises(ConfigurationInvalid):
                    await connector.check(desk.with_settings(campaign_id=wrong).ctx)
            assert not desk.simulator.calls
            for missing in ("/message", "/story"):
                answer = await desk.post(missing, network="LinkedIn", message="x", title="x", description="x")
                assert "campaignId" in answer.text

    async def test_messages_are_listed_by_id_or_campaign_only(self):
        async with open_desk() as desk:
            pushed = await desk.push()
            answer = await desk.get("/message")
            await connector.read_content_metrics(
                desk.ctx, external_id=pushed.external_id, metrics=[Metric.CLICKS], since=TODAY, until=TODAY
            )
        assert answer.json() == {
            "Result": False,
            "Errors": {"Param": {"get": "Missing value for parameter campaignId"}},
        }
        assert desk.simulator.calls["list_messages"] == 2

    async def test_messages_of_a_refused_story_are_deleted(self):
        async with open_desk() as desk:
            with pytest.raises(ConfigurationInvalid):
                await desk.push(destination_id="brd000000000099")
            assert desk.things("message") == []
            await desk.fault("create_story", "status", status=500)
            with pytest.raises(OutcomeUnknown):
                await desk.push()
            assert len(desk.things("message")) == 1
            await desk.fault("create_message", "lose_request")
            with pytest.raises(VendorUnavailable):
                await desk.push()
            assert desk.things("story") == []


class TestStories:
    async def test_times_go_out_as_seconds_and_come_back_as_text(self):
        async with open_desk() as desk:
            publish_at = datetime(2026, 3, 11, 12, 0, tzinfo=UTC)
            pushed = await desk.push(publish_at=publish_at, expires_at=publish_at + timedelta(days=2))
            shown = (await desk.get(f"/story/{pushed.external_id}")).json()["Item"]
        assert shown["PublishDate"] == "2026-03-11 12:00:00"
        assert mapping.moment(shown["PublishDate"]) == publish_at
        assert mapping.moment(shown["ExpirationDate"]) == publish_at + timedelta(days=2)
        assert mapping.moment("1773230400") is None
        form = mapping.story_form(content(publish_at=publish_at), campaign_id=CAMPAIGN, message_ids=["005"])
        assert form["publishDatetime"] == "1773230400"

    async def test_a_story_is_created_without_an_id(self):
        async with open_desk() as desk:
            first = await desk.push()
            message = (await desk.post("/message", network="LinkedIn", campaignId=CAMPAIGN, message="x")).json()
            answer = await desk.post(
                "/story",
                boardId=STORY_BOARD,
                title="t",
                description="d",
                campaignId=CAMPAIGN,
                messageIds=message["Message"]["Id"],
            )
            second = await desk.push()
        assert answer.json() == {"Result": True}
        assert first.external_id != second.external_id

    @pytest.mark.parametrize("shape", StoryShape)
    async def test_a_list_of_stories_may_show_less_than_a_story(self, shape: StoryShape):
        async with open_desk(story_shape=shape) as desk:
            other = await desk.push(url=f"{URL}/other")
            pushed = await desk.push()
            found = await connector.find_content(desk.ctx, content=content())
            nothing = await connector.find_content(desk.ctx, content=content(url=f"{URL}/third"))
        assert found is not None
        assert found.external_id == pushed.external_id != other.external_id
        assert nothing is None

    async def test_a_link_may_come_back_shortened(self):
        async with open_desk(shortens_links=True) as desk:
            pushed = await desk.push()
            found = await connector.find_content(desk.ctx, content=content())
            other = replace(content(), suggestions=(Suggestion("linkedin", "en", "Other words"),))
            assert await connector.find_content(desk.ctx, content=other) is None
        assert found is not None
        assert found.external_id == pushed.external_id

    async def test_a_story_that_is_not_to_be_seen_is_an_open_outcome(self):
        async with open_desk() as desk:
            hidden = {"Result": True, "Items": [], "Total": 0}
            for fault in ({"status": 200, "body": hidden}, {"status": 429}, {"status": 500}):
                await desk.fault("list_stories", "status", **fault)
                with pytest.raises(OutcomeUnknown):
                    await desk.push()
            assert len(desk.things("story")) == len(desk.things("message")) == 3

    async def test_a_lost_answer_may_have_made_the_story(self):
        async with open_desk() as desk:
            await desk.fault("create_story", "lose_answer")
            with pytest.raises(OutcomeUnknown):
                await desk.push()
            assert desk.simulator.calls["create_story"] == 1
            found = await connector.find_content(desk.ctx, content=content())
        assert found is not None
        assert [one["ID"] for one in desk.things("story")] == [found.external_id]

    async def test_a_story_spells_its_id_in_capitals(self):
        async with open_desk() as desk:
            pushed = await desk.push()
            shown = (await desk.get(f"/story/{pushed.external_id}")).json()["Item"]
        assert shown["ID"] == mapping.item_id({"ID": "0AS"}) + "000000000001" == pushed.external_id
        assert mapping.item_id({"Id": "0AS"}) == "0AS"
        with pytest.raises(ProtocolViolation):
            mapping.item_id({"id": "0AS"})

    async def test_a_story_for_later_says_draft(self):
        async with open_desk() as desk:
            pushed = await desk.push(publish_at=STARTED_AT + timedelta(hours=1))
            shown = (await desk.get(f"/story/{pushed.external_id}")).json()["Item"]
            desk.advance(3600)
            later = await connector.find_content(desk.ctx, content=content(), external_id=pushed.external_id)
        assert shown["Status"] == "draft"
        assert pushed.state is ContentState.SCHEDULED
        assert later is not None
        assert later.state is ContentState.LIVE
        drafted = {"ID": "0AS000000000001", "Status": "draft", "PublishDate": "2026-03-10 09:00:00"}
        assert mapping.pushed(drafted, now=STARTED_AT).state is ContentState.DRAFT

    async def test_a_story_ends_by_itself_after_half_a_year(self):
        async with open_desk() as desk:
            pushed = await desk.push()
            desk.advance(181 * 86_400)
            found = await connector.find_content(desk.ctx, content=content(), external_id=pushed.external_id)
        assert found is not None
        assert found.state is ContentState.EXPIRED
        assert found.raw["ExpirationDate"] == "2026-09-06 23:59:59"

    async def test_deleting_does_not_cascade(self):
        async with open_desk() as desk:
            pushed = await desk.push(topic_ids=(TOPIC,))
            await desk.delete(f"/board-topic/{TOPIC}")
            assert await connector.find_content(desk.ctx, content=content()) is not None
            await connector.withdraw_content(desk.ctx, external_id=pushed.external_id)
            assert desk.things("story") == []
            assert len(desk.things("message")) == 1

    async def test_two_kinds_of_boards_and_no_field_that_tells(self):
        async with open_desk() as desk:
            listed = await connector.list_destinations(desk.ctx)
            with pytest.raises(Rejected) as caught:
                await desk.push(destination_id=MESSAGE_BOARD)
            assert desk.things("story") == []
        assert [(one.external_id, one.kind, one.parent_id) for one in listed] == [
            (STORY_BOARD, "board", None),
            ("tpc000000000008", "topic", STORY_BOARD),
            (TOPIC, "topic", STORY_BOARD),
            (OTHER_BOARD, "board", None),
            (MESSAGE_BOARD, "board", None),
        ]
        assert [one.takes_content for one in listed] == [True, False, False, True, True]
        assert "does not support stories" in caught.value.message

    async def test_a_new_topic_is_told_to_everybody_on_the_board(self):
        async with open_desk() as desk:
            await desk.let_in()
            await desk.push(topic_ids=(TOPIC,))
            assert desk.simulator.calls["create_topic"] == 0
            await desk.post("/board-topic", boardId=STORY_BOARD, name="News")
            assert desk.things("advocate")[0]["_notes"] == ["New topic: News"]
            assert desk.things("story")[0]["Topics"] == [TOPIC]

    async def test_profiles_can_be_invalid_and_are_hidden_then(self):
        async with open_desk() as desk:
            shown = (await desk.get("/credential")).json()["Items"]
            hidden = (await desk.get("/credential", includeInvalid=1)).json()["Items"]
        assert [one["Id"] for one in shown] == [PROFILE]
        assert [one["Id"] for one in hidden] == [PROFILE, INVALID_PROFILE]
        assert "publish_as_member" not in connector.manifest.capabilities


class TestRefusals:
    async def test_what_is_gone_and_what_is_hidden_look_alike(self):
        async with open_desk() as desk:
            await connector.withdraw_content(desk.ctx, external_id="0AS000000000099")
            assert await connector.find_content(desk.ctx, content=content(), external_id="0AS000000000099") is None
            with pytest.raises(Rejected) as caught:
                await connector.read_content_metrics(
                    desk.ctx, external_id="0AS000000000099", metrics=[Metric.SHARES], since=TODAY, until=TODAY
                )
            with pytest.raises(ConfigurationInvalid):
                await connector.check(desk.with_settings(campaign_id=FOREIGN_CAMPAIGN).ctx)
        assert caught.value.code == "not_found"

    @pytest.mark.parametrize("status", [200, 400])
    async def test_a_refusal_may_come_with_status_200(self, status: int):
        async with open_desk(refusal_status=status) as desk:
            with pytest.raises(Rejected) as caught:
                await desk.push(destination_id=MESSAGE_BOARD)
            await desk.fault("create_story", "status", status=200, body={"Result": 1}, after_work=True)
            with pytest.raises(OutcomeUnknown):
                await desk.push()
            for result in ({}, {"Result": 1}, {"Result": "true"}):
                await desk.fault("me", "status", status=200, body={"User": {}, **result})
                with pytest.raises(ProtocolViolation):
                    await connector.check(desk.ctx)
        assert caught.value.message == "This board does not support stories"

    async def test_errors_have_three_shapes(self):
        async with open_desk(refusal_status=200) as desk:
            with pytest.raises(Rejected) as of_the_api:
                await desk.push(destination_id=MESSAGE_BOARD)
            with pytest.raises(Rejected) as of_a_parameter:
                await connector.add_member(
                    desk.ctx, person=replace(person(), family_name=""), destination_id=STORY_BOARD
                )
            words = {"API": {"Error": f"no {KEY} \n here"}, "Param": {"get": 3}, "Other": "x"}
            await desk.fault("create_story", "status", status=400, body={"Result": False, "Errors": words})
            with pytest.raises(Rejected) as hidden:
                await desk.push()
            nowhere = await desk.get("/no-such-thing")
        assert of_the_api.value.message == "This board does not support stories"
        assert of_a_parameter.value.message == "Missing value for parameter lastName"
        assert hidden.value.message == "no …   here"
        assert nowhere.json() == {"Result": False, "Errors": []}

    async def test_an_empty_list_of_errors_says_nothing(self):
        async with open_desk() as desk:
            body = {"Result": False, "Errors": []}
            await desk.fault("me", "status", status=200, body=body)
            with pytest.raises(ProtocolViolation):
                await connector.check(desk.ctx)
            await desk.fault("create_story", "status", status=200, body=body, after_work=True)
            with pytest.raises(OutcomeUnknown):
                await desk.push()

    async def test_a_wrong_key_or_account_is_the_administrators_to_fix(self):
        async with open_desk() as desk:
            for wrong in ({"api_key": "other"}, {"account_id": "001000000000009"}):
                with pytest.raises(ConfigurationInvalid) as caught:
                    await connector.check(desk.with_settings(**wrong).ctx)
                assert "account ID or the API key" in caught.value.message

    async def test_a_missing_permission_is_the_administrators_to_fix(self):
        async with open_desk() as desk:
            assert (await desk.control("permissions", denied=["story"])).status_code == 200
            await connector.check(desk.ctx)
            with pytest.raises(ConfigurationInvalid) as caught:
                await desk.push()
            assert desk.things("message") == []
        assert "may not do this" in caught.value.message

    async def test_an_account_lies_in_the_us_or_in_the_eu(self):
        assert "https://eu-api.oktopost.com" in next(
            one.title for one in connector.manifest.settings if one.name == "api_url"
        )
        async with open_desk(data_centre="eu") as desk:
            await connector.check(desk.ctx)
            with pytest.raises(ConfigurationInvalid):
                await connector.check(desk.with_settings(api_url=desk.urls["api"]).ctx)

    async def test_bodies_are_forms_on_delete_too(self):
        async with open_desk() as desk:
            member = await desk.let_in()
            auth = (desk.ctx.settings["account_id"], KEY)
            url = f"{desk.urls['api']}/v2/advocate/{member.external_id}"
            refused = await desk.http.request("DELETE", url, auth=auth, json={"boardId": STORY_BOARD})
            assert refused.status_code == 400
            await connector.remove_member(desk.ctx, external_id=member.external_id, destination_id=STORY_BOARD)
            assert desk.things("advocate")[0]["BoardIds"] == []

    async def test_paths_of_other_notes_are_no_routes(self):
        async with open_desk() as desk:
            for path in (f"/board/{STORY_BOARD}/story", "/Story", "/stories"):
                answer = await desk.get(path)
                assert (answer.status_code, answer.json()["Errors"]) == (404, [])
            pascal = await desk.post("/message", Network="LinkedIn", CampaignId=CAMPAIGN, Message="x")
            assert pascal.json()["Errors"] == {"Param": {"post": "Missing value for parameter network"}}

    async def test_a_burst_is_blocked_for_fifteen_minutes(self):
        async with open_desk() as desk:
            for _ in range(30):
                await connector.check(desk.ctx)
            with pytest.raises(RateLimited) as caught:
                await connector.check(desk.ctx)
            assert caught.value.retry_at == STARTED_AT + timedelta(minutes=15)
            desk.advance(14 * 60)
            with pytest.raises(RateLimited):
                await connector.check(desk.ctx)
            desk.advance(61)
            await connector.check(desk.ctx)
            await desk.fault("me", "retry_after", retry_after_seconds=20)
            with pytest.raises(RateLimited) as soon:
                await connector.check(desk.ctx)
            assert soon.value.retry_at == desk.ctx.now() + timedelta(seconds=20)
        assert {(one.calls, one.seconds) for one in connector.manifest.budgets} == {(60, 60), (20_000, 86_400)}


class TestLists:
    async def test_pages_begin_at_0_and_have_one_of_three_sizes(self):
        async with open_desk() as desk:
            for n in range(230):
                desk.simulator.put("topic", BoardId=STORY_BOARD, Name=f"Topic {n:03}")
            listed = await connector.list_destinations(desk.ctx)
            assert len({one.external_id for one in listed}) == len(listed) == 3 + 2 + 230
            assert desk.simulator.calls["list_topics"] == 3 + 1 + 1
            refused = await desk.get("/board", _count=10)
            assert refused.json()["Errors"] == {"Param": {"_count": "Page size 10 is not valid."}}
            first, second = [(await desk.get("/board-topic", _page=page, _count=25)).json() for page in (0, 1)]
            assert first["Total"] == second["Total"] == 232
            assert first["Items"][0]["Id"] == TOPIC not in [one["Id"] for one in second["Items"]]
            same = {"Result": True, "Total": 500, "Items": [{"Id": "brd000000000001", "Name": "Again"}]}
            await desk.fault("list_boards", "status", status=200, body=same, times=2)
            assert [one.title for one in await connector.list_destinations(desk.ctx)] == ["Again"]
            for wrong in ({"Items": {}, "Total": 0}, {"Items": [], "Total": None}, {"Items": ["x"], "Total": 1}):
                await desk.fault("list_boards", "status", status=200, body={"Result": True, **wrong})
                with pytest.raises(ProtocolViolation):
                    await connector.list_destinations(desk.ctx)

    async def test_the_pages_of_the_audience_hold_everybody_once(self):
        async with open_desk() as desk:
            for n in range(130):
                boards = [STORY_BOARD] if n % 2 else [OTHER_BOARD]
                desk.simulator.put("advocate", Email=f"a{n}@example.com", Status="active", BoardIds=boards)
            first = await connector.list_audience(desk.ctx, destination_id=STORY_BOARD, cursor=None)
            second = await connector.list_audience(desk.ctx, destination_id=STORY_BOARD, cursor=first.next_cursor)
            everybody = await connector.list_audience(desk.ctx, destination_id=None, cursor=None)
            for wrong in ("x", "-1", "١", "12345678"):
                with pytest.raises(ConfigurationInvalid):
                    await connector.list_audience(desk.ctx, destination_id=STORY_BOARD, cursor=wrong)
        assert (len(first.members), len(second.members), second.next_cursor) == (50, 15, None)
        assert len(everybody.members) == 100


class TestAudience:
    async def test_an_advocate_is_invited_to_one_board(self):
        async with open_desk() as desk:
            one = await desk.let_in()
            two = await desk.let_in(board_id=OTHER_BOARD)
            assert one.external_id == two.external_id
            await connector.remove_member(desk.ctx, external_id=one.external_id, destination_id=OTHER_BOARD)
            here = await connector.list_audience(desk.ctx, destination_id=STORY_BOARD, cursor=None)
            there = await connector.list_audience(desk.ctx, destination_id=OTHER_BOARD, cursor=None)
            with pytest.raises(ConfigurationInvalid):
                await connector.add_member(desk.ctx, person=person(), destination_id=None)
            with pytest.raises(ConfigurationInvalid):
                await connector.remove_member(desk.ctx, external_id=one.external_id, destination_id=None)
        assert [member.external_id for member in here.members] == [one.external_id]
        assert there.members == ()

    async def test_somebody_who_is_in_is_not_invited_again(self):
        async with open_desk() as desk:
            await desk.fault("create_advocate", "lose_answer")
            with pytest.raises(VendorUnavailable):
                await desk.let_in()
            await desk.let_in()
            again = await connector.add_member(
                desk.ctx, person=replace(person(), email="NOA@Example.com"), destination_id=STORY_BOARD
            )
            assert desk.simulator.calls["create_advocate"] == 1
        assert again.is_active

    async def test_somebody_who_is_not_on_the_board_is_out_already(self):
        async with open_desk() as desk:
            member = await desk.let_in(board_id=OTHER_BOARD)
            for gone in (member.external_id, "00A000000000099"):
                await connector.remove_member(desk.ctx, external_id=gone, destination_id=STORY_BOARD)
            refusal = {"Result": False, "Errors": {"API": {"Error": "Not now"}}}
            await desk.fault("delete_advocate", "status", status=400, body=refusal)
            with pytest.raises(Rejected):
                await connector.remove_member(desk.ctx, external_id=member.external_id, destination_id=OTHER_BOARD)

    async def test_an_advocates_latest_shares_are_not_asked_for(self):
        async with open_desk() as desk:
            member = await desk.let_in()
            pushed = await desk.push()
            await desk.control("share", story_id=pushed.external_id, email=member.email)
            with_board = await desk.get(f"/advocate/{member.external_id}", boardId=STORY_BOARD)
            ours = accept(await OktopostClient(desk.ctx).get_advocate(member.external_id), ctx=desk.ctx)
        (share,) = with_board.json()["Advocate"]["LatestShares"]
        assert (share["Source"], share["Status"]) == ("Board", "complete")
        assert "LatestShares" not in mapping.part(ours, "Advocate")

    async def test_somebody_deprovisioned_cannot_share_at_once(self):
        async with open_desk() as desk:
            member = await desk.let_in()
            url, headers = f"{desk.urls['board']}/scim/v2/Users", {"Authorization": "Bearer demo-scim-token"}
            operations = {"Operations": [{"op": "replace", "path": "active", "value": False}]}
            answer = await desk.http.patch(f"{url}/{member.external_id}", headers=headers, json=operations)
            assert answer.json()["active"] is False
            listed = await connector.list_audience(desk.ctx, destination_id=STORY_BOARD, cursor=None)
            again = await desk.let_in()
        assert [one.is_active for one in listed.members] == [False]
        assert again.is_active is False
        invited = {"Id": "00A", "Email": "x@example.com", "Status": "pending", "BoardIds": [STORY_BOARD]}
        found = mapping.member(invited, board_id=STORY_BOARD)
        assert found is not None
        assert found.is_active


class TestNumbers:
    async def test_counters_of_other_kinds_are_not_added(self):
        async with open_desk() as desk:
            member = await desk.let_in()
            pushed = await desk.push(suggestions=(Suggestion("linkedin", "en", "A"), Suggestion("x", "en", "B")))
            for clicks in (5, 2):
                shared = await desk.control(
                    "share", story_id=pushed.external_id, email=member.email, clicks=clicks, conversions=1
                )
                assert shared.status_code == 200
            desk.simulator.put("message", desk.things("message")[0]["Id"], Clicks=100)
            reading = await connector.read_content_metrics(
                desk.ctx, external_id=pushed.external_id, metrics=list(Metric), since=TODAY, until=TODAY
            )
        assert reading.values == {Metric.SHARES: 2, Metric.CLICKS: 7, Metric.CONVERSIONS: 2}
        assert reading.missing[Metric.SHARERS] == "not_supported"
        part = mapping.reading({}, [{"BoardClicks": 1}, {}], [Metric.CLICKS, Metric.SHARES])
        assert part.missing == {Metric.CLICKS: "no_data", Metric.SHARES: "no_data"}

    async def test_counters_know_no_days(self):
        async with open_desk() as desk:
            member = await desk.let_in()
            pushed = await desk.push()
            await desk.control("share", story_id=pushed.external_id, email=member.email)
            before = TODAY - timedelta(days=30)
            reading = await connector.read_content_metrics(
                desk.ctx, external_id=pushed.external_id, metrics=[Metric.SHARES], since=before, until=before
            )
        assert reading.values == {Metric.SHARES: 1}

    async def test_the_file_of_an_export_is_fetched_without_the_key(self):
        async with open_desk() as desk:
            pushed = await desk.push()
            made = [
                (await desk.control("exports", kind="stories", files_url=desk.urls["files"], **more)).json()
                for more in ({"format": "csv"}, {"format": "zip"}, {"format": "csv", "status": "inactive"})
            ]
            files = await connector.download_exports(desk.ctx)
            assert list(files) == [made[0]["Id"], made[1]["Id"]]
            for data in files.values():
                (row,) = connector.import_report(desk.ctx, name="stories", data=data).rows
                assert (row.key, row.values[Metric.SHARES], row.since) == (pushed.external_id, 0, TODAY)
            stopped = {"Result": True, "Total": 1, "Exports": [{"Id": made[2]["Id"], "Status": "inactive"}]}
            await desk.fault("list_exports", "status", status=200, body=stopped)
            assert await connector.download_exports(desk.ctx) == {}
            with_key = await desk.http.get(made[0]["LastRunFile"], auth=("a", KEY))
            assert with_key.status_code == 400
            client = OktopostClient(desk.ctx)
            wrong: list[tuple[str, type[ConnectorError]]] = [
                ("ftp://127.0.0.1/x", ProtocolViolation),
                ("http://[", ProtocolViolation),
                (f"{desk.urls['files']}/exports/none.csv", ProtocolViolation),
                ("http://127.0.0.1:1/x", VendorUnavailable),
            ]
            for url, error in wrong:
                with pytest.raises(error):
                    await client.download(url)
            await desk.fault("export_file", "status", status=302, headers={"Location": made[0]["LastRunFile"]})
            with pytest.raises(ProtocolViolation):
                await client.download(made[0]["LastRunFile"])
            safe = OktopostClient(desk.with_settings(api_url="https://api.oktopost.com").ctx)
            with pytest.raises(ProtocolViolation):
                await safe.download(made[0]["LastRunFile"])

    async def test_an_export_is_one_file_or_a_zip_of_several(self):
        async with open_desk() as desk:
            member = await desk.let_in()
            pushed = await desk.push()
            await desk.control("share", story_id=pushed.external_id, email=member.email, clicks=3)
            found = {}
            for suffix in ("csv", "zip"):
                export = await desk.control("exports", kind="advocates", format=suffix, files_url=desk.urls["files"])
                data = (await desk.http.get(export.json()["LastRunFile"])).content
                found[suffix] = connector.import_report(desk.ctx, name="advocates", data=data)
        assert found["csv"] == found["zip"]
        assert [(row.key, dict(row.values)) for row in found["zip"].rows] == [(member.email, {Metric.SHARES: 1})]


class TestWebhooks:
    async def receive(self, desk, headers, body):
        return await connector.receive_webhook(desk.ctx, headers=headers, body=body)

    async def test_the_signature_has_one_of_two_names(self):
        async with open_desk() as desk:
            body = b'{"event": "newAdvocacyStory", "data": {"ID": "0AS000000000001"}}'
            good = sign(body)
            for headers in (
                {"X-Oktopost-Signature": good},
                {"x-oktopost-secret": good.upper()},
                {"X-OKTOPOST-SECRET": "the secret's id", "X-Oktopost-Signature": good},
            ):
                (notice,) = await self.receive(desk, headers, body)
                assert (notice.kind, notice.external_id) == (NoticeKind.CONTENT_CHANGED, "0AS000000000001")
            for headers in ({"X-Oktopost-Webhook": good}, {"X-Oktopost-Secret": SECRET}, {}):
                with pytest.raises(WebhookRefused):
                    await self.receive(desk, headers, body)
            with pytest.raises(ConfigurationInvalid):
                await self.receive(desk.with_settings(webhook_secret=""), {"X-Oktopost-Secret": good}, body)

    async def test_a_notification_is_an_object_or_a_list(self):
        async with open_desk() as desk:
            entries = [
                {"event": "postDeleted", "data": {"Id": "004000000000001"}},
                {"event": "newLead", "data": {"Email": "who@example.com"}},
                {"event": "newConversation", "data": ["x"]},
            ]
            body = json.dumps(entries).encode()
            notices = await self.receive(desk, {"X-Oktopost-Signature": sign(body)}, body)
            assert [(one.kind, one.external_id) for one in notices] == [
                (NoticeKind.POST_DELETED, "004000000000001"),
                (NoticeKind.UNKNOWN, None),
                (NoticeKind.UNKNOWN, None),
            ]
            assert len({one.event_id for one in notices}) == 3
            assert "who@example.com" not in repr(notices)
            for wrong in (b"3", b'["x"]', b"null", b"{", b"\xff"):
                with pytest.raises(WebhookRefused):
                    await self.receive(desk, {"X-Oktopost-Signature": sign(wrong)}, wrong)

    async def test_a_notification_without_a_time_is_known_by_its_bytes(self):
        async with open_desk() as desk:
            bare = b'{"event": "postSent", "data": {}}'
            headers = {"X-Oktopost-Signature": sign(bare)}
            (first,) = await self.receive(desk, headers, bare)
            desk.advance(86_400)
            (second,) = await self.receive(desk, headers, bare)
            assert first.event_id == second.event_id == f"{hashlib.sha256(bare).hexdigest()}-0"
            assert first.happened_at is None
            now = desk.ctx.now()
            epoch = int(now.timestamp())
            for written in (epoch, epoch * 1000, str(epoch), now.isoformat(), now.strftime("%Y-%m-%d %H:%M:%S")):
                body = json.dumps({"event": "postSent", "timestamp": written, "data": {}}).encode()
                (notice,) = await self.receive(desk, {"X-Oktopost-Signature": sign(body)}, body)
                assert notice.happened_at == now
            for seconds in (-301, 301):
                body = json.dumps({"event": "postSent", "timestamp": epoch + seconds, "data": {}}).encode()
                with pytest.raises(WebhookRefused):
                    await self.receive(desk, {"X-Oktopost-Signature": sign(body)}, body)
            for unreadable in (True, None, "soon", 1e300, "9" * 400):
                body = json.dumps({"event": "postSent", "timestamp": unreadable, "data": {}}).encode()
                (notice,) = await self.receive(desk, {"X-Oktopost-Signature": sign(body)}, body)
                assert notice.happened_at is None


async def test_no_id_can_leave_its_path():
    async with open_desk() as desk:
        for wrong in ("..", "../campaign", "a/b", "", "ש", "0AS?x=1"):
            with pytest.raises(Rejected):
                await connector.withdraw_content(desk.ctx, external_id=wrong)
            with pytest.raises(Rejected):
                await desk.push(destination_id=wrong)
        assert not desk.simulator.calls


class TestFollowers:
    async def _read(self, desk, *, feed="page_followers", subject=PROFILE, since=TODAY - timedelta(days=3)):
        return await connector.read_goal_feed(desk.ctx, feed=feed, subject=subject, since=since, until=TODAY)

    async def test_followers_are_asked_for_a_month_at_once(self):
        async with open_desk() as desk:
            since = TODAY - timedelta(days=40)
            reading = await self._read(desk, since=since)
            assert desk.simulator.calls["followers"] == 2
        assert reading.values.keys() == {since + timedelta(days=n) for n in range(40)}

    async def test_a_day_that_has_not_ended_has_no_followers(self):
        async with open_desk() as desk:
            reading = await self._read(desk)
            nothing = await self._read(desk, since=TODAY)
            assert desk.simulator.calls["followers"] == 1
        assert reading.missing == nothing.missing == {TODAY: "no_data"}

    async def test_a_day_without_followers_is_a_gap(self):
        async with open_desk() as desk:
            gap = TODAY - timedelta(days=2)
            await desk.control("followers", credential_id=PROFILE, day=gap.isoformat(), numbers=None)
            reading = await self._read(desk)
        assert reading.missing.keys() == {gap, TODAY}

    async def test_more_may_leave_a_profile_than_come(self):
        async with open_desk() as desk:
            reading = await self._read(desk, feed="page_followers_gained")
        assert sorted(reading.values.values()) == [-1, -1, 10]

    async def test_a_profile_that_is_not_there_has_no_followers(self):
        async with open_desk() as desk:
            for wrong in ("003-0", "../me"):
                with pytest.raises(Rejected) as caught:
                    await self._read(desk, subject=wrong)
                assert caught.value.code == "not_found"
            with pytest.raises(Rejected) as caught:
                await self._read(desk, feed="page_views")
            assert caught.value.code == "feed_unknown"
