"""A person's own preferences over HTTP."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx2
import pytest

from services.core.audit.models import AuditEntry
from services.core.events.models import Event
from tests.fixtures.api import Api, Tenant

PATH = "/v1/me/preferences"
WHOLE = {
    "time_zone": "America/New_York",
    "country": "DE",
    "subdivision": "BY",
    "observes_holidays": True,
    "working_days": [1, 2, 3, 4, 5],
    "quiet_from": "20:00",
    "quiet_to": "07:30",
    "windows": [{"days": [1, 5], "from": "09:00", "to": "17:00"}, {"days": [7], "from": "22:00", "to": "01:00"}],
    "max_per_day": 1,
    "max_per_week": 2,
    "languages": ["he", "en"],
}


async def put(api: Api, key: str, body: dict[str, Any], *, etag: str | None = None) -> httpx2.Response:
    """Say all preferences, on the version that is there unless told otherwise."""
    etag = etag or (await api.get(PATH, key=key)).headers["etag"]
    return await api.request("PUT", PATH, key=key, headers={"If-Match": etag}, json=body)


class TestReading:
    async def test_who_has_said_nothing_sees_defaults_and_what_counts_instead(self, api: Api, tenant: Tenant) -> None:
        _, key = await tenant.person(time_zone="Europe/Berlin", country="DE")
        read = await api.get(PATH, key=key)
        assert (read.status_code, read.headers["etag"]) == (200, '"0"')
        body = read.json()
        assert body["effective"] == {
            "time_zone": "Europe/Berlin", "time_zone_from": "directory", "country": "DE"
        }  # fmt: skip
        assert (body["time_zone"], body["working_days"], body["windows"], body["languages"]) == (None, None, [], [])
        assert (body["observes_holidays"], body["max_per_week"]) == (False, None)

    @pytest.mark.parametrize("zone", [None, "Middle-earth/Shire"])
    async def test_a_zone_that_the_directory_lacks_is_the_organizations(
        self, api: Api, tenant: Tenant, zone: str | None
    ) -> None:
        _, key = await tenant.person(time_zone=zone)
        effective = (await api.get(PATH, key=key)).json()["effective"]
        assert (effective["time_zone"], effective["time_zone_from"]) == ("Asia/Jerusalem", "organization")


class TestSaying:
    async def test_what_is_said_is_read_again(self, api: Api, tenant: Tenant) -> None:
        _, key = await tenant.person()
        said = await put(api, key, WHOLE)
        assert (said.status_code, said.headers["etag"]) == (200, '"1"')
        effective = {"time_zone": "America/New_York", "time_zone_from": "own", "country": "DE"}
        assert said.json() == {**WHOLE, "effective": effective}
        assert (await api.get(PATH, key=key)).json() == said.json()

    async def test_said_anew_whatever_is_left_out_is_not_limited(self, api: Api, tenant: Tenant) -> None:
        _, key = await tenant.person()
        await put(api, key, WHOLE)
        again = (await put(api, key, {"max_per_week": 3})).json()
        assert (again["max_per_week"], again["max_per_day"], again["quiet_from"]) == (3, None, None)
        assert (again["windows"], again["languages"], again["observes_holidays"]) == ([], [], False)

    async def test_a_patch_changes_what_it_names_and_null_takes_a_limit_away(self, api: Api, tenant: Tenant) -> None:
        _, key = await tenant.person()
        await put(api, key, WHOLE)
        body = {"max_per_week": None, "windows": None, "observes_holidays": None, "quiet_to": "08:00"}
        patched = await api.patch(PATH, key=key, etag='"1"', json=body)
        assert (patched.status_code, patched.headers["etag"]) == (200, '"2"')
        changed = {"max_per_week": None, "windows": [], "observes_holidays": False, "quiet_to": "08:00"}
        assert {name: patched.json()[name] for name in WHOLE} == {**WHOLE, **changed}

    async def test_a_patch_may_come_first(self, api: Api, tenant: Tenant) -> None:
        _, key = await tenant.person()
        patched = await api.patch(PATH, key=key, etag='"0"', json={"max_per_day": 1})
        assert (patched.status_code, patched.json()["max_per_day"]) == (200, 1)

    async def test_a_version_that_has_passed_changes_nothing(self, api: Api, tenant: Tenant) -> None:
        _, key = await tenant.person()
        assert (await api.request("PUT", PATH, key=key, json=WHOLE)).status_code == 428
        await put(api, key, WHOLE)
        assert (await put(api, key, {}, etag='"0"')).status_code == 412
        assert (await api.get(PATH, key=key)).json()["max_per_week"] == 2

    async def test_of_two_devices_at_once_one_is_told_to_look_again(self, api: Api, tenant: Tenant) -> None:
        _, key = await tenant.person()
        answers = await asyncio.gather(*(put(api, key, {"max_per_day": day}, etag='"0"') for day in (1, 2, 3)))
        assert sorted(answer.status_code for answer in answers) == [200, 412, 412]

    @pytest.mark.parametrize(
        ("body", "pointer"),
        [
            ({"time_zone": "Jerusalem"}, "/time_zone"),
            ({"working_days": []}, "/working_days"),
            ({"working_days": [0]}, "/working_days/0"),
            ({"quiet_from": "8pm", "quiet_to": "07:00"}, "/quiet_from"),
            ({"quiet_from": "20:00"}, "/quiet_to"),
            ({"quiet_to": "07:00"}, "/quiet_from"),
            ({"quiet_from": "20:00", "quiet_to": "20:00"}, "/quiet_to"),
            ({"windows": [{"days": [1], "from": "09:00", "to": "09:00"}]}, "/windows/0"),
            ({"windows": [{"days": [8], "from": "09:00", "to": "10:00"}]}, "/windows/0/days/0"),
            ({"windows": [{"days": [1], "from": "09:00"}]}, "/windows/0/to"),
            ({"max_per_week": 0}, "/max_per_week"),
            ({"languages": ["fr"]}, "/languages/0"),
            ({"observes_holidays": True, "country": "XX"}, "/country"),
            ({"country": "DE", "subdivision": "ZZ"}, "/subdivision"),
        ],
    )
    async def test_what_makes_no_sense_is_named(
        self, api: Api, tenant: Tenant, body: dict[str, Any], pointer: str
    ) -> None:
        _, key = await tenant.person()
        refused = await put(api, key, body)
        assert refused.status_code == 422
        assert [problem["pointer"] for problem in refused.json()["errors"]] == [pointer]

    async def test_whose_holidays_has_to_be_known(self, api: Api, tenant: Tenant) -> None:
        _, key = await tenant.person(country=None)
        refused = await put(api, key, {"observes_holidays": True})
        assert [problem["pointer"] for problem in refused.json()["errors"]] == ["/country"]
        assert (await put(api, key, {"observes_holidays": True, "country": "IL"})).status_code == 200


class TestPrivacy:
    async def test_nobody_else_reads_them_and_nothing_is_written_down(self, api: Api, tenant: Tenant) -> None:
        _, key = await tenant.person()
        _, colleague = await tenant.person()
        events, entries = len(await tenant.rows(Event)), len(await tenant.rows(AuditEntry))
        await put(api, key, WHOLE)
        assert (await api.get(PATH, key=colleague)).json()["time_zone"] is None
        assert (await api.get(PATH, key=tenant.owner_key)).status_code == 403
        assert (len(await tenant.rows(Event)), len(await tenant.rows(AuditEntry))) == (events, entries)
