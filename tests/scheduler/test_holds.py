"""Stops, changed rules and embargoes, seen from the queue: what is held, what is put back, and who is told what."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from services.core.communication import service as communication
from services.core.communication.models import Message
from services.core.communication.texts import MessageKind
from services.core.content import repository as content
from services.core.employees import service as employees
from services.core.kit import db
from services.core.kit.ids import new_id
from services.core.kit.texts import Language
from services.core.organizations.models import Role
from services.core.policies.models import Acknowledgement, Policy, PolicyVersion, VersionState
from services.core.programs.models import Function, Responsibility
from services.core.shares import service as shares
from services.core.shares.models import Evidence, EvidenceKind, Publication, PublicationState
from services.core.shares.rechecking import RECHECK_JOB, TELL_RULE_JOB
from services.core.shares.stops import SETTLE_JOB
from services.scheduler.jobs import holds
from services.scheduler.jobs import shares as publishing_jobs
from services.scheduler.worker.tools import Tools
from tests.factories import bulk
from tests.factories.publications import (
    Scene,
    Sharer,
    approve_post,
    draft,
    make_scene,
    make_sharer,
    read_publication,
)
from tests.fixtures.api import Api, Tenant

DAY = timedelta(days=1)
HELD, SCHEDULED, MISSED = PublicationState.HELD, PublicationState.SCHEDULED, PublicationState.MISSED


@pytest.fixture
def tools(tenant: Tenant) -> Tools:
    """What a job is given."""
    return Tools(tenant.database, tenant.settings)


@pytest.fixture
async def scene(tenant: Tenant) -> Scene:
    """An offered item."""
    return await make_scene(tenant)


@pytest.fixture
async def sharer(tenant: Tenant, scene: Scene) -> Sharer:
    """An ambassador who can share."""
    return await make_sharer(tenant, scene, connect_to=None)


async def queued(tenant: Tenant, name: str) -> int:
    """How many jobs of a name are in the queue."""
    connection = await db.connect(tenant.settings.database_url)
    try:
        return int(await connection.fetchval("select count(*) from pgqueuer where entrypoint = $1", name))
    finally:
        await connection.close()


async def mails(tenant: Tenant, kind: MessageKind) -> list[str]:
    """The words of every mail of a kind."""
    words = []
    for message in await tenant.rows(Message):
        if message.kind == kind:
            async with tenant.database.transaction(tenant.id) as session:
                employee = await employees.get_employee(session, message.employee_id)
                mail = await communication.render(session, message, employee, settings=tenant.settings)
            words.append(str(mail["Subject"]) + "\n" + mail.get_content())
    return words


async def state(tenant: Tenant, publication: Publication) -> tuple[PublicationState, str | None]:
    """Where it stands, and why."""
    row = await read_publication(tenant, publication.id)
    return row.state, row.reason


async def press(api: Api, tenant: Tenant, **body: object) -> Any:
    """Stop, over HTTP."""
    body = {"scope": "organization", "reason": "An accident.", **body}
    answer = await api.post("/v1/stops", key=tenant.owner_key, json=body)
    assert answer.status_code in (200, 201), answer.text
    return answer


async def release(api: Api, tenant: Tenant, stopped: Any) -> None:
    """Release, over HTTP."""
    path = f"/v1/stops/{stopped.json()['id']}"
    answer = await api.delete(path, key=tenant.owner_key, etag="*")
    assert answer.status_code == 200, answer.text


class TestStops:
    """B13: what a stop does to planned posts. That nothing reaches the vendor afterwards: tests/e2e/test_stop.py."""

    async def test_planned_posts_wait_and_their_person_is_told_once(
        self, api: Api, tenant: Tenant, scene: Scene, sharer: Sharer, tools: Tools
    ) -> None:
        publication = await approve_post(tenant, scene, sharer, due_in=DAY)
        stopped = await press(api, tenant)
        assert await queued(tenant, SETTLE_JOB) == 2
        for _ in range(2):
            await holds.settle_stops(tools, tenant.id, UUID(stopped.json()["id"]))
        assert await state(tenant, publication) == (HELD, "stopped")
        (mail,) = await mails(tenant, MessageKind.PUBLISHING_STOPPED)
        assert "An accident." in mail
        assert "nothing to do with you" in mail

    async def test_after_the_release_it_goes_at_the_time_agreed_on(
        self, api: Api, tenant: Tenant, scene: Scene, sharer: Sharer, tools: Tools
    ) -> None:
        publication = await approve_post(tenant, scene, sharer, due_in=DAY)
        stopped = await press(api, tenant, scope="item", item_id=str(scene.item.id))
        stop_id = UUID(stopped.json()["id"])
        await holds.settle_stops(tools, tenant.id, stop_id)
        await release(api, tenant, stopped)
        await holds.settle_stops(tools, tenant.id, stop_id)
        row = await read_publication(tenant, publication.id)
        assert (row.state, row.reason) == (SCHEDULED, None)
        assert row.due_at == row.scheduled_at == publication.scheduled_at
        (mail,) = await mails(tenant, MessageKind.PUBLISHING_RELEASED)
        assert "at the time you chose: 1" in mail
        assert await queued(tenant, RECHECK_JOB) == 1

    async def test_what_is_too_late_by_then_is_missed_and_said_in_one_mail(
        self, api: Api, tenant: Tenant, scene: Scene, sharer: Sharer, tools: Tools
    ) -> None:
        publication = await approve_post(tenant, scene, sharer, due_in=timedelta(minutes=5))
        stopped = await press(api, tenant)
        stop_id = UUID(stopped.json()["id"])
        await holds.settle_stops(tools, tenant.id, stop_id)
        await db.move_clock(tenant.settings.database_url, by=timedelta(hours=2))
        await publishing_jobs.close_unsettled(tools)
        await holds.recheck_held(tools)
        # It waits for the release, as its person was told, and is not reported missed before.
        assert await state(tenant, publication) == (HELD, "stopped")
        await release(api, tenant, stopped)
        await holds.settle_stops(tools, tenant.id, stop_id)
        assert await state(tenant, publication) == (MISSED, "too_late")
        (mail,) = await mails(tenant, MessageKind.PUBLISHING_RELEASED)
        assert "their time has passed: 1" in mail
        assert await mails(tenant, MessageKind.PUBLICATION_MISSED) == []

    async def test_another_open_stop_keeps_it_held(
        self, api: Api, tenant: Tenant, scene: Scene, sharer: Sharer, tools: Tools
    ) -> None:
        publication = await approve_post(tenant, scene, sharer, due_in=DAY)
        wide = await press(api, tenant)
        narrow = await press(api, tenant, scope="network", network="linkedin")
        for stopped, expected in ((wide, HELD), (narrow, SCHEDULED)):
            await holds.settle_stops(tools, tenant.id, UUID(stopped.json()["id"]))
            await release(api, tenant, stopped)
            await holds.settle_stops(tools, tenant.id, UUID(stopped.json()["id"]))
            assert (await state(tenant, publication))[0] is expected

    async def test_what_it_does_not_cover_is_not_touched(
        self, api: Api, tenant: Tenant, scene: Scene, sharer: Sharer, tools: Tools
    ) -> None:
        publication = await approve_post(tenant, scene, sharer, due_in=DAY)
        other = await make_scene(tenant, title="Elsewhere")
        for body in (
            {"scope": "item", "item_id": str(other.item.id)},
            {"scope": "program", "program_id": str(other.program.id)},
            {"scope": "network", "network": "elsewhere"},
        ):
            stopped = await press(api, tenant, **body)
            await holds.settle_stops(tools, tenant.id, UUID(stopped.json()["id"]))
        assert await state(tenant, publication) == (SCHEDULED, None)
        assert await mails(tenant, MessageKind.PUBLISHING_STOPPED) == []

    async def test_a_release_whose_job_was_lost_is_made_up_for(
        self, api: Api, tenant: Tenant, scene: Scene, sharer: Sharer, tools: Tools
    ) -> None:
        publication = await approve_post(tenant, scene, sharer, due_in=DAY)
        stopped = await press(api, tenant)
        await holds.settle_stops(tools, tenant.id, UUID(stopped.json()["id"]))
        await holds.recheck_held(tools)
        assert await state(tenant, publication) == (HELD, "stopped")
        await release(api, tenant, stopped)
        await holds.recheck_held(tools)
        assert await state(tenant, publication) == (SCHEDULED, None)


async def put_into_force(tenant: Tenant, *rules: dict[str, Any], program_id: UUID | None = None) -> PolicyVersion:
    """A version in force, in place of the one before."""
    async with tenant.database.transaction(tenant.id) as session:
        policy = Policy(organization_id=tenant.id, title="How we speak", program_id=program_id)
        session.add(policy)
        await session.flush()
        version = PolicyVersion(
            organization_id=tenant.id,
            policy_id=policy.id,
            number=1,
            state=VersionState.PUBLISHED,
            written_by=new_id(),
            texts={"en": {"summary": "Speak as yourself.", "dos": [], "donts": []}},
            rules=list(rules),
        )
        session.add(version)
    return version


async def take_back(tenant: Tenant, version: PolicyVersion) -> None:
    """The version is not in force any more."""
    async with tenant.database.transaction(tenant.id) as session:
        version.state = VersionState.SUPERSEDED
        session.add(version)


def forbidden(*phrases: str) -> dict[str, Any]:
    """A rule against competitors' names."""
    message = {"en": "We do not name competitors.", "he": "איננו מזכירים מתחרים."}
    return {"kind": "forbidden_phrase", "phrases": list(phrases), "message": message, "until": None}


class TestRules:
    """B12: a rule that changes is held against every planned post."""

    async def test_a_new_alias_of_a_competitor_holds_what_names_it_and_says_what_to_do(
        self, api: Api, tenant: Tenant, scene: Scene, sharer: Sharer, tools: Tools
    ) -> None:
        owner = await tenant.employee()
        async with tenant.database.transaction(tenant.id) as session:
            session.add(
                Responsibility(
                    organization_id=tenant.id, program_id=scene.program.id, function=Function.OWNER,
                    employee_id=owner.id,
                )
            )  # fmt: skip
        _, editor = await tenant.person(Role.EDITOR)
        _, approver = await tenant.person(Role.APPROVER)
        hit = await approve_post(tenant, scene, sharer, text="Better than NovaCorp, I think.", due_in=DAY)
        colleague = await make_sharer(tenant, scene, connect_to=None)
        clean = await approve_post(tenant, scene, colleague, text="I like it here.", due_in=2 * DAY)
        made = await api.post(
            "/v1/policies", key=editor, json={"title": "How we speak", "program_id": str(scene.program.id)}
        )
        path = f"/v1/policies/{made.json()['id']}/versions"
        texts = {tag: {"summary": "כך." if tag == "he" else "So.", "dos": [], "donts": []} for tag in ("en", "he")}
        version = await api.post(path, key=editor, json={"texts": texts, "rules": [forbidden("novacorp")]})
        wording = version.json()["content_hash"]
        for function in (Function.POLICY, Function.SPOKESPERSON):
            holder, key = await tenant.person()
            async with tenant.database.transaction(tenant.id) as session:
                session.add(
                    Responsibility(
                        organization_id=tenant.id, program_id=scene.program.id, function=function,
                        employee_id=holder.id,
                    )
                )  # fmt: skip
            answered = await api.post(
                f"{path}/{version.json()['id']}/approvals",
                key=key,
                json={"decision": "approved", "content_hash": wording},
            )
            assert answered.status_code == 201, answered.text
        assert await queued(tenant, RECHECK_JOB) == 0
        published = await api.post(f"{path}/{version.json()['id']}/publish", key=approver)
        assert published.status_code == 200, published.text
        assert await queued(tenant, RECHECK_JOB) == 1
        for _ in range(2):
            await holds.recheck_queue(tools, tenant.id, tenant.id)
        assert await state(tenant, hit) == (HELD, "policy_rule")
        assert await state(tenant, clean) == (SCHEDULED, None)
        assert await queued(tenant, TELL_RULE_JOB) == 1
        for _ in range(2):
            await holds.tell_held_by_rule(tools, tenant.id, hit.id)
        (mail,) = await mails(tenant, MessageKind.PUBLICATION_HELD_BY_RULE)
        for words in ("“novacorp”", "We do not name competitors.", "Better than NovaCorp, I think.", "approve it anew"):
            assert words in mail
        (told,) = await mails(tenant, MessageKind.QUEUE_HELD_BY_RULE)
        assert "a few" in told
        assert sharer.employee.first_name not in told
        (fact,) = [row for row in await tenant.rows(Evidence) if row.kind is EvidenceKind.RULE_FOUND]
        pointer = {"policy_version_id": version.json()["id"], "pointer": "/rules/0/phrases/0"}
        assert fact.detail["rules"] == [pointer]

    async def test_a_rule_taken_back_puts_them_back(
        self, tenant: Tenant, scene: Scene, sharer: Sharer, tools: Tools
    ) -> None:
        publication = await approve_post(tenant, scene, sharer, text="Better than NovaCorp.", due_in=DAY)
        version = await put_into_force(tenant, forbidden("novacorp"), program_id=scene.program.id)
        await holds.recheck_queue(tools, tenant.id, scene.program.id)
        assert await state(tenant, publication) == (HELD, "policy_rule")
        await take_back(tenant, version)
        await holds.recheck_queue(tools, tenant.id, scene.program.id)
        row = await read_publication(tenant, publication.id)
        assert (row.state, row.reason, row.due_at) == (SCHEDULED, None, publication.scheduled_at)

    async def test_what_a_stop_covers_is_not_put_back_by_a_rule(
        self, api: Api, tenant: Tenant, scene: Scene, sharer: Sharer, tools: Tools
    ) -> None:
        publication = await approve_post(tenant, scene, sharer, text="Better than NovaCorp.", due_in=DAY)
        version = await put_into_force(tenant, forbidden("novacorp"))
        await holds.recheck_queue(tools, tenant.id, tenant.id)
        await press(api, tenant)
        await take_back(tenant, version)
        await holds.recheck_queue(tools, tenant.id, tenant.id)
        assert await state(tenant, publication) == (HELD, "stopped")

    async def test_another_program_is_not_looked_at(
        self, tenant: Tenant, scene: Scene, sharer: Sharer, tools: Tools
    ) -> None:
        publication = await approve_post(tenant, scene, sharer, text="Better than NovaCorp.", due_in=DAY)
        other = await make_scene(tenant, title="Elsewhere")
        await put_into_force(tenant, forbidden("novacorp"), program_id=other.program.id)
        for subject in (other.program.id, scene.program.id, tenant.id):
            await holds.recheck_queue(tools, tenant.id, subject)
        assert await state(tenant, publication) == (SCHEDULED, None)

    async def test_ten_thousand_planned_posts_are_looked_at_within_a_minute(self, tenant: Tenant, tools: Tools) -> None:
        seeded = await bulk.seed(
            tenant.settings.database_url, tenant.settings, connector="linkedin", people=500, per_person=20,
            due_in=lambda number: 86400.0 + number,
        )  # fmt: skip
        many = Tenant(seeded.organization_id, "", tenant.database, tenant.settings)
        # As many phrases as a rule takes, and at the end one that is in every text: the most there is to do.
        phrases = [f"competitor {number}" for number in range(200)]
        await put_into_force(many, forbidden(*phrases), forbidden("we are hiring"))
        started = time.monotonic()
        await holds.recheck_queue(tools, many.id, many.id)
        assert time.monotonic() - started < 60
        found = await many.rows(Publication)
        assert {(row.state, row.reason) for row in found} == {(HELD, "policy_rule")}
        assert await queued(many, TELL_RULE_JOB) == len(found) == 10_000


class TestEmbargoes:
    @staticmethod
    def rule(until: str) -> dict[str, Any]:
        """Nothing about the launch before a moment."""
        message = {"en": "The launch is secret until then.", "he": "ההשקה חסויה עד אז."}
        return {"kind": "embargo", "phrases": ["lumen x"], "message": message, "until": until}

    async def test_what_is_planned_before_its_end_is_held_and_what_is_planned_after_is_not(
        self, tenant: Tenant, scene: Scene, sharer: Sharer, tools: Tools
    ) -> None:
        before = await approve_post(tenant, scene, sharer, text="Lumen X is coming.", due_in=DAY)
        colleague = await make_sharer(tenant, scene, connect_to=None)
        after = await approve_post(tenant, scene, colleague, text="Lumen X is here.", due_in=3 * DAY)
        until = (before.scheduled_at + DAY).isoformat()
        version = await put_into_force(tenant, self.rule(until))
        await holds.recheck_queue(tools, tenant.id, tenant.id)
        assert await state(tenant, before) == (HELD, "embargo")
        assert await state(tenant, after) == (SCHEDULED, None)
        await holds.tell_held_by_rule(tools, tenant.id, before.id)
        (mail,) = await mails(tenant, MessageKind.PUBLICATION_HELD_BY_RULE)
        assert "choose a later time" in mail
        await take_back(tenant, version)
        await holds.recheck_queue(tools, tenant.id, tenant.id)
        assert await state(tenant, before) == (SCHEDULED, None)

    async def test_a_time_before_its_end_is_refused_and_one_after_it_is_fine(
        self, api: Api, tenant: Tenant, scene: Scene, sharer: Sharer
    ) -> None:
        key = await tenant.key_of(sharer.employee)
        share_id, body = await draft(tenant, scene, sharer)
        async with tenant.database.transaction(tenant.id) as session:
            now = await db.now(session)
        version = await put_into_force(tenant, {**self.rule((now + DAY).isoformat()), "phrases": ["tel aviv"]})
        async with tenant.database.transaction(tenant.id) as session:
            session.add(
                Acknowledgement(
                    organization_id=tenant.id, version_id=version.id, employee_id=sharer.employee.id,
                    language=Language.EN,
                )
            )  # fmt: skip
        path = f"/v1/me/shares/{share_id}"
        refused = await api.post(f"{path}/approve", key=key, json=body)
        assert (refused.status_code, refused.json()["code"]) == (409, "embargo")
        checked = await api.post(
            f"{path}/check", key=key, json={"scheduled_local": body["scheduled_local"], "time_zone": "UTC"}
        )
        assert (checked.json()["is_ready"], checked.json()["not_before"] is None) == (False, False)
        later = {**body, "scheduled_local": (now + 2 * DAY).replace(tzinfo=None, microsecond=0).isoformat()}
        taken = await api.post(f"{path}/approve", key=key, json=later)
        assert taken.status_code == 201, taken.text

    async def test_an_item_may_be_embargoed_after_it_was_offered(
        self, api: Api, tenant: Tenant, scene: Scene, sharer: Sharer, tools: Tools
    ) -> None:
        publication = await approve_post(tenant, scene, sharer, due_in=DAY)
        path = f"/v1/content-items/{scene.item.id}"
        for until, expected in (
            ((publication.scheduled_at + DAY).isoformat(), (HELD, "embargo")),
            (None, (SCHEDULED, None)),
        ):
            etag = (await api.get(path, key=tenant.owner_key)).headers["etag"]
            changed = await api.patch(path, key=tenant.owner_key, etag=etag, json={"embargo_until": until})
            assert changed.status_code == 200, changed.text
            await holds.recheck_queue(tools, tenant.id, scene.item.id)
            assert await state(tenant, publication) == expected
        assert await queued(tenant, RECHECK_JOB) == 2
        async with tenant.database.transaction(tenant.id) as session:
            item = await content.get_item(session, scene.item.id)
        assert item.state == "offered"

    async def test_a_cancelled_post_stays_cancelled(
        self, tenant: Tenant, scene: Scene, sharer: Sharer, tools: Tools
    ) -> None:
        publication = await approve_post(tenant, scene, sharer, text="Lumen X is coming.", due_in=DAY)
        version = await put_into_force(tenant, self.rule((publication.scheduled_at + DAY).isoformat()))
        await holds.recheck_queue(tools, tenant.id, tenant.id)
        async with tenant.database.transaction(tenant.id) as session:
            await shares.cancel_publication(session, publication.id, reason="cancelled_by_person")
        await take_back(tenant, version)
        await holds.recheck_queue(tools, tenant.id, tenant.id)
        assert (await state(tenant, publication))[0] is PublicationState.CANCELLED
