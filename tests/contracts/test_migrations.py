"""The database is what the models say, and every tenant table shows its rows to nobody else."""

from __future__ import annotations

import asyncpg
import pytest

from services.core.kit.db import RUNTIME_ROLE, Database, connect
from services.core.metadata import load_metadata
from services.core.migrations import runner
from tests.fixtures.api import Tenant
from tests.fixtures.database import Server

#: Tables of the installation: no tenant's rows are in them.
SHARED = {"clock", "workers", "daily_salts", "vendor_budgets", "vendor_breakers", "alembic_version"}

_TENANT_TABLES = """
select c.relname, c.relrowsecurity, c.relforcerowsecurity,
       (select count(*) from pg_policy p where p.polrelid = c.oid and p.polname = 'tenant') as policies
  from pg_class c join pg_namespace n on n.oid = c.relnamespace
 where n.nspname = 'public' and c.relkind in ('r', 'p') and not c.relispartition and c.relname not like 'pgqueuer%'
"""


class TestSchema:
    async def test_models_and_migrations_agree(self, database_url: str) -> None:
        assert await runner.drift(database_url) == []

    async def test_migrating_again_changes_nothing(self, database_url: str) -> None:
        await runner.migrate(database_url)
        assert await runner.drift(database_url) == []

    async def test_a_fresh_database_can_be_brought_to_head(self, server: Server) -> None:
        await server.execute("create database from_nothing")
        try:
            await runner.migrate(server.url("from_nothing"))
            assert await runner.drift(server.url("from_nothing")) == []
        finally:
            await server.execute("drop database from_nothing with (force)")


class TestTenancy:
    async def test_every_tenant_table_is_protected_also_from_its_owner(self, database_url: str) -> None:
        connection = await asyncpg.connect(database_url)
        try:
            rows = [row for row in await connection.fetch(_TENANT_TABLES) if row["relname"] not in SHARED]
        finally:
            await connection.close()
        assert {row["relname"] for row in rows} == {t.name for t in load_metadata().sorted_tables} - SHARED
        unprotected = [
            row["relname"]
            for row in rows
            if not (row["relrowsecurity"] and row["relforcerowsecurity"] and row["policies"] == 1)
        ]
        assert unprotected == []

    async def test_the_runtime_role_has_no_way_round(self, database_url: str) -> None:
        connection = await connect(database_url)
        try:
            role = await connection.fetchrow(
                "select current_user as name, rolsuper, rolbypassrls from pg_roles where rolname = current_user"
            )
        finally:
            await connection.close()
        assert (role["name"], role["rolsuper"], role["rolbypassrls"]) == (RUNTIME_ROLE, False, False)

    async def test_a_partition_cannot_be_read_directly(self, database_url: str) -> None:
        connection = await connect(database_url)
        try:
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await connection.fetch("select * from clicks_default")
        finally:
            await connection.close()

    async def test_without_an_organization_no_row_is_seen(self, database: Database, tenant: Tenant) -> None:
        await tenant.employee()
        async with database.hot(None) as connection:
            assert await connection.fetchval("select count(*) from employees") == 0
        async with database.hot(tenant.id) as connection:
            assert await connection.fetchval("select count(*) from employees") == 1

    async def test_a_row_cannot_be_written_for_another_organization(
        self, database: Database, tenant: Tenant, other_tenant: Tenant
    ) -> None:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            async with database.hot(tenant.id) as connection:
                await connection.execute(
                    "insert into events (organization_id, id, type, data) values ($1, gen_random_uuid(), 'x', '{}')",
                    other_tenant.id,
                )

    async def test_the_policy_is_what_keeps_tenants_apart(
        self, database: Database, database_url: str, tenant: Tenant, other_tenant: Tenant
    ) -> None:
        """The control: with the policy dropped and the table opened, the other tenant's row is seen."""
        await tenant.employee()
        async with database.hot(other_tenant.id) as connection:
            assert await connection.fetchval("select count(*) from employees") == 0
        owner = await asyncpg.connect(database_url)
        try:
            await owner.execute("alter table employees disable row level security")
        finally:
            await owner.close()
        async with database.hot(other_tenant.id) as connection:
            assert await connection.fetchval("select count(*) from employees") == 1

    async def test_audit_entries_cannot_be_changed_even_by_the_owner(self, database_url: str, tenant: Tenant) -> None:
        owner = await asyncpg.connect(database_url)
        try:
            assert await owner.fetchval("select count(*) from audit_entries") > 0
            for statement in ("update audit_entries set action = 'x'", "delete from audit_entries"):
                with pytest.raises(asyncpg.RaiseError):
                    await owner.execute(statement)
        finally:
            await owner.close()
