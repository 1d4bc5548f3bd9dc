"""Every table has an owner and a period in the one registry, and what was kept its time goes."""

from __future__ import annotations

from datetime import timedelta

from services.core.connections.models import AuthorizationRequest, Connection, ConnectionState
from services.core.employees.models import EmploymentStatus
from services.core.kit import db
from services.core.metadata import load_metadata
from services.core.organizations.models import SignInLinkRequest
from services.core.privacy import registry, retention
from services.core.privacy.models import LegalHold, PrivacyRequest, RequestKind, RequestState
from services.scheduler.jobs import privacy as job
from services.scheduler.worker.tools import Tools
from tests.fixtures.api import Tenant


def test_every_table_has_an_owner_and_a_period_and_names_its_people() -> None:
    tables = load_metadata().tables
    assert set(tables) - set(registry.BY_TABLE) == set()
    assert set(registry.BY_TABLE) - set(tables) == set()
    assert len(registry.RULES) == len(registry.BY_TABLE)
    for name, table in tables.items():
        rule = registry.BY_TABLE[name]
        assert rule.keep.why, name
        to_people = {
            column.name
            for key in table.foreign_key_constraints
            if key.referred_table.name == "employees"
            for column in key.columns
            if column.name != "organization_id"
        }
        # Whoever answers a need is not its person.
        assert to_people - {"owner_employee_id", "author_employee_id"} <= set(rule.people), name
        wanted = {*rule.people, *rule.blank, *([rule.parent[0]] if rule.parent else [])}
        assert wanted <= set(table.c.keys()), name
        sealed = {column for column in set(table.c.keys()) if column.startswith("sealed_")}
        assert not sealed or rule.is_personal or rule.owner is not registry.Owner.MEMBERSHIP, name


def test_rows_that_refer_to_others_go_before_them() -> None:
    place = {rule.table: number for number, rule in enumerate(registry.RULES)}
    tables = load_metadata().tables
    for rule in registry.RULES:
        if rule.fate is not registry.Fate.DELETE or not rule.is_personal:
            continue
        for key in tables[rule.table].foreign_key_constraints:
            other = registry.BY_TABLE[key.referred_table.name]
            if other.is_personal and other.fate is registry.Fate.DELETE:
                assert place[rule.table] < place[other.table], (rule.table, other.table)


async def test_what_was_kept_its_time_goes_in_bounded_batches_and_leavers_begin_to_be_forgotten(
    tenant: Tenant, database: db.Database
) -> None:
    gone = await tenant.employee(status=EmploymentStatus.LEFT)
    held = await tenant.employee()
    async with tenant.database.transaction(tenant.id) as session:
        now = await db.now(session)
        gone.ended_on = now.date() - timedelta(days=31)
        session.add(await session.merge(gone))
        # A preview that they never confirmed keeps nobody's record.
        session.add(
            PrivacyRequest(
                organization_id=tenant.id, employee_id=gone.id, kind=RequestKind.ERASURE,
                state=RequestState.AWAITING_CONFIRMATION, due_at=now,
            )
        )  # fmt: skip
        session.add(LegalHold(organization_id=tenant.id, employee_id=held.id, reason="Case", placed_by="system"))
        for owner in (gone, held):
            connection = Connection(
                organization_id=tenant.id, employee_id=owner.id, connector="demo", state=ConnectionState.PENDING
            )
            session.add(connection)
            await session.flush()
            session.add(
                AuthorizationRequest(
                    organization_id=tenant.id, connection_id=connection.id, state_hash=owner.id.bytes, expires_at=now
                )
            )
        for number in range(3):
            session.add(SignInLinkRequest(organization_id=tenant.id, mail_hash=bytes([number])))
    tools = Tools(database, tenant.settings)
    await job.daily(tools)
    assert len(await tenant.rows(SignInLinkRequest)) == 3

    await db.move_clock(tenant.settings.database_url, by=timedelta(days=2))
    async with tenant.database.transaction(tenant.id) as session:
        assert await retention.forget(session, registry.BY_TABLE["sign_in_link_requests"], batch=2) == 2
    for _ in range(2):
        await job.daily(tools)
    assert await tenant.rows(SignInLinkRequest) == []
    # A hold wins over the period, too.
    assert [row.state_hash for row in await tenant.rows(AuthorizationRequest)] == [held.id.bytes]
    assert sorted((row.employee_id, row.state) for row in await tenant.rows(PrivacyRequest)) == [
        (gone.id, RequestState.AWAITING_CONFIRMATION),
        (gone.id, RequestState.QUEUED),
    ]
