"""The master key is changed while everything runs: both open at first, and at the end the new one alone does."""

from __future__ import annotations

import base64
import os

import pytest

from services.core.employees import sealing
from services.core.employees.models import DataKey
from services.core.kit import crypto
from services.core.kit.settings import Settings
from services.core.platforms.models import PlatformConnection
from services.core.platforms.vendors import open_account
from services.scheduler.jobs import keys
from services.scheduler.worker.tools import Tools
from tests.fixtures.api import Api, Tenant
from tests.fixtures.platform import Vendor


@pytest.fixture
def settings(settings: Settings, vendor: Vendor) -> Settings:
    """Settings that lead to a platform."""
    return vendor.reached_by(settings)


async def test_what_an_older_key_has_sealed_comes_under_the_new_one_and_the_older_can_go(
    api: Api, tenant: Tenant, settings: Settings, vendor: Vendor
) -> None:
    employee = await tenant.employee()
    old = crypto.Sealer(settings.master_keys)
    place = crypto.Place(tenant.id, employee.id, "a.field")
    async with tenant.database.transaction(tenant.id) as session:
        sealed = (await sealing.sealer_for(session, employee.id, master=old)).seal(b"mine", place=place)
    body = {
        "connector": "noticeboard", "title": "Board", "settings": {"client_id": "us", "client_secret": "right"},
    }  # fmt: skip
    made = await api.post("/v1/platform-connections", key=tenant.owner_key, json=body)
    assert made.status_code == 201, made.text

    fresh = base64.b64encode(os.urandom(32)).decode()
    both = settings.model_copy(
        update={"master_key": type(settings.master_key)(f"next:{fresh},{settings.master_key.get_secret_value()}")}
    )
    for _ in range(2):
        await keys.wrap_anew(Tools(tenant.database, both))

    alone = settings.model_copy(update={"master_key": type(settings.master_key)(f"next:{fresh}")})
    new = crypto.Sealer(alone.master_keys)
    assert all(row.wrapped.startswith(new.prefix) for row in await tenant.rows(DataKey))
    async with tenant.database.transaction(tenant.id) as session:
        assert (await sealing.sealer_for(session, employee.id, master=new)).open(sealed, place=place) == b"mine"
    (row,) = await tenant.rows(PlatformConnection)
    account = open_account(row, settings=alone)
    assert account.settings["client_secret"] == "right"
    assert account.credentials is not None
    assert row.version == made.json().get("version", row.version)


async def test_a_value_that_no_key_opens_is_left_and_keeps_no_other_waiting(tenant: Tenant, settings: Settings) -> None:
    damaged, sound = await tenant.employee(), await tenant.employee()
    stranger, old = crypto.Sealer({"gone": os.urandom(32)}), crypto.Sealer(settings.master_keys)
    async with tenant.database.transaction(tenant.id) as session:
        await sealing.sealer_for(session, damaged.id, master=stranger)
        await sealing.sealer_for(session, sound.id, master=old)
    fresh = base64.b64encode(os.urandom(32)).decode()
    both = settings.model_copy(
        update={"master_key": type(settings.master_key)(f"next:{fresh},{settings.master_key.get_secret_value()}")}
    )
    await keys.wrap_anew(Tools(tenant.database, both))
    rows = {row.employee_id: row.wrapped for row in await tenant.rows(DataKey)}
    assert rows[damaged.id].startswith(stranger.prefix)
    assert rows[sound.id].startswith(crypto.Sealer(both.master_keys).prefix)
