"""Offers ranked for each person, and what people together think of them, over HTTP; rows by their own "works when"."""

from __future__ import annotations

from typing import Any

from services.core.audit.models import AuditEntry
from services.core.content.models import Interests
from services.core.events.models import Event
from services.core.kit.texts import Language
from tests.fixtures.api import Api, Tenant


async def offers_of(api: Api, key: str) -> list[dict[str, Any]]:
    """What somebody is shown."""
    answer = await api.get("/v1/me/offers", key=key)
    assert answer.status_code == 200, answer.text
    return list(answer.json()["data"])


async def rate(api: Api, key: str, item_id: str, **body: Any) -> dict[str, Any]:
    """Somebody says what they think of an item that they are shown."""
    (offer,) = [one for one in await offers_of(api, key) if one["item_id"] == item_id]
    answer = await api.post(f"/v1/me/offers/{offer['id']}/feedback", key=key, json=body)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def say_interests(api: Api, key: str, *topics: str, audience: tuple[str, ...] = ()) -> Any:
    """Somebody says what they want to speak about, and to whom."""
    body = {"goals": [{"topic": topic} for topic in topics], "audience": list(audience)}
    return await api.request("PUT", "/v1/me/interests", key=key, headers={"If-Match": "*"}, json=body)


def people(counts: dict[str, Any]) -> dict[str, int | None]:
    """The numbers of several counts."""
    return {name: count["people"] for name, count in counts.items()}


class TestInterests:
    async def test_they_are_their_persons_alone_chosen_by_name_and_follow_a_merged_topic(
        self, api: Api, desk: Any, tenant: Tenant
    ) -> None:
        _, key = await desk.ambassador()
        for names in ({"en": "Solar power", "he": "אנרגיה סולארית"}, {"en": "Jobs"}, {"en": "Careers"}):
            await api.post("/v1/topics", key=desk.editor, json={"names": names})
        empty = await api.get("/v1/me/interests", key=key, headers={"Accept-Language": "he"})
        assert (empty.json()["goals"], empty.json()["audience"], empty.headers["etag"]) == ([], [], '"0"')
        assert {"value": "solar-power", "name": "אנרגיה סולארית"} in empty.json()["topics"]
        assert {"value": "job_seekers", "name": "מחפשי עבודה"} in empty.json()["audiences"]
        body = {
            "goals": [{"topic": "Solar power", "kind": "personal"}, {"topic": "jobs"}, {"topic": "careers"}],
            "audience": ["students", "customers"],
        }
        assert (await api.request("PUT", "/v1/me/interests", key=key, json=body)).status_code == 428
        events, audits = len(await tenant.rows(Event)), len(await tenant.rows(AuditEntry))
        said = await api.request("PUT", "/v1/me/interests", key=key, headers={"If-Match": '"0"'}, json=body)
        assert said.json()["goals"][0] == {"topic": "solar-power", "kind": "personal", "name": "Solar power"}
        assert said.json()["audience"] == ["customers", "students"]
        late = await api.request("PUT", "/v1/me/interests", key=key, headers={"If-Match": '"0"'}, json=body)
        assert late.status_code == 412
        assert (len(await tenant.rows(Event)), len(await tenant.rows(AuditEntry))) == (events, audits)
        listed = (await api.get("/v1/topics", key=tenant.owner_key)).json()["data"]
        (jobs,) = [topic["id"] for topic in listed if topic["slug"] == "jobs"]
        merged = await api.post(f"/v1/topics/{jobs}/merge", key=tenant.owner_key, json={"into": "careers"})
        assert merged.status_code == 200, merged.text
        kept = (await api.get("/v1/me/interests", key=key)).json()["goals"]
        assert [(goal["topic"], goal["kind"]) for goal in kept] == [
            ("solar-power", "personal"), ("careers", "professional"),
        ]  # fmt: skip
        unknown = await say_interests(api, key, "no such topic")
        assert (unknown.status_code, unknown.json()["errors"][0]["pointer"]) == (422, "/goals/0")
        assert (await say_interests(api, key, audience=("martians",))).status_code == 422
        assert (await api.get("/v1/me/interests", key=tenant.owner_key)).status_code == 403
        assert len(await tenant.rows(Interests)) == 1


class TestGoals:
    async def test_s59_b17_each_offer_lists_its_goals_and_those_without_are_at_most_a_share(
        self, api: Api, desk: Any, tenant: Tenant
    ) -> None:
        topic = {"names": {"en": "Solar power", "he": "אנרגיה סולארית"}}
        await api.post("/v1/topics", key=desk.editor, json=topic)
        _, key = await desk.ambassador(language=Language.HE)
        others = [(await desk.ambassador())[1] for _ in range(11)]
        for one in (key, *others[:4]):
            assert (await say_interests(api, one, "solar-power")).status_code == 200
        await api.post("/v1/topics", key=desk.editor, json={"names": {"en": "Cars"}})
        for one in others[4:9]:
            await say_interests(api, one, "cars")
        matching = await desk.approved("he", topics=["solar-power"])
        await desk.offer(matching)
        for _ in range(3):
            await desk.offer(await desk.approved("he"))

        first, *rest = await offers_of(api, key)
        assert first["item_id"] == matching
        assert first["matched_goals"] == [{"topic": "solar-power", "kind": "professional", "name": "אנרגיה סולארית"}]
        assert first["why"][0] == {"code": "goals", "text": "הפריט קשור למטרות שלך: אנרגיה סולארית.", "weight": 30}
        assert [one["matched_goals"] for one in rest] == [[], []]
        assert all("no_goal" in {why["code"] for why in one["why"]} for one in rest)
        path = f"/v1/programs/{desk.program.id}"
        for share, shown in ((0.5, 2), (0.1, 1), (1, 3)):
            changed = await api.patch(path, key=desk.manager, etag="*", json={"unmatched_share": share})
            assert changed.json()["unmatched_share"] == share
            feed = await offers_of(api, key)
            assert len(feed) == shown
            assert sum(not one["matched_goals"] for one in feed) <= share * len(feed)
        # Who has named no goals has nothing to match.
        assert len(await offers_of(api, others[-1])) == 3

        item = (await api.get(f"/v1/content-items/{matching}/feedback", key=desk.editor)).json()
        # Of twelve, two have named no goals: too few to be told of.
        assert (item["with_goals"]["people"], item["without_match"]["suppressed"]) == (None, True)
        for _ in range(3):
            await desk.ambassador()
        newer = await desk.approved("he", topics=["solar-power"])
        await desk.offer(newer)
        item = (await api.get(f"/v1/content-items/{newer}/feedback", key=desk.editor)).json()
        assert people({name: item[name] for name in ("with_goals", "without_match")}) == {
            "with_goals": 10, "without_match": 5,
        }  # fmt: skip
        fit = (await api.get(f"{path}/content-fit", key=desk.manager)).json()
        assert fit == {
            "program_id": str(desk.program.id), "items": 1, "offers": 10, "without_match": 5,
            "share_without_match": 0.5, "unmatched_share": 1.0,
        }  # fmt: skip
        _, analyst = await tenant.person()
        assert (await api.get(f"{path}/content-fit", key=analyst)).status_code == 403

    async def test_s60_content_for_other_readers_than_the_persons_ranks_lower(self, api: Api, desk: Any) -> None:
        _, key = await desk.ambassador()
        _, quiet = await desk.ambassador()
        await say_interests(api, key, audience=("developers", "peers"))
        theirs = await desk.approved(audience_tags=["developers"])
        neutral = await desk.approved()
        strange = await desk.approved(audience_tags=["investors", "journalists"])
        for item_id in (theirs, neutral, strange):
            await desk.offer(item_id)
        shown = await offers_of(api, key)
        assert [one["item_id"] for one in shown] == [theirs, neutral, strange]
        assert shown[0]["audience_tags"] == ["developers"]
        assert shown[2]["why"][0] == {
            "code": "other_audience", "weight": -25,
            "text": "It is meant for other readers than yours: investors, journalists.",
        }  # fmt: skip
        # Who has recorded no audience sees the newest first.
        assert [one["item_id"] for one in await offers_of(api, quiet)] == [strange, neutral, theirs]
        changed = await api.patch(
            f"/v1/content-items/{await desk.draft()}", key=desk.editor, etag="*", json={"audience_tags": ["peers"]}
        )
        assert changed.json()["audience_tags"] == ["peers"]


class TestVotes:
    async def test_s58_one_tap_rates_owners_see_the_distribution_of_enough_people(
        self, api: Api, desk: Any, tenant: Tenant
    ) -> None:
        keys = [(await desk.ambassador())[1] for _ in range(17)]
        item_id = await desk.approved()
        await desk.offer(item_id)
        path = f"/v1/content-items/{item_id}/feedback"
        events, audits = len(await tenant.rows(Event)), len(await tenant.rows(AuditEntry))
        for key in keys[:4]:
            assert (await rate(api, key, item_id, rating="good"))["rating"] == "good"
        few = (await api.get(path, key=desk.editor)).json()
        assert (few["answers"], few["ratings"]["good"]["suppressed"]) == ({"people": None, "suppressed": True}, True)
        for key in keys[4:10]:
            await rate(api, key, item_id, rating="weak" if key in keys[4:9] else "good")
        seen = (await api.get(path, key=desk.editor)).json()
        assert (seen["answers"]["people"], people(seen["ratings"])) == (10, {"good": 5, "ok": 0, "weak": 5})
        # One more answer shows to nobody: the difference would be theirs.
        await rate(api, keys[10], item_id, rating="ok")
        assert (await api.get(path, key=desk.editor)).json() == seen
        offer = (await offers_of(api, keys[0]))[0]
        own = f"/v1/me/offers/{offer['id']}/feedback"
        assert (await api.post(own, key=keys[0], json={"rating": "ok"})).json()["rating"] == "ok"
        assert (await offers_of(api, keys[0]))[0]["rating"] == "ok"
        back = await api.post(own, key=keys[0], json={"rating": None})
        assert back.json() == {"offer_id": offer["id"], "state": "offered", "reason": None, "rating": None}
        for body in ({}, {"rating": "great"}, {"dismissed": None}):
            assert (await api.post(own, key=keys[0], json=body)).status_code == 422
        assert (len(await tenant.rows(Event)), len(await tenant.rows(AuditEntry))) == (events, audits)
        assert (await api.get(path, key=keys[0])).status_code == 403

    async def test_s58_what_a_person_finds_weak_or_passes_on_makes_room(self, api: Api, desk: Any) -> None:
        _, key = await desk.ambassador()
        made = [await desk.approved(topics=["cars"]) for _ in range(4)]
        for item_id in made:
            await desk.offer(item_id)
        assert [one["item_id"] for one in await offers_of(api, key)] == made[:0:-1]
        await rate(api, key, made[3], rating="weak")
        assert [one["item_id"] for one in await offers_of(api, key)] == [made[2], made[1], made[0]]
        passed = await rate(api, key, made[2], reason="not_relevant")
        assert (passed["state"], passed["reason"]) == ("dismissed", "not_relevant")
        shown = await offers_of(api, key)
        assert [one["item_id"] for one in shown] == [made[1], made[0], made[3]]
        assert "passed_on_topic" in {why["code"] for why in shown[0]["why"]}

    async def test_b08_after_20_low_votes_an_item_falls_for_similar_people_and_owners_see_why(
        self, api: Api, desk: Any
    ) -> None:
        voters = [(await desk.ambassador(department="Sales", country="DE"))[1] for _ in range(20)]
        _, similar = await desk.ambassador(department="Sales", country="DE")
        _, other = await desk.ambassador(department="Legal", country="IL")
        for _ in range(4):
            await desk.ambassador(department="Legal", country="IL")
        older = [await desk.approved() for _ in range(3)]
        weak = await desk.approved()
        for item_id in (*older, weak):
            await desk.offer(item_id)
        assert [one["item_id"] for one in await offers_of(api, similar)] == [weak, *older[:0:-1]]
        # All look first: the item falls for the later ones while the others vote.
        at = {key: next(one["id"] for one in await offers_of(api, key) if one["item_id"] == weak) for key in voters}
        bodies = (
            [{"rating": "weak"}] * 8 + [{"reason": "not_relevant"}] * 6 + [{"rating": "weak", "reason": "other"}] * 6
        )
        for (key, offer_id), body in zip(at.items(), bodies, strict=True):
            answer = await api.post(f"/v1/me/offers/{offer_id}/feedback", key=key, json=body)
            assert answer.status_code == 200, answer.text
        fallen = await offers_of(api, similar)
        assert [one["item_id"] for one in fallen] == older[::-1]
        # Of what everybody says, half as much counts for who has nothing in common with them.
        everything = await api.get(f"/v1/me/offers/{at[voters[0]]}", key=voters[0])
        assert "disliked_by_similar" in {why["code"] for why in everything.json()["why"]}
        assert (await offers_of(api, other))[0]["item_id"] == older[2]

        seen = (await api.get(f"/v1/content-items/{weak}/feedback", key=desk.manager)).json()
        assert (seen["answers"]["people"], people(seen["ratings"])) == (14, {"good": 0, "ok": 0, "weak": 14})
        assert seen["not_for_me"]["people"] == 12
        assert people(seen["reasons"]) == {
            "not_relevant": 6, "not_my_words": 0, "no_time": 0, "disagree": 0, "other": 6, "none": 0,
        }  # fmt: skip
