"""The audit is chained under a key, its head is kept elsewhere, and whatever somebody changes is found."""

from __future__ import annotations

import argparse
import asyncio
import base64
import os
from datetime import timedelta
from uuid import uuid4

import asyncpg
import pytest

from services.cli import audit as cli
from services.core.audit import chain, heads
from services.core.audit.chain import Flaw, Verdict
from services.core.audit.models import AuditEntry, AuditHead, AuditLink, AuditPending
from services.core.audit.service import record
from services.core.employees.models import Employee
from services.core.kit import crypto, db
from services.core.kit.settings import Settings
from services.scheduler.jobs import audit, keys
from services.scheduler.worker.tools import Tools
from tests.fixtures.api import Api, Tenant

_OPEN = "alter table audit_entries disable trigger append_only; alter table audit_links disable trigger append_only;"


async def write(tenant: Tenant, employee: Employee, count: int = 1) -> None:
    async with tenant.database.transaction(tenant.id) as session:
        for number in range(count):
            record(session, actor="system", action="test.deed", subject=employee, after={"number": number, "x": 0.5})


async def verdict_on(tenant: Tenant, settings: Settings) -> Verdict:
    found = await cli.verify(settings, directory=heads.directory_of(settings))
    return found[tenant.id]


async def as_intruder(settings: Settings, *statements: str) -> None:
    """What somebody does who owns the database and nothing else."""
    connection = await asyncpg.connect(settings.database_url)
    try:
        await connection.execute(_OPEN)
        for statement in statements:
            await connection.execute(statement)
    finally:
        await connection.close()


@pytest.fixture
async def chained(tenant: Tenant, settings: Settings) -> Tools:
    """An organization with some chained entries whose head is written down elsewhere."""
    tools = Tools(tenant.database, settings)
    await write(tenant, await tenant.employee(), 9)
    await audit.chain_waiting(tools)
    await audit.daily(tools)
    return tools


async def test_entries_are_chained_exported_readable_and_verified_while_more_are_written(
    api: Api, tenant: Tenant, settings: Settings, chained: Tools
) -> None:
    entries = await tenant.rows(AuditEntry)
    assert {row.id for row in await tenant.rows(AuditLink)} == {row.id for row in entries}
    assert await tenant.rows(AuditPending) == []
    (head,) = heads.read(heads.directory_of(settings), tenant.id)
    assert head.position == len(entries)
    # More deeds, one of them not committed while somebody verifies.
    employee = await tenant.employee()
    async with tenant.database.transaction(tenant.id) as session:
        record(session, actor="system", action="test.deed", subject=employee)
        await session.flush()
        assert await verdict_on(tenant, settings) == Verdict(len(entries))
    assert await verdict_on(tenant, settings) == Verdict(len(entries), waiting=1)
    told = (await api.get("/v1/audit-chain", key=tenant.owner_key)).json()
    assert (told["position"], told["mac"], told["waiting"]) == (len(entries), head.mac.hex(), 1)
    assert (told["is_valid"], told["problem"], told["exported_position"]) == (True, None, head.position)
    _, key = await tenant.person()
    assert (await api.get("/v1/audit-chain", key=key)).status_code == 403


@pytest.mark.parametrize(
    ("statement", "flaw", "position"),
    [
        ("update audit_entries set actor = 'key:x' where id = {4}", Flaw.ENTRY_CHANGED, 4),
        ("update audit_entries set after = '{{}}' where id = {4}", Flaw.ENTRY_CHANGED, 4),
        ("update audit_entries set created_at = created_at + interval '1 us' where id = {4}", Flaw.ENTRY_CHANGED, 4),
        ("delete from audit_entries where id = {4}", Flaw.ENTRY_DELETED, 4),
        ("delete from audit_entries where id = {4}; delete from audit_links where id = {4}", Flaw.LINK_MISSING, 4),
        # Cut at the end, with everything that tells of it set right: the exported head alone knows.
        (
            "delete from audit_entries where id in (select id from audit_links where position > 6);"
            " delete from audit_links where position > 6;"
            " update audit_heads set position = 6, mac = (select mac from audit_links where position = 6)",
            Flaw.CUT_AT_THE_END, 7,
        ),
        (
            "delete from audit_entries; delete from audit_links; delete from audit_pending; delete from audit_heads",
            Flaw.CUT_AT_THE_END, 0,
        ),
        (
            "delete from audit_entries where id in (select id from audit_links where position <= 3);"
            " update audit_heads set checkpoint_position = 3, checkpoint_seal = 'x',"
            " checkpoint_mac = (select mac from audit_links where position = 3);"
            " delete from audit_links where position <= 3",
            Flaw.CUT_AT_THE_START, 3,
        ),
        ("delete from audit_links where id = {last}; update audit_heads set position = position - 1, "
         "mac = (select mac from audit_links order by position desc limit 1)", Flaw.CUT_AT_THE_END, -1),
    ],
)  # fmt: skip
async def test_what_somebody_with_the_database_changes_is_found_and_named(
    statement: str, flaw: Flaw, position: int, tenant: Tenant, settings: Settings, chained: Tools
) -> None:
    links = sorted(await tenant.rows(AuditLink), key=lambda row: row.position)
    ids = {row.position: f"'{row.id}'" for row in links}
    wanted = statement.replace("{last}", f"'{links[-1].id}'").replace("{4}", ids[4]).replace("{{}}", "{}")
    await as_intruder(settings, wanted)
    found = await verdict_on(tenant, settings)
    assert (found.flaw, found.position) == (flaw, position if position >= 0 else len(links))
    if flaw in (Flaw.ENTRY_CHANGED, Flaw.ENTRY_DELETED):
        assert found.entry_id == links[3].id


async def test_a_new_entry_past_the_trigger_and_a_chain_written_anew_are_found(
    tenant: Tenant, settings: Settings, chained: Tools
) -> None:
    await as_intruder(
        settings,
        "alter table audit_entries disable trigger note_audit_entry",
        "insert into audit_entries select organization_id, gen_random_uuid(), created_at, actor, 'forged.deed',"
        " object_type, object_id, before, after, request_id from audit_entries limit 1",
    )
    assert (await verdict_on(tenant, settings)).flaw is Flaw.OUTSIDE
    # The whole chain made again by the product itself, after an entry was changed.
    await as_intruder(
        settings,
        "delete from audit_entries where action = 'forged.deed'",
        "update audit_entries set actor = 'key:x' where action = 'test.deed'",
        "insert into audit_pending select organization_id, id from audit_links",
        "delete from audit_links; delete from audit_heads",
    )
    await audit.chain_waiting(chained)
    assert (await verdict_on(tenant, settings)).flaw is Flaw.NOT_AS_EXPORTED
    await audit.daily(chained)
    (head,) = await tenant.rows(AuditHead)
    assert head.problem == Flaw.NOT_AS_EXPORTED


async def test_old_entries_go_behind_a_sealed_checkpoint_and_the_rest_stays_verifiable(
    tenant: Tenant, settings: Settings, chained: Tools
) -> None:
    old = len(await tenant.rows(AuditEntry))
    await db.move_clock(settings.database_url, by=chain.KEPT + timedelta(minutes=1))
    await write(tenant, await tenant.employee(), 3)
    await audit.chain_waiting(chained)
    await audit.daily(chained)
    assert len(await tenant.rows(AuditEntry)) == len(await tenant.rows(AuditLink)) == 3
    assert await verdict_on(tenant, settings) == Verdict(old + 3)
    async with tenant.database.hot(tenant.id) as connection:
        # The door for old entries does not open for young ones.
        assert await connection.fetchval("select purge_audit($1, 1000)", tenant.id) == 0
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with tenant.database.hot(tenant.id) as connection:
            await connection.execute("delete from audit_links")


async def test_the_chain_outlives_a_change_of_the_master_key(
    tenant: Tenant, settings: Settings, chained: Tools
) -> None:
    fresh = base64.b64encode(os.urandom(32)).decode()
    secret = type(settings.master_key)
    both = settings.model_copy(update={"master_key": secret(f"n:{fresh},{settings.master_key.get_secret_value()}")})
    await keys.wrap_anew(Tools(tenant.database, both))
    alone = settings.model_copy(update={"master_key": secret(f"n:{fresh}")})
    assert (await verdict_on(tenant, alone)).flaw is None
    with pytest.raises(crypto.CannotOpen):
        await verdict_on(tenant, settings)


async def test_the_command_says_a_line_for_each_organization_and_ends_with_a_code(
    tenant: Tenant, other_tenant: Tenant, settings: Settings, chained: Tools, capsys: pytest.CaptureFixture[str]
) -> None:
    async def look(settings: Settings = settings, **options: object) -> tuple[int, str]:
        capsys.readouterr()
        given = argparse.Namespace(**{"organization": None, "heads_dir": None, **options})
        code = await asyncio.to_thread(cli.look, settings, given)
        return code, "".join(capsys.readouterr())

    code, said = await look()
    assert code == cli.VALID
    assert sorted(line.split()[0] for line in said.splitlines()) == sorted([str(tenant.id), str(other_tenant.id)])
    await as_intruder(settings, f"update audit_entries set actor = 'x' where organization_id = '{tenant.id}'")
    code, said = await look()
    assert (code, said.count("BROKEN at position 1, entry")) == (cli.BROKEN, 1)
    assert (await look(organization=other_tenant.id))[0] == cli.VALID
    assert (await look(organization=uuid4()))[0] == cli.NOT_LOOKED_AT
    nowhere = settings.model_copy(update={"database_url": "postgresql://127.0.0.1:1/none"})
    assert (await look(nowhere))[0] == cli.NOT_LOOKED_AT
    heads.directory_of(settings).joinpath(f"{tenant.id}.jsonl").write_text("{}\n")
    assert (await look())[0] == cli.NOT_LOOKED_AT
    assert set(cli._WORDS) == set(Flaw)
