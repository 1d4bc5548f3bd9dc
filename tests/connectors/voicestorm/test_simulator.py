"""The simulators behave as the vendor does, towards a client that is not ours; and they survive being killed."""

import asyncio
import contextlib
import gzip
import json
import signal
import sys
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from connectors.sdk import AudiencePerson, Context, OutcomeUnknown, build_client
from connectors.voicestorm import connector

from .desk import SCIM_TOKEN, Desk, content, open_firstup, open_voicestorm

ANA = {"email": "ana@example.com", "firstName": "Ana", "lastName": "Silva", "password": "temporary-Secret1"}
SCIM = {"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "name": {"givenName": "A", "familyName": "B"}}


class TestVoiceStorm:
    @pytest.mark.parametrize("path", ["/v1/streams/definitions", "/v1/posts/public"])
    async def test_two_reads_need_no_token(self, path: str):
        async with open_voicestorm() as desk:
            assert (await desk.ask("GET", path, token="")).status_code == 200

    @pytest.mark.parametrize("path", ["/v1/groups", "/v1/divisions", "/v1/users", "/v1/manage/affiliations"])
    async def test_all_others_need_one(self, path: str):
        async with open_voicestorm() as desk:
            assert (await desk.ask("GET", path, token="")).status_code == 401
            assert (await desk.ask("GET", path, token="x")).json()["code"] == "error"
            assert (await desk.ask("GET", path)).status_code == 200

    async def test_divisions_that_are_off_are_not_enabled(self):
        async with open_voicestorm(has_divisions=False) as desk:
            assert (await desk.ask("GET", "/v1/divisions")).json()["code"] == "not_enabled"

    async def test_to_register_twice_answers_an_envelope_with_messages(self):
        async with open_voicestorm() as desk:
            user = (await desk.ask("PUT", "/v1/register", json=ANA)).json()["user"]
            again = (await desk.ask("PUT", "/v1/register", json=ANA)).json()
            assert again["code"] == "error"
            assert again["messages"]
            assert "user" not in again
            search = {"term": "ana@", "type": "User", "take": 2}
            (found,) = (await desk.ask("PUT", "/v1/search", json=search)).json()["results"]
            assert found["user"]["id"] == user["id"]
            assert (await desk.ask("PUT", "/v1/search", json={**search, "term": "dan@"})).json()["results"] == []
            early = await desk.ask("POST", "/v1/manage/preregister", json={"email": "dan@example.com"})
            assert early.json()["user"]["email"] == "dan@example.com"

    async def test_answers_are_replaced_and_there_are_three_types_of_question(self):
        async with open_voicestorm() as desk:
            user = (await desk.ask("PUT", "/v1/register", json=ANA)).json()["user"]
            questions = (await desk.ask("GET", "/v1/affiliations")).json()["affiliations"]
            assert {one["questionType"] for one in questions} == {"SingleAnswer", "MultipleAnswer", "FreeText"}
            single, many, free = ({"questionId": one["questionId"]} for one in questions)
            path = f"/v1/manage/user/{user['id']}/affiliations"
            first = [{"question": many, "answer": {"answerId": f"a2{place}"}} for place in (0, 1)]
            second = [{"question": free, "answer": {"freeText": "Sailing"}}]
            for answers in (first, second):
                assert (await desk.ask("PUT", path, json={"affiliations": answers})).json() == {"code": "success"}
            assert (await desk.ask("GET", path)).json()["affiliations"] == second
            wrong = [
                [{"question": single, "answer": {"answerId": "a10"}}, {"question": single, "answer": {}}],
                [{"question": free, "answer": {"answerId": "a30"}}],
                [{"question": {"questionId": "q9"}, "answer": {}}],
            ]
            for answers in wrong:
                assert (await desk.ask("PUT", path, json={"affiliations": answers})).json()["code"] == "error"

    async def test_divisions_are_replaced(self):
        async with open_voicestorm() as desk:
            user = (await desk.ask("PUT", "/v1/register", json=ANA)).json()["user"]
            for divisions in (["d-1", "d-2"], ["d-2"]):
                await desk.ask("PUT", f"/v1/user/{user['id']}", json={"divisions": divisions})
            shown = (await desk.ask("GET", f"/v1/user/{user['id']}?include=affiliations")).json()["user"]
            assert (shown["divisions"], shown["affiliations"]) == (["d-2"], [])

    async def test_ids_are_taken_repeated_and_as_a_list(self):
        async with open_voicestorm() as desk:
            for email in ("a@example.com", "b@example.com"):
                await desk.ask("PUT", "/v1/register", json={**ANA, "email": email})
            ids = ["u-3101", "u-3102"]
            repeated = await desk.ask("GET", "/v1/users", params={"ids": ids})
            listed = await desk.ask("GET", "/v1/users", params={"ids": json.dumps(ids)})
            assert repeated.json() == listed.json()
            assert len(listed.json()["users"]) == 2

    async def test_an_image_of_a_wrong_type_is_an_error(self):
        async with open_voicestorm() as desk:
            path = f"/v1/post/{(await desk.control('posts', title='x')).json()['id']}/image"
            for content_type, code in (("image/png", "success"), ("text/plain", "error")):
                answer = await desk.ask("PUT", path, content=b"x", headers={"Content-Type": content_type})
                assert answer.json()["code"] == code

    async def test_the_report_is_a_file_with_a_banner_before_its_header(self):
        async with open_voicestorm() as desk:
            query = {"ReportType": "Member", "StartDate": "2026-03-01T00:00:00Z", "EndDate": "2026-03-31"}
            answer = await desk.ask("GET", "/v1/reports/csv", params=query)
            assert answer.headers["content-disposition"].startswith("attachment")
            assert answer.text.splitlines()[1].startswith("Member Name,Member URL,UserId")
            assert (await desk.ask("GET", "/v1/reports/csv", params={"ReportType": "Member"})).status_code == 400

    @pytest.mark.parametrize(
        ("method", "path", "most"),
        [("GET", "/v1/reports/csv", 25), ("GET", "/v1/users", 75), ("GET", "/v1/groups", 200)],
    )
    async def test_there_are_three_classes_of_calls_in_ten_minutes(self, method: str, path: str, most: int):
        async with open_voicestorm() as desk:
            first = await desk.ask(method, path)
            assert first.headers["x-ratelimit-limit"] == str(most)
            assert first.headers["x-ratelimit-remaining"] == f"{most - 1}.0"
            for _ in range(most - 1):
                assert (await desk.ask(method, path)).status_code != 429
            refused = await desk.ask(method, path)
            assert refused.status_code == 429
            desk.advance(float(refused.headers["x-ratelimit-reset"]))
            assert (await desk.ask(method, path)).status_code != 429

    async def test_scim_knows_users_only_and_deleting_disables(self):
        async with open_voicestorm() as desk:
            body = {**SCIM, "userName": "ana@example.com"}
            made = await desk.ask("POST", "/scim/v2/Users", token=SCIM_TOKEN, json=body)
            assert made.status_code == 201
            assert (await desk.ask("POST", "/scim/v2/Users", token=SCIM_TOKEN, json=body)).status_code == 409
            path = f"/scim/v2/Users/{made.json()['id']}"
            assert (await desk.ask("DELETE", path, token=SCIM_TOKEN)).status_code == 204
            assert (await desk.ask("GET", path, token=SCIM_TOKEN)).json()["active"] is False
            assert (await desk.ask("GET", "/scim/v2/Groups", token=SCIM_TOKEN)).status_code == 501
            assert (await desk.ask("GET", path, token="wrong")).status_code == 401

    async def test_other_small_writes_answer_the_envelope(self):
        async with open_voicestorm() as desk:
            emails = [f"p{number}@example.com" for number in range(201)]
            for some, code in ((emails[:200], "success"), (emails, "error")):
                assert (await desk.ask("PUT", "/v1/whitelist/add", json={"emails": some})).json()["code"] == code
            forgot = await desk.ask("PUT", "/v1/login/forgotpassword", json={"email": "nobody@example.com"})
            assert forgot.json()["code"] == "error"


class TestFirstup:
    @pytest.mark.parametrize("host", ["auth", "auth_us2", "auth_eu"])
    @pytest.mark.parametrize("how", ["data", "files"])
    async def test_a_token_is_asked_for_by_form_in_three_regions(self, host: str, how: str):
        async with open_firstup() as desk:
            secret = desk.ctx.settings["client_secret"]
            fields = {"grant_type": "client_credentials", "client_id": "demo-client", "client_secret": secret}
            form = fields if how == "data" else {name: (None, value) for name, value in fields.items()}
            answer = await desk.ask("POST", "/oauth/token", host=host, token="", **{how: form})
            assert answer.json()["expires_in"] == 7200
            assert answer.json()["realm"] == "88"
            assert (await desk.ask("POST", "/oauth/token", host=host, token="", json=fields)).status_code == 400
            wrong = {**fields, "client_secret": "x"}
            assert (await desk.ask("POST", "/oauth/token", host=host, token="", data=wrong)).status_code == 401
            token = answer.json()["access_token"]
            for api in ("api", "api_us2", "api_eu"):
                is_own = api.removeprefix("api") == host.removeprefix("auth")
                status = (await desk.ask("GET", "/v2/channels", host=api, token=token)).status_code
                assert status == (200 if is_own else 401)
            desk.advance(7200)
            assert (await desk.ask("GET", "/v2/channels", token=token)).status_code == 401

    async def test_a_wrong_scope_is_403(self):
        async with open_firstup(scopes=("content.read",)) as desk:
            assert (await desk.ask("POST", "/v2/content", json={})).status_code == 403
            assert (await desk.ask("POST", "/v2/webhooks/subscriptions", json={})).status_code == 403
            assert (await desk.ask("GET", "/_sim/exports")).status_code == 403

    async def test_answers_are_wrapped_and_name_program_and_user(self):
        async with open_firstup() as desk:
            answer = await desk.ask("GET", "/v2/channels?page.size=2&page.number=2")
            assert [one["id"] for one in answer.json()["data"]] == [4413]
            assert answer.json()["meta"]["pagination"] == {"page": 2, "page_size": 2, "total_records": 3}
            assert (answer.headers["x-program-id"], answer.headers["x-user-id"]) == ("88", "902")
            refused = await desk.ask("GET", "/v2/channels?page.number=0")
            assert (refused.status_code, refused.headers["x-program-id"]) == (400, "88")

    async def test_topics_can_be_made_and_changed(self):
        async with open_firstup() as desk:
            topic = {"name": "Sales", "description": "All of it"}
            made = await desk.ask("POST", "/v2/channels", json=topic)
            assert made.status_code == 201
            path = f"/v2/channels/{made.json()['data']['id']}"
            changed = await desk.ask("PUT", path, json={**topic, "name": "Sales EMEA"})
            assert changed.json()["data"]["name"] == "Sales EMEA"
            assert (await desk.ask("GET", path + "/followers")).json()["data"] == []
            assert "Sales EMEA" in {one.title for one in await connector.list_destinations(desk.ctx)}

    @pytest.mark.parametrize("status", [200, 202, 204])
    async def test_content_starts_as_a_draft_and_is_published_in_three_ways(self, status: int):
        async with open_firstup(publish_status=status) as desk:
            body = {"content_type": "link", "title": "x", "channels": [{"id": 4411}]}
            made = await desk.ask("POST", "/v2/content", json=body)
            assert (made.status_code, made.json()["data"]["state"]) == (201, "draft")
            path = f"/v2/content/{made.json()['data']['id']}"
            assert (await desk.ask("PUT", path, json={"title": "y"})).json()["data"]["title"] == "y"
            assert (await desk.ask("PUT", path + "/publish")).status_code == status
            (shown,) = (await desk.ask("GET", "/v2/content?filter.channels.id=4411")).json()["data"]
            assert shown["state"] == ("processing" if status == 202 else "published")

    async def test_content_is_held_scheduled_and_archived_by_people(self):
        async with open_firstup(needs_review=True) as desk:
            pushed = await connector.push_content(desk.ctx, content=content())
            states = []
            for state in ("scheduled", "published", "archived", "processing_error"):
                await desk.control("content-state", id=pushed.external_id, state=state)
                found = await connector.find_content(desk.ctx, content=content(), external_id=pushed.external_id)
                assert found is not None
                states.append(found.state.value)
            assert states == ["scheduled", "live", "withdrawn", "failed"]
            await desk.ask("PUT", f"/v2/content/{pushed.external_id}/review")
            assert desk.seen()["contents"][0]["state"] == "review"

    @pytest.mark.parametrize(
        "change",
        [{"title": ""}, {"visibility": "secret"}, {"content_type": "note"}, {"channels": [{"id": 1}]}, {"colour": 1}],
    )
    async def test_content_that_is_wrong_is_400(self, change: dict):
        async with open_firstup() as desk:
            body = {"content_type": "article", "title": "x", "channels": [{"id": 4411}], **change}
            assert (await desk.ask("POST", "/v2/content", json=body)).status_code == 400

    async def test_only_a_person_has_a_feed(self):
        async with open_firstup() as desk:
            assert (await desk.ask("GET", "/v2/feed/posts")).status_code == 403
            token = (await desk.control("user-tokens", user_id=5)).json()["access_token"]
            assert (await desk.ask("GET", "/v2/feed/posts", token=token)).headers["x-user-id"] == "5"
            assert (await desk.ask("GET", "/v2/feed/posts?name=mine", token=token)).status_code == 400

    async def test_a_user_is_looked_up_in_order_and_a_user_name_is_taken_once(self):
        async with open_firstup() as desk:
            people = [
                {"userName": "first@example.com", "externalId": "shared"},
                {"userName": "second@example.com", "emails": [{"value": "shared"}]},
                {"userName": "shared"},
            ]
            ids = [(await desk.ask("POST", "/scim/v2/Users", json={**SCIM, **one})).json()["id"] for one in people]
            taken = await desk.ask("POST", "/scim/v2/Users", json={**SCIM, "userName": "SHARED"})
            assert (taken.status_code, taken.json()["scimType"]) == (409, "uniqueness")
            assert (await desk.ask("GET", "/scim/v2/Users/shared")).json()["id"] == ids[2]
            assert (await desk.ask("GET", f"/scim/v2/Users/{ids[0]}")).json()["externalId"] == "shared"
            reserved = {**SCIM, "userName": "x", "displayName": "X"}
            assert (await desk.ask("POST", "/scim/v2/Users", json=reserved)).status_code == 400
            two = {**SCIM, "userName": "x", "roles": [{"value": "member"}, {"value": "publisher"}]}
            assert (await desk.ask("POST", "/scim/v2/Users", json=two)).status_code == 400

    @pytest.mark.parametrize("kind", ["Schemas", "ResourceTypes", "ServiceProviderConfig"])
    async def test_scim_can_be_discovered(self, kind: str):
        async with open_firstup() as desk:
            assert (await desk.ask("GET", f"/scim/v2/{kind}")).status_code == 200

    async def test_an_export_has_a_short_lived_address_and_an_empty_run_lists_nothing(self):
        async with open_firstup() as desk:
            await desk.control("exports", type="activities")
            assert (await desk.ask("GET", "/_sim/exports")).json()["data"] == []
            pushed = await connector.push_content(desk.ctx, content=content())
            await desk.control("activities", content_id=pushed.external_id, type="like", user_id=1)
            for _ in range(2):
                await desk.control("exports", type="activities")
            listing = (await desk.ask("GET", "/_sim/exports?type=activities")).json()
            assert listing["meta"]["presigned_url_ttl_seconds"] == 900
            (file,) = listing["data"]
            assert b"like" in gzip.decompress((await desk.http.get(file["presigned_url"])).content)
            assert (await desk.http.get(file["presigned_url"] + "x")).status_code == 403
            desk.advance(900)
            assert (await desk.http.get(file["presigned_url"])).status_code == 403

    async def test_a_thousand_calls_a_minute_are_counted_for_the_program(self):
        async with open_firstup(calls_per_minute=3) as desk:
            statuses = [(await desk.ask("GET", "/v2/channels")).status_code for _ in range(4)]
            assert statuses == [200, 200, 200, 429]
            assert type(desk.simulator.options)().calls_per_minute == 1000


@contextlib.asynccontextmanager
async def process(
    state_file: Path, *arguments: str
) -> AsyncIterator[tuple[dict[str, str], asyncio.subprocess.Process]]:
    command = ["-m", "connectors.voicestorm.simulator", "--port", "0", "--state-file", str(state_file), *arguments]
    root = Path(__file__).parents[3]
    started = await asyncio.create_subprocess_exec(sys.executable, *command, cwd=root, stdout=asyncio.subprocess.PIPE)
    assert started.stdout is not None
    try:
        yield json.loads(await started.stdout.readline()), started
    finally:
        if started.returncode is None:
            started.send_signal(signal.SIGTERM)
        await started.communicate()


async def test_a_killed_firstup_still_knows_tokens_content_and_people(tmp_path: Path):
    state_file = tmp_path / "firstup.jsonl"
    person = AudiencePerson("ref-1", "noa@example.com", "נועה", "לוי")
    async with build_client() as http:

        def context(urls: dict[str, str]) -> Context:
            settings = {"client_id": "demo-client", "client_secret": "demo-secret"}
            settings |= {"api_url": urls["api"], "auth_url": urls["auth"]}
            return Context(http=http, settings=settings, clock=lambda: datetime.now(UTC))

        async with process(state_file) as (urls, started):
            assert len(urls) == 6
            desk = await Desk(None, urls, http, context(urls)).sign_in()
            added = await connector.add_member(desk.ctx, person=person, destination_id=None)
            await desk.control("faults", operation="publish_content", kind="lose_answer")
            with pytest.raises(OutcomeUnknown):
                await connector.push_content(desk.ctx, content=content(text="שלום"))
            started.kill()
            await started.wait()
        async with process(state_file) as (urls, started):
            ctx = replace(context(urls), credentials=desk.ctx.credentials)
            found = await connector.find_content(ctx, content=content(text="שלום"))
            assert found is not None
            assert found.state == "live"
            page = await connector.list_audience(ctx, destination_id=None, cursor=None)
            assert page.members == (added,)
    assert started.returncode == 0


async def test_a_killed_voicestorm_still_knows_tokens_and_people(tmp_path: Path):
    state_file = tmp_path / "voicestorm.jsonl"
    person = AudiencePerson("ref-1", "noa@example.com", "נועה", "לוי")
    async with build_client() as http:

        def context(urls: dict[str, str]) -> Context:
            settings = {"generation": "voicestorm", "client_id": "demo+token/1", "client_secret": "demo+secret/1="}
            settings |= {"community_url": urls["api"], "scim_url": f"{urls['api']}/scim/v2"}
            settings |= {"scim_token": "demo-scim-token"}
            return Context(http=http, settings=settings, clock=lambda: datetime.now(UTC))

        async with process(state_file, "--generation", "voicestorm") as (urls, started):
            desk = await Desk(None, urls, http, context(urls)).sign_in()
            added = await connector.add_member(desk.ctx, person=person, destination_id=None)
            started.kill()
            await started.wait()
        async with process(state_file, "--generation", "voicestorm") as (urls, started):
            ctx = replace(context(urls), credentials=desk.ctx.credentials)
            await connector.check(ctx)
            page = await connector.list_audience(ctx, destination_id=None, cursor=None)
            assert page.members == (added,)
    assert started.returncode == 0
