"""Offers to people who pause, are on leave, or want certain languages."""

from __future__ import annotations

from typing import Any

from services.core.employees.models import Employee, EmploymentStatus
from services.core.kit.texts import Language
from tests.fixtures.api import Api


async def _offers(api: Api, key: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await api.get("/v1/me/offers", key=key)).json()["data"]
    return found


async def _want(api: Api, key: str, *languages: str) -> None:
    body = {"languages": languages}
    said = await api.request("PUT", "/v1/me/preferences", key=key, headers={"If-Match": '"0"'}, json=body)
    assert said.status_code == 200, said.text


class TestPauses:
    async def test_a_pause_keeps_offers_back_and_loses_none(self, api: Api, desk: Any) -> None:
        _, key = await desk.ambassador()
        await desk.offer(await desk.approved(title="Before"))
        pause = await api.post("/v1/me/pauses", key=key, json={"kind": "break"})
        assert await _offers(api, key) == []
        assert (await desk.offer(await desk.approved(title="Meanwhile"))).json()["offered"] == 1
        assert await _offers(api, key) == []
        await api.delete(pause.headers["location"], key=key, etag=pause.headers["etag"])
        assert [offer["title"] for offer in await _offers(api, key)] == ["Meanwhile", "Before"]

    async def test_a_pause_of_another_program_keeps_nothing_back(self, api: Api, desk: Any) -> None:
        employee, key = await desk.ambassador()
        here, desk.program.id = desk.program.id, await desk.other_program()
        await desk.join(employee)
        elsewhere, desk.program.id = desk.program.id, here
        await desk.offer(await desk.approved())
        made = await api.post("/v1/me/pauses", key=key, json={"kind": "break", "program_id": str(elsewhere)})
        assert made.status_code == 201
        assert len(await _offers(api, key)) == 1
        await api.post("/v1/me/pauses", key=key, json={"kind": "break", "program_id": str(here)})
        assert await _offers(api, key) == []

    async def test_the_summary_of_an_offer_does_not_tell_who_pauses(self, api: Api, desk: Any) -> None:
        _, key = await desk.ambassador(language=Language.HE)
        await desk.ambassador()
        before = (await desk.offer(await desk.approved("he"))).json()
        await api.post("/v1/me/pauses", key=key, json={"kind": "leave"})
        await _want(api, key, "en")
        after = (await desk.offer(await desk.approved("he"))).json()
        assert {**after, "item_id": ""} == {**before, "item_id": ""}

    async def test_leave_that_hr_knows_of_counts_as_a_pause(self, api: Api, desk: Any) -> None:
        employee, key = await desk.ambassador(status=EmploymentStatus.ON_LEAVE)
        await desk.offer(await desk.approved())
        assert await _offers(api, key) == []
        async with desk.tenant.database.transaction(desk.tenant.id) as session:
            back = await session.get(Employee, (desk.tenant.id, employee.id))
            back.status = EmploymentStatus.ACTIVE
            session.add(back)
        assert len(await _offers(api, key)) == 1


class TestLanguages:
    async def test_content_is_offered_in_the_languages_a_person_wants(self, api: Api, desk: Any) -> None:
        _, only_hebrew = await desk.ambassador()
        _, both = await desk.ambassador()
        _, anything = await desk.ambassador()
        await _want(api, only_hebrew, "he")
        await _want(api, both, "he", "en")
        await desk.offer(await desk.approved("he"))
        shown = {key: (await _offers(api, key))[0] for key in (only_hebrew, both, anything)}
        assert [offer["language"] for offer in shown.values()] == ["he", "en", "en"]
        assert not any("no version" in reason for offer in shown.values() for reason in offer["reasons"])

    async def test_without_one_the_default_language_is_offered_and_it_says_so(self, api: Api, desk: Any) -> None:
        _, key = await desk.ambassador(language=Language.EN)
        await _want(api, key, "he")
        answer = (await desk.offer(await desk.approved())).json()
        (offer,) = await _offers(api, key)
        assert (offer["language"], answer["fallbacks"]) == ("en", [])
        assert "There is no version in your language yet, so you see it in another one." in offer["reasons"]
