"""S51, S52: what is offered is looked at by the rules before anybody reviews it; employees and editors ask the same."""

from __future__ import annotations

from typing import Any

import pytest

from services.core.organizations.models import Role
from tests.api.policies.conftest import Desk, make_desk
from tests.factories.publications import make_scene
from tests.fixtures.api import Api, Tenant


@pytest.fixture
async def desk(api: Api, tenant: Tenant) -> Desk:
    """The desk of a program that uses a network."""
    return await make_desk(api, tenant, (await make_scene(tenant)).program)


def rule(phrase: str, **more: Any) -> dict[str, Any]:
    """A rule about a phrase."""
    message = {"en": "Customers are not ours to name.", "he": "אין לנקוב בשמות לקוחות."}
    return {"kind": "forbidden_phrase", "phrases": [phrase], "message": message, **more}


async def submitted(api: Api, desk: Desk, text: str, **headers: str) -> Any:
    """An editor writes an item in one language and sends it to review."""
    body = {"program_id": str(desk.program.id), "title": "News", "destination_url": "https://lumen.example/news"}
    item = (await api.post("/v1/content-items", key=desk.editor, json=body)).json()
    path = f"/v1/content-items/{item['id']}"
    variant = {"network": "linkedin", "language": "en", "text": text, "why_share": "It is good.", "link_title": "News"}
    made = await api.post(f"{path}/variants", key=desk.editor, json=variant)
    assert made.status_code == 201, made.text
    answer = await api.post(f"{path}/submit", key=desk.editor, headers=dict(headers))
    state = (await api.get(path, key=desk.editor)).json()["state"]
    return answer, state


class TestSubmit:
    async def test_what_a_rule_stops_is_not_sent_to_review(self, api: Api, desk: Desk) -> None:
        await desk.published(await desk.policy(), rules=[rule("embassy")])
        answer, state = await submitted(api, desk, "Our lanterns hang in every embassy.", **{"Accept-Language": "he"})
        assert (answer.status_code, answer.json()["code"], state) == (409, "content_breaks_policy", "draft")
        (problem,) = answer.json()["errors"]
        assert problem["pointer"] == "/variants/linkedin/en"
        assert "אין לנקוב בשמות לקוחות." in problem["message"]

    async def test_what_a_rule_sends_to_an_editor_is_a_warning(self, api: Api, desk: Desk) -> None:
        version_id = await desk.published(await desk.policy(), rules=[rule("embassy", action="review")])
        answer, state = await submitted(api, desk, "Our lanterns hang in every embassy.")
        assert (answer.status_code, state) == (200, "in_review"), answer.text
        (warning,) = answer.json()["policy_warnings"]
        assert (warning["action"], warning["level"], warning["network"]) == ("review", "program", "linkedin")
        assert (warning["policy_version_id"], warning["version_number"]) == (version_id, 1)

    async def test_clean_content_has_no_warnings(self, api: Api, desk: Desk) -> None:
        await desk.published(await desk.policy(), rules=[rule("embassy")])
        answer, state = await submitted(api, desk, "Our lanterns hang in every school.")
        assert (answer.json()["policy_warnings"], state) == ([], "in_review")


class TestChecks:
    async def test_the_stricter_level_wins_and_networks_count(self, desk: Desk) -> None:
        await desk.published(await desk.policy(organization_wide=True), rules=[rule("embassy", action="review")])
        await desk.published(await desk.policy(), rules=[rule("embassy", networks=["linkedin"])])
        key = (await desk.tenant.person(Role.EDITOR))[1]
        found = (await desk.check("In every embassy.", key=key)).json()
        assert (found["outcome"], [hit["level"] for hit in found["hits"]]) == ("stop", ["organization", "program"])
        elsewhere = (await desk.check("In every embassy.", network="x")).json()
        assert (elsewhere["outcome"], [hit["level"] for hit in elsewhere["hits"]]) == ("review", ["organization"])

    async def test_without_a_program_the_organizations_own_rules_count(self, api: Api, desk: Desk) -> None:
        await desk.published(await desk.policy(organization_wide=True), rules=[rule("embassy")])
        await desk.published(await desk.policy(), rules=[rule("lanterns")])
        body = {"text": "Lanterns in every embassy.", "language": "he"}
        found = (await api.post("/v1/policy-checks", key=desk.reader, json=body)).json()
        assert [(hit["phrase"], hit["message"]) for hit in found["hits"]] == [("embassy", "אין לנקוב בשמות לקוחות.")]

    async def test_s53_an_embargo_is_over_at_its_second_and_not_one_before(self, desk: Desk) -> None:
        embargo = rule("lumen x", kind="embargo", until="2030-01-15T09:00:00Z")
        await desk.published(await desk.policy(), rules=[embargo])
        for at, outcome in (("2030-01-15T08:59:59Z", "stop"), ("2030-01-15T09:00:00Z", "clear")):
            assert (await desk.check("Lumen X is here.", at=at)).json()["outcome"] == outcome
