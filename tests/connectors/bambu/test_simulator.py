"""The simulated Sprout, asked by somebody else's client: the checklist of the vendor's document, line by line."""

import asyncio
import base64
import contextlib
import json
import signal
import sys
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from connectors.bambu import connector
from connectors.bambu.manifest import READER_REPORT, STORY_REPORT
from connectors.bambu.simulator.app import PART_BYTES, SIMPLE_BYTES
from connectors.sdk import Context, Metric, OutcomeUnknown, build_client

from .desk import STARTED_AT, URL, Desk, item, open_desk

POSTS = "/v1/410022/analytics/posts"
MESSAGES = "/v1/410022/messages"
SPAN = "created_time.in(2026-03-10...2026-03-20)"


def draft(**changes: object) -> dict[str, object]:
    given: dict[str, object] = {
        "group_id": 9001,
        "customer_profile_ids": [7101, 7102],
        "is_draft": True,
        "text": "Our new lab is open",
        "delivery": {"type": "SCHEDULED", "scheduled_times": ["2026-03-11T10:00:59Z", "2026-03-12T10:00:00Z"]},
    }
    return {**given, **changes}


async def publish(desk: Desk, number: int) -> None:
    """As many posts of one profile, all of them sent."""
    for index in range(number):
        body = draft(customer_profile_ids=[7101], text=f"post {index}")
        body["delivery"] = {"type": "SCHEDULED", "scheduled_times": [f"2026-03-11T10:{index:02d}:00Z"]}
        assert (await desk.raw("POST", "/v1/410022/publishing/posts", json=body)).status_code == 200
        await desk.people("drafts/approve", publishing_post_id=660001 + index)
    desk.advance(days=2)


class TestTokens:
    async def test_the_token_is_a_jwt_with_an_end_for_secret_in_body_or_basic(self):
        async with open_desk() as desk:
            form = {"grant_type": "client_credentials", "scope": "organization_id"}
            inside = {**form, "client_id": "demo-client", "client_secret": "demo-secret"}
            for answer in (
                await desk.http.post(desk.urls["identity"] + "/v1/token", data=inside),
                await desk.http.post(
                    desk.urls["identity"] + "/v1/token", data=form, auth=("demo-client", "demo-secret")
                ),
            ):
                claims = answer.json()["access_token"].split(".")[1]
                found = json.loads(base64.urlsafe_b64decode(claims + "=" * (-len(claims) % 4)))
                assert found["exp"] == STARTED_AT.timestamp() + answer.json()["expires_in"]
            for wrong, error in (
                ({**inside, "client_secret": "x"}, "invalid_client"),
                ({**inside, "grant_type": "password"}, "unsupported_grant_type"),
                ({**inside, "scope": ""}, "invalid_scope"),
            ):
                answer = await desk.http.post(desk.urls["identity"] + "/v1/token", data=wrong)
                assert answer.json()["error"] == error

    async def test_both_tokens_open_and_an_expired_one_is_a_401_with_an_error(self):
        async with open_desk() as desk:
            for headers in ({}, {"Authorization": "Bearer demo-token"}):
                assert (await desk.raw("GET", "/v1/metadata/client", headers=headers)).status_code == 200
            desk.advance(hours=1)
            answer = await desk.raw("GET", "/v1/metadata/client")
            assert answer.status_code == 401
            assert isinstance(answer.json()["error"], str)


class TestEnvelope:
    async def test_customers_come_first_and_any_other_one_is_a_403(self):
        async with open_desk() as desk:
            answer = await desk.raw("GET", "/v1/metadata/client")
            assert answer.json() == {"data": [{"customer_id": 410022, "name": "Example Labs"}]}
            assert {"x-sprout-request-id", "x-sprout-api-version", "x-sprout-server-version"} <= set(answer.headers)
            refused = await desk.raw("GET", "/v1/410023/metadata/customer")
            assert refused.status_code == 403
            assert "x-sprout-request-id" in refused.headers
            topics = await desk.raw("GET", "/v1/410022/metadata/customer/topics")
            assert isinstance(topics.json(), list)
            for name in ("users", "teams", "queues"):
                assert (await desk.raw("GET", f"/v1/410022/metadata/customer/{name}")).json()["data"]

    async def test_other_types_are_a_415_and_other_verbs_a_405(self):
        async with open_desk() as desk:
            wrong = [
                {"content": b"a=1", "headers": {"Content-Type": "text/plain"}},
                {"json": {}, "headers": {"Accept": "text/html"}},
            ]
            for more in wrong:
                assert (await desk.raw("POST", POSTS, **more)).status_code == 415
            assert (await desk.raw("GET", POSTS)).status_code == 405

    async def test_there_are_no_webhooks_no_delete_and_no_advocacy(self):
        async with open_desk() as desk:
            for path in ("webhooks", "advocacy/stories", "stories", "team/members"):
                assert (await desk.raw("GET", f"/v1/410022/{path}")).status_code == 404
            assert (await desk.raw("DELETE", "/v1/410022/media/x")).status_code == 404

    async def test_the_sixty_first_call_of_a_minute_and_the_month_look_the_same(self):
        async with open_desk() as desk:
            for _ in range(60):
                assert (await desk.raw("GET", "/v1/metadata/client")).status_code == 200
            minute = await desk.raw("GET", "/v1/metadata/client")
            desk.advance(seconds=61)
            desk.simulator.configure(calls_per_month=60)
            month = await desk.raw("GET", "/v1/metadata/client")
            assert minute.status_code == month.status_code == 429
            assert minute.json() == month.json()
            assert "retry-after" not in minute.headers


class TestDrafts:
    @pytest.mark.parametrize(
        "changes",
        [
            {"is_draft": False},
            {"customer_profile_ids": [7101, 7104]},
            {"customer_profile_ids": ["7101"]},
            {"delivery": {"type": "SCHEDULED", "scheduled_times": ["2026-03-10T09:30:30Z"]}},
            {"delivery": {"type": "NOW"}},
            {"tag_ids": [56]},
            {"media": [{"media_id": "x", "media_type": "PHOTO"}]},
            {"surprise": 1},
        ],
    )
    async def test_what_the_vendor_refuses_is_a_400(self, changes: dict[str, object]):
        async with open_desk() as desk:
            answer = await desk.raw("POST", "/v1/410022/publishing/posts", json=draft(**changes))
            assert answer.status_code == 400
            assert answer.json()["error"]
            assert not desk.drafts()

    async def test_profiles_times_make_a_matrix_that_stays_pending(self):
        async with open_desk() as desk:
            answer = await desk.raw("POST", "/v1/410022/publishing/posts", json=draft(tag_ids=[55]))
            made = [
                (row["customer_profile_id"], row["internal"]["publishing"]["deliveries"][0]["scheduled_time"])
                for row in answer.json()["data"]
            ]
            times = ("2026-03-11T10:00:00Z", "2026-03-12T10:00:00Z")
            assert made == [(profile, at) for profile in ("7101", "7102") for at in times]
            await desk.people("drafts/approve", publishing_post_id=660001)
            desk.advance(days=3)
            desk = await desk.signed_in()
            (read,) = (await desk.raw("GET", "/v1/410022/publishing/posts/660001")).json()["data"]
            assert read["internal"]["publishing"]["deliveries"][0]["delivery_status"] == "PENDING"
            await desk.people("drafts/delete", publishing_post_id=660002)
            assert (await desk.raw("GET", "/v1/410022/publishing/posts/660002")).status_code == 404

    async def test_an_approved_draft_becomes_visible_in_analytics_and_messages(self):
        async with open_desk() as desk:
            await publish(desk, 1)
            desk = await desk.signed_in()
            query = {"filters": ["customer_profile_id.eq(7101)", SPAN], "fields": ["text", "internal.sent_by.email"]}
            for path in (POSTS, MESSAGES):
                (row,) = (await desk.raw("POST", path, json=query)).json()["data"]
                assert row["text"] == "post 0"
                assert row["internal"]["sent_by"]["email"] == "ops@example.com"


class TestReading:
    @pytest.mark.parametrize(
        ("wanted", "number"),
        [
            ("created_time.in(2026-03-10..2026-03-11)", 3),
            ("created_time.in(2026-03-10...2026-03-11)", 0),
            ("created_time.in(2026-03-11T10:00:00..2026-03-11T10:01:00)", 2),
            ("created_time.in(2026-03-11T10:00:00...2026-03-11T10:01:00)", 1),
        ],
    )
    async def test_two_dots_include_the_end_and_three_do_not(self, wanted: str, number: int):
        async with open_desk() as desk:
            await publish(desk, 3)
            desk = await desk.signed_in()
            answer = await desk.raw("POST", POSTS, json={"filters": ["customer_profile_id.eq(7101)", wanted]})
            assert len(answer.json()["data"]) == number
            assert answer.json()["paging"] == {"current_page": 1, "total_pages": 1}

    async def test_unknown_filters_and_metrics_are_a_400_and_the_latter_may_be_ignored(self):
        async with open_desk() as desk:
            of = "customer_profile_id.eq(7101)"
            for filters in ([of], [SPAN], [of, SPAN, "language.eq(he)"], [of, SPAN, "guid.eq(1)"], "x", [of, "x"]):
                assert (await desk.raw("POST", POSTS, json={"filters": filters})).status_code == 400
            query = {"filters": [of, SPAN], "metrics": ["lifetime.nonsense"]}
            assert (await desk.raw("POST", POSTS, json=query)).status_code == 400
            desk.simulator.configure(refuses_unknown_metrics=False)
            assert (await desk.raw("POST", POSTS, json=query)).status_code == 200
            year = ["reporting_period.in(2024-01-01..2026-01-01)", of]
            desk.simulator.configure(slow_days=10_000)
            assert (await desk.raw("POST", "/v1/410022/analytics/profiles", json={"filters": year})).status_code == 400
            desk.simulator.configure(slow_days=100)
            assert (await desk.raw("POST", "/v1/410022/analytics/profiles", json={"filters": year})).status_code == 504

    async def test_results_end_at_the_cap_and_go_on_behind_a_guid(self):
        async with open_desk(result_cap=3, page_size=2) as desk:
            await publish(desk, 5)
            desk = await desk.signed_in()
            found: list[str] = []
            filters = ["customer_profile_id.eq(7101)", SPAN]
            while True:
                behind = [f"guid.gt({found[-1]})"] if found else []
                query = {"filters": [*filters, *behind], "sort": ["guid:asc"]}
                first = (await desk.raw("POST", POSTS, json=query)).json()
                if not first["data"]:
                    break
                found += [row["guid"] for row in first["data"]]
                for page in range(2, first["paging"]["total_pages"] + 1):
                    more = await desk.raw("POST", POSTS, json={**query, "page": page})
                    found += [row["guid"] for row in more.json()["data"]]
            assert len(found) == len(set(found)) == 5
            beyond = await desk.raw("POST", POSTS, json={"filters": filters, "page": 3})
            assert beyond.status_code == 400

    async def test_messages_have_a_cursor_that_is_absent_at_the_end(self):
        async with open_desk() as desk:
            await publish(desk, 3)
            desk = await desk.signed_in()
            query = {"filters": ["group_id.eq(9001)", "customer_profile_id.eq(7101)", SPAN], "limit": 2}
            first = (await desk.raw("POST", MESSAGES, json=query)).json()
            second = (
                await desk.raw("POST", MESSAGES, json={**query, "page_cursor": first["paging"]["next_cursor"]})
            ).json()
            assert (len(first["data"]), len(second["data"])) == (2, 1)
            assert "paging" not in second
            assert (await desk.raw("POST", MESSAGES, json={**query, "page_cursor": "*"})).status_code == 400
            alone = {"filters": [f"message_id.eq({first['data'][0]['guid']})"]}
            assert len((await desk.raw("POST", MESSAGES, json=alone)).json()["data"]) == 1


class TestMedia:
    async def test_more_than_50_mib_go_in_parts_only(self):
        async with open_desk() as desk:
            files = {"media": ("a.mp4", bytes(SIMPLE_BYTES + 1), "video/mp4")}
            assert (await desk.raw("POST", "/v1/410022/media/", files=files)).status_code == 413
            linked = {"media_url": (None, "https://media.example/a.mp4")}
            assert (await desk.raw("POST", "/v1/410022/media/", files=linked)).status_code == 200
            assert (await desk.raw("POST", "/v1/410022/media/", json={})).status_code == 415

    async def test_parts_have_their_size_an_empty_answer_and_a_wait_at_the_end(self):
        async with open_desk() as desk:
            at = "/v1/410022/media/submission"

            def part(size: int) -> dict[str, tuple[str, bytes, str]]:
                return {"media": ("a.mp4", bytes(size), "video/mp4")}

            started = (await desk.raw("POST", at, files=part(PART_BYTES))).json()["data"][0]["submission_id"]
            put = await desk.raw("POST", f"{at}/{started}/part/3", files=part(10))
            assert (put.status_code, put.content) == (200, b"")
            assert (await desk.raw("GET", f"{at}/{started}")).status_code == 400
            await desk.raw("POST", f"{at}/{started}/part/2", files=part(11))
            assert (await desk.raw("GET", f"{at}/{started}")).status_code == 400
            await desk.raw("POST", f"{at}/{started}/part/2", files=part(PART_BYTES))
            assert (await desk.raw("POST", f"{at}/{started}/part/1", files=part(1))).status_code == 400
            waiting = await desk.raw("GET", f"{at}/{started}")
            assert waiting.status_code == 202
            assert waiting.json()["data"] == [{"submission_id": started, "wait_until": "2026-03-10T09:30:05Z"}]
            desk.advance(seconds=5)
            ready = (await desk.raw("GET", f"{at}/{started}")).json()
            assert ready == (await desk.raw("GET", f"{at}/{started}")).json()
            medium = [{"media_id": ready["data"][0]["media_id"], "media_type": "VIDEO"}]
            answer = await desk.raw("POST", "/v1/410022/publishing/posts", json=draft(media=medium))
            assert answer.status_code == 200
            desk.advance(hours=24)
            assert (await (await desk.signed_in()).raw("GET", f"{at}/{started}")).status_code == 400


class TestAdvocacy:
    async def test_a_hand_off_waits_until_somebody_confirms_it(self):
        async with open_desk() as desk:
            package = connector.handoff(desk.ctx, content=item())
            assert URL in package
            address = desk.urls["api"] + "/_sim/advocacy"
            given = (await desk.http.post(f"{address}/handoffs", content=package.encode())).json()
            assert desk.simulator.state()["handoffs"][given["id"]] == {"text": package, "is_confirmed": False}
            confirmed = await desk.http.post(f"{address}/handoffs/{given['id']}/confirm")
            assert confirmed.json()["is_confirmed"]
            report = await desk.http.get(f"{address}/reports/stories.csv")
            (row,) = connector.import_report(desk.ctx, name=STORY_REPORT, data=report.content).rows
            assert row.values == {Metric.SHARES: 3, Metric.CLICKS: 20, Metric.IMPRESSIONS: 1100}

    async def test_readers_come_by_e_mail_and_are_reported_by_it(self):
        async with open_desk() as desk:
            address = desk.urls["api"] + "/_sim/advocacy"
            await desk.http.post(f"{address}/readers", content=b"Email\nNoa@example.com\ndan@example.com\n")
            report = await desk.http.get(f"{address}/reports/readers.csv")
            rows = connector.import_report(desk.ctx, name=READER_REPORT, data=report.content).rows
            assert [row.key for row in rows] == ["noa@example.com", "dan@example.com"]


@contextlib.asynccontextmanager
async def process(state_file: Path) -> AsyncIterator[tuple[dict[str, str], asyncio.subprocess.Process]]:
    command = ["-m", "connectors.bambu.simulator", "--port", "0", "--state-file", str(state_file)]
    root = Path(__file__).parents[3]
    started = await asyncio.create_subprocess_exec(sys.executable, *command, cwd=root, stdout=asyncio.subprocess.PIPE)
    assert started.stdout is not None
    try:
        yield json.loads(await started.stdout.readline()), started
    finally:
        if started.returncode is None:
            started.send_signal(signal.SIGTERM)
        await started.communicate()


async def test_a_killed_simulator_still_knows_drafts_and_takes_its_old_token(tmp_path: Path):
    async with build_client() as http:

        def desk(urls: dict[str, str]) -> Desk:
            settings = {"customer_id": "410022", "client_id": "demo-client", "client_secret": "demo-secret"}
            settings |= {"api_url": urls["api"], "oauth_url": urls["identity"]}
            return Desk(None, urls, http, Context(http=http, settings=settings, clock=lambda: datetime.now(UTC)))

        soon = item(publish_at=datetime.now(UTC) + timedelta(hours=3))
        async with process(tmp_path / "sprout.jsonl") as (urls, started):
            first = await desk(urls).signed_in()
            await first.fault("create_draft", "lose_answer")
            with pytest.raises(OutcomeUnknown):
                await first.push(soon)
            started.kill()
            await started.wait()
        async with process(tmp_path / "sprout.jsonl") as (urls, started):
            second = desk(urls)
            second = Desk(
                None,
                urls,
                http,
                Context(
                    http=http,
                    settings=second.ctx.settings,
                    clock=second.ctx.clock,
                    credentials=first.ctx.credentials,
                ),
            )
            pushed = await second.push(soon)
            drafts = (await http.get(f"{urls['api']}/_sim/state")).json()["drafts"]
    assert pushed.external_id == "660002:7101"
    assert [one["internal"]["publishing"]["publishing_post_id"] for one in drafts] == [660001, 660002]
    assert started.returncode == 0
