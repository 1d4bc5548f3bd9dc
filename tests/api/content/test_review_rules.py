"""Review by the right functions: what a topic needs, and that nothing is offered before."""

from __future__ import annotations

from typing import Any

from services.core.employees.models import Employee
from services.core.organizations.models import Role
from services.core.programs.models import Function, Responsibility
from tests.fixtures.api import Api


async def put_rules(api: Api, desk: Any, **rules: list[str]) -> Any:
    """Say who approves what."""
    body = {"rules": [{"topic": topic, "functions": functions} for topic, functions in rules.items()]}
    return await api.request("PUT", f"/v1/programs/{desk.program.id}/review-rules", key=desk.manager, json=body)


async def holder(desk: Any, *functions: Function) -> str:
    """The key of an approver who answers for something in the program."""
    employee, key = await desk.tenant.person(Role.APPROVER)
    await hold(desk, employee, *functions)
    return str(key)


async def hold(desk: Any, employee: Employee, *functions: Function) -> None:
    """Let somebody answer for something in the program."""
    async with desk.tenant.database.transaction(desk.tenant.id) as session:
        session.add_all(
            Responsibility(
                organization_id=desk.tenant.id, program_id=desk.program.id, function=one, employee_id=employee.id
            )
            for one in functions
        )


class TestFunctions:
    async def test_content_about_money_waits_for_the_spokesperson(self, api: Api, desk: Any) -> None:
        await api.post("/v1/topics", key=desk.editor, json={"names": {"en": "Finance"}})
        assert (await put_rules(api, desk, Finance=["spokesperson", "policy"])).status_code == 200
        item_id = await desk.in_review(topics=["finance"])
        await desk.approve(item_id)
        assert await desk.state(item_id) == "in_review"
        spoken = await desk.approve(item_id, key=await holder(desk, Function.SPOKESPERSON))
        assert spoken.json()["functions"] == ["spokesperson"]
        ready = (await api.get(f"/v1/content-items/{item_id}/readiness", key=desk.editor)).json()
        assert (ready["is_ready"], ready["functions_missing"]) == (False, ["policy"])
        assert await desk.state(item_id) == "in_review"
        await desk.approve(item_id, key=await holder(desk, Function.POLICY))
        assert await desk.state(item_id) == "approved"
        assert (await desk.offer(item_id)).status_code == 200

    async def test_a_rule_that_comes_later_holds_for_what_is_approved_already(self, api: Api, desk: Any) -> None:
        item_id = await desk.approved(topics=["finance"])
        await put_rules(api, desk, finance=["spokesperson"])
        refused = await desk.offer(item_id)
        assert (refused.status_code, refused.json()["code"]) == (409, "function_approval_needed")
        assert "spokesperson" in refused.json()["detail"]
        await desk.approve(item_id, key=await holder(desk, Function.SPOKESPERSON))
        assert (await desk.offer(item_id)).status_code == 200

    async def test_other_topics_and_other_programs_need_nothing_more(self, api: Api, desk: Any) -> None:
        await desk.draft(topics=["finance"])
        await put_rules(api, desk, finance=["spokesperson"])
        item_id = await desk.in_review(topics=["people"])
        await desk.approve(item_id)
        assert await desk.state(item_id) == "approved"

    async def test_a_change_makes_every_approval_void_also_the_spokespersons(self, api: Api, desk: Any) -> None:
        await desk.draft(topics=["finance"])
        await put_rules(api, desk, finance=["spokesperson"])
        item_id = await desk.in_review(topics=["finance"])
        await desk.approve(item_id, key=await holder(desk, Function.SPOKESPERSON))
        assert await desk.state(item_id) == "approved"
        await api.patch(f"/v1/content-items/{item_id}", key=desk.editor, etag="*", json={"title": "Other numbers"})
        await desk.act(item_id, "submit", key=desk.editor)
        await desk.approve(item_id)
        assert await desk.state(item_id) == "in_review"

    async def test_a_spokesperson_who_wrote_it_does_not_approve_it(self, api: Api, desk: Any) -> None:
        employee, key = await desk.tenant.person(Role.EDITOR, Role.APPROVER)
        await hold(desk, employee, Function.SPOKESPERSON)
        await desk.draft(topics=["finance"])
        await put_rules(api, desk, finance=["spokesperson"])
        item_id = await desk.in_review(topics=["finance"])
        await api.patch(f"/v1/content-items/{item_id}", key=key, etag="*", json={"title": "My words"})
        await desk.act(item_id, "submit", key=desk.editor)
        refused = await desk.approve(item_id, key=key)
        assert (refused.status_code, refused.json()["code"]) == (409, "own_work")

    async def test_a_rule_names_a_topic_that_there_is_and_is_set_by_who_runs_the_program(
        self, api: Api, desk: Any
    ) -> None:
        unknown = await put_rules(api, desk, nothing=["hr"])
        assert unknown.status_code == 422
        path = f"/v1/programs/{desk.program.id}/review-rules"
        refused = await api.request("PUT", path, key=desk.editor, json={"rules": []})
        assert refused.status_code == 403
