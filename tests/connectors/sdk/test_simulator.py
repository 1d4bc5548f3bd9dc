"""The floor of the simulators: what a test may ask of it, and that it remembers."""

from pathlib import Path

import httpx2
import pytest

from connectors.demo.simulator import create_simulator
from connectors.sdk import build_client
from connectors.sdk.testing.simulator import running

POST = {"text": "שלום", "author": {"id": "a", "name": "A"}}


async def create(http: httpx2.AsyncClient, url: str, key: str) -> httpx2.Response:
    return await http.post(f"{url}/posts", json=POST, headers={"Idempotency-Key": key})


class TestFaults:
    async def test_a_fault_strikes_its_operation_as_often_as_asked_and_no_other(self):
        async with running(create_simulator()) as urls, build_client() as http:
            url = urls["api"]
            fault = {"operation": "create_post", "kind": "status", "status": 503, "times": 2}
            assert (await http.post(f"{url}/_sim/faults", json=fault)).status_code == 200
            assert (await http.get(f"{url}/health")).status_code == 200
            assert [(await create(http, url, "k")).status_code for _ in range(3)] == [503, 503, 201]
            state = (await http.get(f"{url}/_sim/state")).json()
            assert len(state["posts"]) == 1
            assert state["calls"] == {"health": 1, "create_post": 3}

    async def test_a_lost_answer_did_the_work_and_a_lost_request_did_not(self):
        async with running(create_simulator()) as urls, build_client() as http:
            url = urls["api"]
            for kind, posts in (("lose_request", 0), ("lose_answer", 1)):
                await http.post(f"{url}/_sim/faults", json={"operation": "create_post", "kind": kind})
                with pytest.raises(httpx2.TransportError):
                    await create(http, url, "k")
                assert len((await http.get(f"{url}/_sim/state")).json()["posts"]) == posts

    async def test_faults_can_be_looked_at_and_cleared(self):
        async with running(create_simulator()) as urls, build_client() as http:
            url = urls["api"]
            faults = [{"operation": "*", "kind": "hang"}, {"operation": "health", "kind": "garbage"}]
            await http.post(f"{url}/_sim/faults", json={"faults": faults})
            assert len((await http.get(f"{url}/_sim/faults")).json()["faults"]) == 2
            await http.delete(f"{url}/_sim/faults")
            assert (await http.get(f"{url}/health")).status_code == 200

    @pytest.mark.parametrize(
        "fault",
        [{}, [], {"operation": "x"}, {"operation": "x", "kind": "odd"}, {"operation": "x", "kind": "hang", "no": 1}],
    )
    async def test_a_fault_that_is_none_is_refused_with_the_reason(self, fault: object):
        async with running(create_simulator()) as urls, build_client() as http:
            answer = await http.post(f"{urls['api']}/_sim/faults", json=fault)
            assert answer.status_code == 400
            assert answer.json()["error"]

    async def test_the_work_can_be_done_before_an_error_is_answered(self):
        async with running(create_simulator()) as urls, build_client() as http:
            url = urls["api"]
            fault = {"operation": "create_post", "kind": "status", "status": 500, "after_work": True}
            await http.post(f"{url}/_sim/faults", json=fault)
            assert (await create(http, url, "k")).status_code == 500
            assert len((await http.get(f"{url}/_sim/state")).json()["posts"]) == 1

    async def test_in_process_a_lost_answer_is_a_read_error(self):
        simulator = create_simulator()
        transport = httpx2.ASGITransport(app=simulator.apps["api"])
        async with httpx2.AsyncClient(transport=transport, base_url="http://demo.example") as http:
            await http.post("/_sim/faults", json={"operation": "create_post", "kind": "lose_answer"})
            with pytest.raises(httpx2.ReadError):
                await create(http, "", "k")
            assert len((await http.get("/_sim/state")).json()["posts"]) == 1


class TestJournal:
    async def test_a_torn_last_line_is_forgotten_and_the_rest_kept(self, tmp_path: Path):
        path = tmp_path / "a b" / "journal.jsonl"
        async with running(create_simulator(journal_path=path)) as urls, build_client() as http:
            await create(http, urls["api"], "first")
            await create(http, urls["api"], "second")
        path.write_bytes(path.read_bytes()[:-10])
        async with running(create_simulator(journal_path=path)) as urls, build_client() as http:
            await create(http, urls["api"], "third")
        posts = create_simulator(journal_path=path).state()["posts"]
        assert [post["key"] for post in posts] == ["first", "third"]

    async def test_the_clock_moves_on_demand_and_stays_moved(self, tmp_path: Path):
        path = tmp_path / "journal.jsonl"
        simulator = create_simulator(journal_path=path)
        async with running(simulator) as urls, build_client() as http:
            before = simulator.now()
            await http.post(f"{urls['api']}/_sim/clock", json={"advance_seconds": 86400})
            bad = await http.post(f"{urls['api']}/_sim/clock", json={"advance_seconds": "x"})
        assert bad.status_code == 400
        assert (create_simulator(journal_path=path).now() - before).days == 1
