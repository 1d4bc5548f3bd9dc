"""Topics over HTTP: named per language, renamed and merged without losing what names them."""

from __future__ import annotations

from typing import Any

from services.core.content.models import Topic
from services.core.organizations.models import Role
from tests.fixtures.api import Api


async def make(api: Api, key: str, **names: str) -> Any:
    """A topic."""
    return await api.post("/v1/topics", key=key, json={"names": names})


class TestNames:
    async def test_a_topic_has_a_name_in_each_language_and_a_slug_that_stays(self, api: Api, desk: Any) -> None:
        made = await make(api, desk.editor, en="Clean Energy", he="אנרגיה נקייה")
        assert (made.status_code, made.json()["slug"]) == (201, "clean-energy")
        path = f"/v1/topics/{made.json()['id']}"
        renamed = await api.patch(
            path, key=desk.editor, etag=made.headers["etag"], json={"names": {"en": "Renewables"}}
        )
        assert renamed.json()["names"] == {"en": "Renewables", "he": "אנרגיה נקייה"}
        assert renamed.json()["slug"] == "clean-energy"
        for name in ("renewables", "Clean Energy", "אנרגיה נקייה", "CLEAN-energy"):
            item = await api.get(f"/v1/content-items/{await desk.draft(topics=[name])}", key=desk.editor)
            assert item.json()["topics"] == ["clean-energy"], name
        again = await make(api, desk.editor, en="Clean energy")
        assert (again.status_code, again.json()["code"]) == (409, "topic_exists")

    async def test_a_name_in_hebrew_alone_is_enough(self, api: Api, desk: Any) -> None:
        made = await make(api, desk.editor, he="גיוס עובדים")
        assert made.json()["slug"] == "גיוס-עובדים"

    async def test_a_new_word_becomes_a_topic_and_a_slip_does_not(self, api: Api, desk: Any) -> None:
        await desk.draft(topics=["Finance", "finance", "People"])
        slip = await api.post("/v1/content-items", key=desk.editor, json=desk.body(topics=["people", "finanse"]))
        assert slip.status_code == 422
        (problem,) = slip.json()["errors"]
        assert (problem["pointer"], problem["code"]) == ("/topics/1", "topic_nearly_known")
        assert "finance" in problem["message"]
        assert sorted(row.slug for row in await desk.tenant.rows(Topic)) == ["finance", "people"]


class TestMerge:
    async def test_what_names_a_merged_topic_names_the_other_one(self, api: Api, desk: Any) -> None:
        item_id = await desk.draft(topics=["earnings", "people", "finance"])
        listed = (await api.get("/v1/topics", key=desk.editor)).json()["data"]
        ids = {topic["slug"]: topic["id"] for topic in listed}
        rules = {"rules": [{"topic": "earnings", "functions": ["spokesperson"]}]}
        assert (
            await api.request("PUT", f"/v1/programs/{desk.program.id}/review-rules", key=desk.manager, json=rules)
        ).status_code == 200
        merged = await api.post(f"/v1/topics/{ids['earnings']}/merge", key=desk.editor, json={"into": "finance"})
        assert (merged.status_code, merged.json()["slug"]) == (200, "finance")
        item = (await api.get(f"/v1/content-items/{item_id}", key=desk.editor)).json()
        assert item["topics"] == ["finance", "people"]
        later = await api.get(f"/v1/content-items/{await desk.draft(topics=['Earnings'])}", key=desk.editor)
        assert later.json()["topics"] == ["finance"]
        kept = (await api.get(f"/v1/programs/{desk.program.id}/review-rules", key=desk.editor)).json()["rules"]
        assert kept == [{"topic": "finance", "functions": ["spokesperson"]}]
        assert "earnings" not in [one["slug"] for one in (await api.get("/v1/topics", key=desk.editor)).json()["data"]]
        all_of_them = (await api.get("/v1/topics?merged=true", key=desk.editor)).json()["data"]
        assert {one["slug"]: one["merged_into"] for one in all_of_them}["earnings"] == "finance"
        twice = await api.post(f"/v1/topics/{ids['earnings']}/merge", key=desk.editor, json={"into": "people"})
        assert (twice.status_code, twice.json()["code"]) == (409, "topic_merged")
        itself = await api.post(f"/v1/topics/{ids['finance']}/merge", key=desk.editor, json={"into": "Earnings"})
        assert itself.status_code == 422

    async def test_a_role_for_one_program_makes_topics_and_merges_none(self, api: Api, desk: Any) -> None:
        _, key = await desk.tenant.person(Role.EDITOR, program_id=desk.program.id)
        made = await make(api, key, en="News")
        assert made.status_code == 201
        await make(api, desk.editor, en="Stories")
        refused = await api.post(f"/v1/topics/{made.json()['id']}/merge", key=key, json={"into": "stories"})
        assert refused.status_code == 403
