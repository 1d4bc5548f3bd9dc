"""A person gets all that is known of them, and can have it forgotten: nothing in the database says who it was."""

from __future__ import annotations

import asyncio
import base64
import io
import json
import os
import signal
import sys
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from services.core.communication.models import Message
from services.core.connections.models import Connection
from services.core.employees.models import DataKey, Employee, EmploymentStatus
from services.core.kit import db
from services.core.kit.idempotency import IdempotencyKey
from services.core.kit.settings import Settings
from services.core.organizations.models import ApiKey, Role
from services.core.privacy import service
from services.core.privacy.models import LegalHold, PrivacyRequest, RequestKind, RequestState
from services.core.scim.models import ScimUser
from services.core.shares.models import Consent, Publication, PublicationState, Share
from services.scheduler.jobs import privacy as job
from services.scheduler.jobs import shares as sending
from services.scheduler.worker.tools import Tools
from tests.factories.demo_network import approve_demo_post, make_demo_scene, make_demo_sharer, open_demo_network
from tests.factories.publications import Scene, Sharer
from tests.fixtures.api import Api, Tenant

#: What must not be found anywhere afterwards. Words are sealed all the time; the rest is not before.
PLAIN = ("quetzalina", "vandersnoot", "hr-88123", "n-5521", "quetz@lumen.example", "chief zirconologist")
SEALED = ("zirconium grievance", "palladium proposal")
CSV = "employee_id,email,first_name,last_name,department\nHR-88123,quetz@lumen.example,Quetzalina,Vandersnoot,Labs\n"


@dataclass(frozen=True)
class Life:
    """Somebody who has done a bit of everything."""

    sharer: Sharer
    scene: Scene
    key: str
    published: Publication
    tools: Tools

    @property
    def id(self) -> UUID:
        return self.sharer.employee.id


@pytest.fixture
async def life(api: Api, tenant: Tenant, settings: Settings) -> Life:
    """A named person with posts, needs, proposals and an account at the identity system."""
    scene = await make_demo_scene(tenant)
    sharer = await make_demo_sharer(tenant, scene)
    async with tenant.database.transaction(tenant.id) as session:
        employee = await session.get_one(Employee, (tenant.id, sharer.employee.id))
        employee.first_name, employee.last_name = "Quetzalina", "Vandersnoot"
        employee.display_name, employee.title = "Quetzalina Vandersnoot", "Chief Zirconologist"
        employee.source, employee.source_id, employee.employee_number = "csv", "HR-88123", "N-5521"
        employee.work_email = "quetz@lumen.example"
        session.add(employee)
        session.add(
            ScimUser(
                organization_id=tenant.id, employee_id=employee.id, user_name="quetz@lumen.example",
                user_name_key="quetz@lumen.example", is_active=True, document={"name": {"familyName": "Vandersnoot"}},
            )
        )  # fmt: skip
    published = await approve_demo_post(tenant, scene, sharer)
    async with open_demo_network(settings) as network:
        await sending.publish(Tools(tenant.database, network.settings), tenant.id, published.id)
    key = await tenant.key_of(employee)
    program_id = str(scene.program.id)
    for path, body in (
        ("/v1/me/needs", {"program_id": program_id, "topic": "content", "text": "Zirconium grievance"}),
        (
            "/v1/me/proposals",
            {"program_id": program_id, "title": "Palladium proposal", "text": "Palladium proposal", "why": "For all."},
        ),
    ):
        answer = await api.post(path, key=key, json=body)
        assert answer.status_code == 201, answer.text
    return Life(sharer, scene, key, published, Tools(tenant.database, settings))


async def ask(api: Api, key: str, kind: str) -> dict[str, Any]:
    answer = await api.post("/v1/privacy-requests", key=key, json={"kind": kind})
    assert answer.status_code == 202, answer.text
    asked: dict[str, Any] = answer.json()
    assert answer.headers["location"] == f"/v1/privacy-requests/{asked['id']}"
    return asked


async def move(tenant: Tenant, publication: Publication, state: PublicationState) -> None:
    async with tenant.database.transaction(tenant.id) as session:
        row = await session.get_one(Publication, (tenant.id, publication.id))
        row.state = state
        session.add(row)


def leaves(document: Any, path: str = "") -> dict[str, str]:
    """Every value of a document, by where it is."""
    if isinstance(document, dict):
        return {at: v for name, one in document.items() for at, v in leaves(one, f"{path}/{name}").items()}
    return {path: json.dumps(document)}


async def look_for(settings: Settings, words: Sequence[str]) -> set[tuple[str, str]]:
    """Which words are in which table, after copying every table out, as a dump does."""
    connection = await asyncpg.connect(settings.database_url)
    found = set()
    try:
        tables = await connection.fetch(
            "select c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace"
            " where n.nspname = 'public' and c.relkind = 'r'"
        )
        assert len(tables) > 80
        for (name,) in tables:
            copied = io.BytesIO()
            await connection.copy_from_table(name, output=copied, schema_name="public")
            text = copied.getvalue().decode().lower()
            # bytea is copied in hexadecimal.
            found |= {(name, word) for word in words if word in text or word.encode().hex() in text}
    finally:
        await connection.close()
    return found


async def test_an_export_has_everything_that_is_known_of_one_person_and_nothing_that_opens_an_account(
    api: Api, tenant: Tenant, life: Life
) -> None:
    hold = {"employee_id": str(life.id), "reason": "Case 4711"}
    assert (await api.post("/v1/legal-holds", key=tenant.owner_key, json=hold)).status_code == 201
    asked = await ask(api, life.key, "export")
    again = await api.post("/v1/privacy-requests", key=life.key, json={"kind": "export"})
    assert (again.status_code, again.json()["code"]) == (409, "privacy_request_open")
    assert (await api.get(f"/v1/privacy-requests/{asked['id']}/file", key=life.key)).status_code == 404
    await job.work(life.tools)
    done = (await api.get(f"/v1/privacy-requests/{asked['id']}", key=life.key)).json()
    assert (done["state"], done["progress"]) == ("done", 100)
    answer = await api.get(f"/v1/privacy-requests/{asked['id']}/file", key=life.key)
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        told = json.loads(archive.read("data.json"))["tables"]
    assert told["employees"]["rows"][0]["display_name"] == "Quetzalina Vandersnoot"
    assert told["needs"]["rows"][0]["text"] == "Zirconium grievance"
    assert told["proposals"]["rows"][0]["content"]["title"] == "Palladium proposal"
    assert {"shares", "consents", "publications", "connections", "ambassadors", "scim_users"} <= set(told)
    assert told["shares"]["rows"][0]["text"] == told["consents"]["rows"][0]["content"]["text"]
    assert not {"secret_hash", "token_hash", "sealed_credentials"} & set(json.dumps(told).split('"'))
    assert all(one["kept"] for one in told.values())
    # That there is a hold is theirs to know; the case is the organization's.
    assert len(told["legal_holds"]["rows"]) == 1
    assert "4711" not in json.dumps(told)
    # It is theirs alone, also for whoever runs everything.
    _, colleague = await tenant.person(Role.OWNER)
    for path in (f"/v1/privacy-requests/{asked['id']}", f"/v1/privacy-requests/{asked['id']}/file"):
        assert (await api.get(path, key=colleague)).status_code == 404
        assert (await api.get(path, key=tenant.owner_key)).status_code == 403


async def test_an_erased_person_is_found_nowhere_numbers_stay_and_no_file_brings_them_back(
    api: Api, tenant: Tenant, settings: Settings, life: Life
) -> None:
    report = f"/v1/programs/{life.scene.program.id}/report"
    before = (await api.get(report, key=tenant.owner_key)).json()
    (old_key,) = [row.wrapped for row in await tenant.rows(DataKey) if row.employee_id == life.id]
    # The control: what is not sealed is found as long as it is there.
    assert {word for _, word in await look_for(settings, [*PLAIN, *SEALED])} == set(PLAIN)

    asked = await ask(api, life.key, "erasure")
    assert f"person:{life.id}" in {row.caller for row in await tenant.rows(IdempotencyKey)}
    assert (asked["state"], asked["counts"]["without_a_name"]["publications"]) == ("awaiting_confirmation", 1)
    assert asked["counts"]["deleted"]["scim_users"] == 1
    await job.work(life.tools)
    assert await tenant.rows(ScimUser) != []
    assert (await api.post(f"/v1/privacy-requests/{asked['id']}/confirm", key=life.key)).status_code == 200
    await job.work(life.tools)

    (request,) = await tenant.rows(PrivacyRequest)
    assert (request.state, request.progress) == (RequestState.DONE, 100)
    assert await look_for(settings, [*PLAIN, *SEALED]) == set()
    assert old_key not in [row.wrapped for row in await tenant.rows(DataKey)]
    assert (await api.get("/v1/me/consents", key=life.key)).status_code == 401
    (record,) = [row for row in await tenant.rows(Employee) if row.id == life.id]
    assert (record.status, record.display_name) == (EmploymentStatus.LEFT, "Former employee")
    (publication,) = await tenant.rows(Publication)
    assert (publication.state, publication.permalink) == (PublicationState.PUBLISHED, None)
    assert [row.sealed_text for row in await tenant.rows(Share)] == [b""]
    assert [row.sealed_content for row in await tenant.rows(Consent)] == [b""]
    assert await tenant.rows(Message) == []
    assert f"person:{life.id}" not in {row.caller for row in await tenant.rows(IdempotencyKey)}
    (connection,) = await tenant.rows(Connection)
    assert (connection.sealed_account, connection.sealed_credentials, connection.account_hash) == (None, None, None)
    assert {row.name for row in await tenant.rows(ApiKey) if row.employee_id == life.id} == {"erased"}

    after = (await api.get(report, key=tenant.owner_key)).json()
    # Whoever left is not among the people of today; all that was ever done stays counted.
    of_today = (
        "/generated_at",
        "/attrition",
        "/participation",
        "/funnel/employees",
        "/funnel/eligible",
        "/funnel/members",
    )
    moved = {path for path, _ in set(leaves(before).items()) ^ set(leaves(after).items())}
    assert {path for path in moved if not path.startswith(of_today)} == set()
    # The desk that lists what people sent still opens, with a dash for words.
    proposals = await api.get("/v1/proposals", key=tenant.owner_key)
    assert proposals.status_code == 200, proposals.text
    assert [one["title"] for one in proposals.json()["data"]] == ["–"]
    needs = await api.get("/v1/needs", key=tenant.owner_key)
    assert needs.status_code == 200, needs.text
    assert len(needs.json()["data"]) == 1
    # An old file does not bring them back.
    sync = await api.post(
        "/v1/directory-syncs?mode=delta", key=tenant.owner_key, content=CSV, headers={"Content-Type": "text/csv"}
    )
    assert sync.status_code == 201, sync.text
    assert [one["code"] for one in sync.json()["row_problems"]] == ["record_was_erased"]
    applied = await api.post(f"/v1/directory-syncs/{sync.json()['id']}/apply", key=tenant.owner_key)
    assert applied.status_code == 200, applied.text
    assert await look_for(settings, PLAIN) == set()


async def test_a_legal_hold_wins_the_person_is_told_and_its_end_lets_the_erasure_go_on(
    api: Api, tenant: Tenant, settings: Settings, life: Life
) -> None:
    placed = await api.post(
        "/v1/legal-holds", key=tenant.owner_key, json={"employee_id": str(life.id), "reason": "Case 4711"}
    )
    assert placed.status_code == 201, placed.text
    asked = await ask(api, life.key, "erasure")
    path = f"/v1/privacy-requests/{asked['id']}"
    held = (await api.post(f"{path}/confirm", key=life.key)).json()
    await job.work(life.tools)
    told = await api.get(path, key=life.key)
    assert (held["state"], told.json()["state"]) == ("held", "held")
    assert "law" in told.json()["next_step"]
    assert "4711" not in told.text
    await db.move_clock(settings.database_url, by=timedelta(days=3))
    release = f"/v1/legal-holds/{placed.json()['id']}/release"
    assert (await api.post(release, key=life.key)).status_code == 403
    assert (await api.post(release, key=tenant.owner_key)).status_code == 200
    assert (await api.post(release, key=tenant.owner_key)).json()["code"] == "hold_released"
    # However long it was held: networks are asked first, and have their time.
    await move(tenant, life.published, PublicationState.SENDING)
    await job.work(life.tools)
    (request,) = await tenant.rows(PrivacyRequest)
    assert request.state is RequestState.CLOSING
    await move(tenant, life.published, PublicationState.PUBLISHED)
    await job.work(life.tools)
    (request,) = await tenant.rows(PrivacyRequest)
    assert request.state is RequestState.DONE


async def test_requests_that_wait_keep_nobody_else_waiting(api: Api, tenant: Tenant, life: Life) -> None:
    held = await tenant.employee()
    async with tenant.database.transaction(tenant.id) as session:
        now = await db.now(session)
        session.add(LegalHold(organization_id=tenant.id, employee_id=held.id, reason="Case", placed_by="system"))
        session.add_all(
            PrivacyRequest(
                organization_id=tenant.id, employee_id=held.id, kind=RequestKind.ERASURE, state=RequestState.HELD,
                confirmed_at=now, due_at=now,
            )
            for _ in range(120)
        )  # fmt: skip
    asked = await ask(api, life.key, "export")
    await job.work(life.tools)
    assert (await api.get(f"/v1/privacy-requests/{asked['id']}", key=life.key)).json()["state"] == "done"


async def test_a_preview_that_is_not_confirmed_in_time_or_is_cancelled_erases_nothing(
    api: Api, tenant: Tenant, settings: Settings, life: Life
) -> None:
    asked = await ask(api, life.key, "erasure")
    cancelled = await api.post(f"/v1/privacy-requests/{asked['id']}/cancel", key=life.key)
    assert cancelled.json()["state"] == "cancelled"
    late = await ask(api, life.key, "erasure")
    await db.move_clock(settings.database_url, by=service.CONFIRM_WITHIN + timedelta(minutes=1))
    for one in (asked, late):
        refused = await api.post(f"/v1/privacy-requests/{one['id']}/confirm", key=life.key)
        assert (refused.status_code, refused.json()["code"]) == (409, "nothing_to_confirm")
    await job.work(life.tools)
    assert await tenant.rows(ScimUser) != []
    # Another one can begin.
    await ask(api, life.key, "erasure")


_WORKER = """
import asyncio, sys
from uuid import UUID
from services.core.kit.db import Database
from services.core.kit.settings import get_settings
from services.core.privacy import service
async def main():
    settings = get_settings()
    database = Database(settings.database_url, pool_size=2)
    await database.open()
    await service.work(database, settings, UUID(sys.argv[1]), UUID(sys.argv[2]))
    await database.close()
asyncio.run(main())
"""


async def test_a_process_that_is_killed_at_any_step_leaves_an_erasure_that_another_one_finishes(
    api: Api, tenant: Tenant, settings: Settings, life: Life
) -> None:
    asked = await ask(api, life.key, "erasure")
    await api.post(f"/v1/privacy-requests/{asked['id']}/confirm", key=life.key)
    env = {
        **{name: value for name, value in os.environ.items() if not name.startswith("ADVOCACY_")},
        "ADVOCACY_DATABASE_URL": settings.database_url,
        "ADVOCACY_MASTER_KEY": "k1:" + base64.b64encode(b"m" * 32).decode(),
        "ADVOCACY_KEY_PEPPER": settings.key_pepper.get_secret_value(),
        "ADVOCACY_OPERATOR_KEY": settings.operator_key.get_secret_value(),
    }
    for point, name in (("erasure.between_steps", "quetzalina"), ("erasure.before_commit", "quetzalina"), ("", None)):
        worker = await asyncio.create_subprocess_exec(
            sys.executable, "-c", _WORKER, str(tenant.id), asked["id"], env={**env, "ADVOCACY_CRASH_POINT": point}
        )
        assert await worker.wait() == (-signal.SIGKILL if point else 0)
        assert {word for _, word in await look_for(settings, ["quetzalina"])} == ({name} if name else set())
    (request,) = await tenant.rows(PrivacyRequest)
    assert request.state is RequestState.DONE
