"""The ledger of consents: everything said yes to can be read by its person, and taken back there."""

from __future__ import annotations

from datetime import timedelta

from services.core.ambassadors.declarations import set_consents
from services.core.ambassadors.models import Purpose
from services.core.connections.models import Connection, ConnectionState
from services.core.kit import db
from services.core.kit.texts import Language
from services.core.launches.models import LaunchExample, LaunchProfile
from services.core.shares.models import Publication, PublicationState
from services.scheduler.jobs import shares as sending
from services.scheduler.worker.tools import Tools
from tests.factories.demo_network import approve_demo_post, make_demo_scene, make_demo_sharer, open_demo_network
from tests.fixtures.api import Api, Tenant


async def test_the_ledger_shows_every_yes_and_what_ended_it_and_a_revoked_one_is_never_sent(
    api: Api, tenant: Tenant
) -> None:
    scene = await make_demo_scene(tenant)
    sharer = await make_demo_sharer(tenant, scene)
    due = await approve_demo_post(tenant, scene, sharer)
    async with tenant.database.transaction(tenant.id) as session:
        await set_consents(
            session, employee_id=sharer.employee.id, program_id=scene.program.id, purposes=[Purpose.SKILLS],
            language=Language.EN,
        )  # fmt: skip
        own = {"organization_id": tenant.id, "program_id": scene.program.id, "employee_id": sharer.employee.id}
        session.add(
            LaunchProfile(
                **own, sealed_content=b"x", content_hash="x", approved_hash="x", approved_at=await db.now(session),
                words_version=1,
            )
        )  # fmt: skip
        session.add(
            LaunchExample(**own, publication_id=due.id, language=Language.EN, sealed_text=b"x", words_version=1)
        )
    key = await tenant.key_of(sharer.employee)

    async def ledger() -> dict[str, dict[str, object]]:
        answer = await api.get("/v1/me/consents", key=key)
        assert answer.status_code == 200, answer.text
        return {one["id"]: one for one in answer.json()["data"]}

    async def revoke(consent_id: object) -> int:
        return (await api.post(f"/v1/me/consents/{consent_id}/revoke", key=key)).status_code

    found = await ledger()
    assert sorted(str(one["kind"]) for one in found.values()) == [
        "account", "declared_part", "named_at_launch", "post", "post_shown_at_launch",
    ]  # fmt: skip
    # Taking these back deletes them: nothing is left to list.
    for one in [one for one in found.values() if str(one["kind"]).endswith("at_launch")]:
        assert await revoke(one["id"]) == 200
    assert [*await tenant.rows(LaunchProfile), *await tenant.rows(LaunchExample)] == []
    post = found[str(due.consent_id)]
    assert (post["network"], post["content_hash"], post["withdrawn_at"]) == ("demo", due.content_hash.hex(), None)
    (part,) = [one for one in found.values() if one["kind"] == "declared_part"]
    assert (part["purpose"], part["program_id"]) == ("skills", str(scene.program.id))

    assert [await revoke(due.consent_id), await revoke(part["id"]), await revoke(due.consent_id)] == [200, 200, 200]
    async with open_demo_network(tenant.settings) as network:
        await sending.publish(Tools(tenant.database, network.settings), tenant.id, due.id)
        assert network.posts == []
    # Without the account nothing that was planned through it goes out.
    other = await make_demo_sharer(tenant, scene)
    later = await approve_demo_post(tenant, scene, other, due_in=timedelta(hours=3))
    own = await tenant.key_of(other.employee)
    assert (await api.post(f"/v1/me/consents/{other.connection.id}/revoke", key=own)).status_code == 200
    states = {row.id: row.state for row in await tenant.rows(Publication)}
    assert states == {due.id: PublicationState.CANCELLED, later.id: PublicationState.CANCELLED}
    assert await revoke(sharer.connection.id) == 200
    connection = next(row for row in await tenant.rows(Connection) if row.id == sharer.connection.id)
    assert (connection.state, connection.sealed_credentials) == (ConnectionState.REVOKED, None)
    ended = {consent_id: one["withdrawn_by"] for consent_id, one in (await ledger()).items()}
    assert ended[str(due.consent_id)] == "cancelled"
    assert (ended[str(part["id"])], ended[str(sharer.connection.id)]) == ("taken_back", "disconnected")
    # Everybody has their own ledger, and nobody another's.
    _, colleague = await tenant.person()
    assert (await api.get("/v1/me/consents", key=colleague)).json()["data"] == []
    assert (await api.post(f"/v1/me/consents/{due.consent_id}/revoke", key=colleague)).status_code == 404
    assert (await api.get("/v1/me/consents", key=tenant.owner_key)).status_code == 403
