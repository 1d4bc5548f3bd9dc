"""The simulated Oktopost does what is known of the real one, line by line of the list that it was made by."""

import asyncio
import contextlib
import hashlib
import hmac
import json
from collections.abc import AsyncIterator
from datetime import timedelta

import httpx2

from connectors.oktopost import connector
from connectors.oktopost.simulator.store import (
    CAMPAIGN,
    FOREIGN_CAMPAIGN,
    INVALID_PROFILE,
    MESSAGE_BOARD,
    PROFILE,
    STORY_BOARD,
    TOPIC,
)

from .desk import KEY, STARTED_AT, Desk, open_desk

SCIM = {"Authorization": "Bearer demo-scim-token"}


@contextlib.asynccontextmanager
async def listening() -> AsyncIterator[tuple[str, "asyncio.Queue[tuple[dict[str, str], bytes]]"]]:
    """Somebody who takes what a webhook sends, and answers 204."""
    heard: asyncio.Queue[tuple[dict[str, str], bytes]] = asyncio.Queue()

    async def hear(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")[1:-2]
        headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in head)}
        body = await reader.readexactly(int(headers["content-length"]))
        writer.write(b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n")
        await writer.drain()
        writer.close()
        heard.put_nowait((headers, body))

    async with await asyncio.start_server(hear, "127.0.0.1", 0) as server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/hook", heard


async def message(desk: Desk, **more: object) -> str:
    answer = await desk.post("/message", campaignId=CAMPAIGN, network="LinkedIn", message="Hello", **more)
    return answer.json()["Message"]["Id"]


async def test_keys_permissions_and_things_of_others():
    async with open_desk() as desk:
        url = f"{desk.urls['api']}/v2/me"
        for auth in (None, ("001000000000001", "wrong"), ("wrong", KEY)):
            assert (await desk.http.get(url, auth=auth)).status_code == 401
        me = (await desk.get("/me")).json()
        assert (me["Result"], me["Account"]["Id"]) == (True, "001000000000001")
        assert me["User"].keys() >= {"Id", "Name", "Email", "LastLogin"}
        assert (await desk.get("/me", host="eu_api")).status_code == 401
        assert (await desk.get(f"/campaign/{FOREIGN_CAMPAIGN}")).status_code == 404
        assert FOREIGN_CAMPAIGN not in (await desk.get("/campaign")).text
        await desk.control("permissions", denied=["campaign"])
        assert (await desk.get("/campaign")).status_code == 403


async def test_the_other_data_centre_has_the_same_paths():
    async with open_desk(data_centre="eu") as desk:
        assert (await desk.get("/me", host="eu_api")).json()["Result"] is True
        assert (await desk.get("/me")).status_code == 401


async def test_each_resource_has_its_own_key():
    async with open_desk() as desk:
        message_id = await message(desk)
        pushed = await desk.push()
        post = (await desk.post("/post", messageId=message_id, credentialIds=PROFILE)).json()["Post"]
        expected = {
            f"/campaign/{CAMPAIGN}": "Campaign",
            f"/message/{message_id}": "Message",
            f"/board/{STORY_BOARD}": "Board",
            f"/board-topic/{TOPIC}": "Topic",
            f"/credential/{PROFILE}": "Credential",
            f"/story/{pushed.external_id}": "Item",
            f"/post/{post['Id']}": "Post",
            f"/postlog?postId={post['Id']}": "Postlogs",
            f"/analytics/{post['Id']}": "Stats",
            f"/followers/{PROFILE}?fromDate=2026-03-01&toDate=2026-03-02": "Data",
            "/bi-export": "Exports",
            "/story": "Items",
        }
        for path, key in expected.items():
            document = (await desk.get(path)).json()
            assert document["Result"] is True
            assert key in document, path


async def test_nested_values_travel_as_json_in_the_form():
    async with open_desk() as desk:
        await desk.post("/post", messageId=await message(desk), credentialIds=PROFILE)
        span = {"fromDate": "2026-03-01", "toDate": "2026-03-31"}
        mine = (await desk.post("/calendar", **span, filters=json.dumps({"campaigns": [CAMPAIGN]}))).json()
        none = (await desk.post("/calendar", **span, filters=json.dumps({"campaigns": ["002x"]}))).json()
        wrong = await desk.post("/calendar", **span, filters="{")
    assert len(mine["Posts"]) == 1
    assert none["Posts"] == {}
    assert mine["Credentials"][PROFILE]["BoardOnly"] is False
    assert wrong.status_code == 400


async def test_ids_have_fifteen_characters_and_two_texts_complain():
    async with open_desk() as desk:
        made = [await message(desk), (await desk.push()).external_id, (await desk.let_in()).external_id]
        made.append((await desk.post("/board-topic", boardId=STORY_BOARD, name="x")).json()["Topic"]["Id"])
        assert {len(one) for one in made} == {15}
        assert [one[:3] for one in made] == ["005", "0AS", "00A", "tpc"]
        number = await desk.get("/post/17")
        short = await desk.post("/message", campaignId="002", network="LinkedIn", message="x")
    assert number.json()["Errors"] == {"API": {"Error": "Failed to parse id"}}
    assert short.json()["Errors"] == {"Param": {"campaignId": "`campaignId` must be between 15 and 15 characters long"}}


async def test_a_post_goes_out_at_its_time_and_cannot_be_changed_then():
    async with open_desk() as desk:
        message_id, start = await message(desk), int(STARTED_AT.timestamp()) + 600
        posts = {}
        for credentials in (PROFILE, f"{PROFILE},{INVALID_PROFILE}", INVALID_PROFILE):
            form = {"messageId": message_id, "credentialIds": credentials, "startDateTime": start}
            posts[credentials] = (await desk.post("/post", **form)).json()["Post"]["Id"]
        draft = await desk.post("/post", messageId=message_id, credentialIds=PROFILE, status="draft")
        unsent = await desk.post("/post", messageId=message_id, credentialIds=PROFILE, startDateTime=start)
        assert (await desk.delete(f"/post/{unsent.json()['Post']['Id']}")).json() == {"Result": True}
        assert (await desk.post(f"/post/{posts[PROFILE]}", startDateTime=start - 60)).json()["Result"] is True
        desk.advance(600)
        seen = [(await desk.get(f"/post/{one}", stats=1)).json()["Post"] for one in posts.values()]
        logs = (await desk.get("/postlog", postId=posts[f"{PROFILE},{INVALID_PROFILE}"])).json()["Postlogs"]
        one_log = (await desk.get(f"/postlog/{logs[0]['Id']}", stats=1)).json()
        late = [await desk.post(f"/post/{posts[PROFILE]}"), await desk.delete(f"/post/{posts[PROFILE]}")]
        kept = (await desk.get(f"/post/{draft.json()['Post']['Id']}")).json()["Post"]
    assert [post["Status"] for post in seen] == ["complete", "incomplete", "error"]
    assert seen[0]["StartDateTime"] == "2026-03-10 09:39:00"
    assert "LinkClicks" in seen[0]["Stats"]
    assert [(log["Status"], bool(log.get("RemoteUrl")), bool(log["Error"])) for log in logs] == [
        ("success", True, False),
        ("failed", False, True),
    ]
    assert {"MediaClicksAdded", "DetailExpandsAdded", "UserFollowsAdded"} <= one_log["Stats"].keys()
    assert [answer.json()["Result"] for answer in late] == [False, False]
    assert kept["Status"] == "draft"


async def test_messages_and_stories_have_boards_of_their_own():
    async with open_desk() as desk:
        message_id = await message(desk)
        times = {"startDate": "2026-03-11 10:00:00", "important": 1}
        refused = await desk.post("/board-message", boardId=STORY_BOARD, messageId=message_id)
        seconds = await desk.post("/board-message", boardId=MESSAGE_BOARD, messageId=message_id, startDate=1773230400)
        taken = await desk.post("/board-message", boardId=MESSAGE_BOARD, messageId=message_id, **times)
        assert (await desk.get(f"/message/{message_id}")).json()["Message"]["IsBoardMessage"] == 1
        await desk.delete("/board-message", boardId=MESSAGE_BOARD, messageId=message_id)
        assert (await desk.get(f"/message/{message_id}")).json()["Message"]["IsBoardMessage"] == 0
    assert (refused.json()["Result"], seconds.json()["Result"], taken.json()) == (False, False, {"Result": True})


async def test_a_share_makes_a_post_of_the_board_and_raises_counters():
    async with open_desk() as desk:
        member = await desk.let_in()
        pushed = await desk.push()
        await desk.control("share", story_id=pushed.external_id, email=member.email, clicks=4, conversions=1)
        stranger = await desk.control("share", story_id=pushed.external_id, email="who@example.com")
        story = (await desk.get(f"/story/{pushed.external_id}")).json()["Item"]
        shared = (await desk.get("/message", campaignId=CAMPAIGN)).json()["Items"][0]
        posts = (await desk.get("/post", source="Board")).json()["Items"]
    assert stranger.status_code == 409
    assert (story["ShareCount"], shared["BoardClicks"], shared["BoardConverts"]) == (1, 4, 1)
    assert [(post["Source"], post["Status"]) for post in posts] == [("Board", "complete")]


async def test_an_upload_takes_its_time():
    async with open_desk() as desk:
        ids = []
        for host in ("media.example", "nowhere.invalid"):
            made = (await desk.post("/upload", source=f"https://{host}/a.mp4", mimeType="video/mp4")).json()["Upload"]
            assert made["Status"] == "pending"
            ids.append(made["Id"])
        desk.advance(5)
        good, bad = [(await desk.get(f"/upload/{one}")).json()["Upload"] for one in ids]
        media = (await desk.get(f"/media/{good['MediaId']}")).json()["Media"]
        picture = (await desk.post("/media", resource="https://media.example/a.png")).json()["Media"]
    assert (good["Status"], media["Type"], picture["Type"]) == ("complete", "Video", "ImageUrl")
    assert (bad["Status"], bad["Attempts"], bool(bad["LastError"])) == ("failed", 3, True)


async def test_each_limit_blocks_without_saying_for_how_long():
    limits = (
        {"calls_per_minute": 3},
        {"calls_per_minute": 1000, "calls_per_five_seconds": 3},
        {"calls_per_minute": 1000, "calls_per_five_seconds": 1000, "calls_per_day": 3},
    )
    for number, limit in enumerate(limits):
        async with open_desk(**limit) as desk:
            answers = [await desk.get("/me") for _ in range(4)]
            assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
            assert "retry-after" not in answers[-1].headers
            desk.advance(14 * 60)
            assert (await desk.get("/me")).status_code == 429
            desk.advance(60)
            of_the_day = number == 2
            assert (await desk.get("/me")).status_code == (429 if of_the_day else 200)
            desk.advance(timedelta(hours=14, minutes=15).total_seconds())
            assert (await desk.get("/me")).status_code == 200


async def test_webhooks_are_signed_under_both_names_and_logged():
    async with open_desk() as desk, listening() as (url, heard):
        hook = (await desk.post("/webhook", event="newAdvocacyStory", name="Ours", url=url)).json()["Webhook"]
        pushed = await desk.push()
        async with asyncio.timeout(5):
            headers, body = await heard.get()
        signature = hmac.new(hook["Secret"].encode(), body, hashlib.sha1).hexdigest()
        assert headers["x-oktopost-signature"] == headers["x-oktopost-secret"] == signature
        assert headers["x-oktopost-webhook"] == hook["Id"]
        assert headers["x-oktopost-payload"] == pushed.external_id
        ours = desk.with_settings(webhook_secret=hook["Secret"])
        (notice,) = await connector.receive_webhook(ours.ctx, headers=headers, body=body)
        assert notice.external_id == pushed.external_id
        again = await desk.control("webhooks", event="newAdvocacyStory", data={"ID": "0AS000000000077"})
        log = (await desk.get(f"/webhook-log/{hook['Id']}")).json()["Items"]
        assert hook["Secret"] not in (await desk.http.get(f"{desk.urls['api']}/_sim/state")).text
        assert (await desk.get("/webhook", _count=20)).json()["Total"] == 1
        assert (await desk.get("/board", _count=20)).status_code == 400
        await desk.delete(f"/webhook/{hook['Id']}")
        assert (await desk.control("webhooks", event="newAdvocacyStory", data={})).json() == []
    assert again.json()[0]["ResponseCode"] == 204
    assert log[-1].keys() >= {"ResponseCode", "ExecutionTime", "Payload"}
    assert log[-1]["Payload"]["data"] == {"ID": "0AS000000000077"}


async def test_no_time_is_printed_as_a_number():
    async with open_desk() as desk:
        await desk.push(publish_at=STARTED_AT + timedelta(days=1))
        story = (await desk.get("/story")).json()["Items"][0]
        shown = (await desk.get("/message", campaignId=CAMPAIGN)).json()["Items"][0]
    assert (story["PublishDate"], story["ExpirationDate"]) == ("2026-03-11 09:30:00", "2026-09-07 23:59:59")
    assert shown["Created"] == "2026-03-10 09:30:00"


async def test_scim_has_a_host_for_users_and_one_for_advocates():
    async with open_desk() as desk:
        member = await desk.let_in()
        body = {"userName": member.email, "name": {"givenName": "Noa", "familyName": "Levi"}, "active": True}
        for host in ("app", "board"):
            url = f"{desk.urls[host]}/scim/v2/Users"
            assert (await desk.http.post(url, json=body)).status_code == 401
            made = await desk.http.post(url, json=body, headers=SCIM)
            taken = await desk.http.post(url, json={**body, "userName": "NOA@example.com"}, headers=SCIM)
            assert (made.status_code, taken.status_code) == (201, 409)
            assert taken.json()["scimType"] == "uniqueness"
            person = f"{url}/{made.json()['id']}"
            off = await desk.http.put(person, json={**body, "active": "False"}, headers=SCIM)
            found = await desk.http.get(f'{url}?filter=userName eq "{member.email}"', headers=SCIM)
            back = {"Operations": [{"op": "replace", "value": {"active": True}}]}
            on = await desk.http.patch(person, json=back, headers=SCIM)
            assert (off.json()["active"], on.json()["active"]) == (False, True)
            assert found.json()["totalResults"] == 1
            assert (await desk.http.get(f"{url}/nobody", headers=SCIM)).status_code == 404
        # The advocate who was invited and the one who was provisioned are one.
        assert made.json()["id"] == member.external_id
        assert [one["Email"] for one in desk.things("user")] == [member.email]


async def test_a_file_of_an_export_needs_no_key_and_takes_none():
    async with open_desk() as desk:
        for suffix, first in (("csv", b"\xef\xbb\xbfDate"), ("zip", b"PK")):
            made = await desk.control("exports", kind="stories", format=suffix, files_url=desk.urls["files"])
            answer = await desk.http.get(made.json()["LastRunFile"])
            assert answer.content.startswith(first)
            listed = (await desk.get("/bi-export", status="active")).json()["Exports"][-1]
            assert "LastRunFile" not in listed
            detail = (await desk.get(f"/bi-export/{listed['Id']}")).json()["Export"]
            assert detail.keys() >= {"LastRunFile", "LastRunDate", "DestinationType", "Frequency", "TimeRange"}
        refused = await desk.http.get(made.json()["LastRunFile"], auth=httpx2.BasicAuth("a", KEY))
        assert refused.status_code == 400


async def test_followers_are_a_row_for_each_day_that_has_ended():
    async with open_desk() as desk:
        await desk.control("followers", credential_id=PROFILE, day="2026-03-08", numbers=None)
        rows = (await desk.get(f"/followers/{PROFILE}", fromDate="2026-03-07", toDate="2026-03-12")).json()["Data"]
        for query in ({"fromDate": "2026-03-07"}, {"fromDate": "7", "toDate": "8"}):
            assert (await desk.get(f"/followers/{PROFILE}", **query)).status_code == 400
        backwards = await desk.get(f"/followers/{PROFILE}", fromDate="2026-03-08", toDate="2026-03-07")
        nobody = await desk.get("/followers/003-0", fromDate="2026-03-07", toDate="2026-03-08")
    # A Saturday and a Monday; the simulator's today is the tenth.
    assert [(row["HistoryDate"], row["FollowersAdded"]) for row in rows] == [("2026-03-07", -1), ("2026-03-09", 10)]
    assert (backwards.status_code, nobody.status_code) == (400, 404)
