"""The page behind a mail's one-time link, as a browser and as a mail scanner open it."""

from __future__ import annotations

import html
import re
from datetime import timedelta
from typing import Any

import pytest

from services.core.employees.models import Employee, EmploymentStatus
from services.core.kit.db import move_clock
from tests.fixtures.api import Api, Tenant


class TestOpen:
    async def test_opening_changes_nothing_however_often(self, api: Api, desk: Any, tenant: Tenant) -> None:
        await desk.invite(await tenant.employee())
        link = await desk.link()
        for method in ("GET", "HEAD", "GET"):
            opened = await api.client.request(method, link)
            assert opened.status_code == 200
            assert opened.headers["cache-control"] == "no-store"
            assert opened.headers["referrer-policy"] == "no-referrer"
        assert 'method="post"' in opened.text
        assert "adv_live_" not in opened.text
        assert (await api.client.post(link)).status_code == 200

    @pytest.mark.parametrize(("language", "direction"), [("en", "ltr"), ("he", "rtl")])
    async def test_it_speaks_the_language_of_the_mail(
        self, api: Api, desk: Any, tenant: Tenant, language: str, direction: str
    ) -> None:
        await desk.invite(await tenant.employee(), language=language)
        link = await desk.link()
        for method in ("GET", "POST"):
            page = await api.client.request(method, link)
            assert f'<html lang="{language}" dir="{direction}">' in page.text
            assert page.headers["content-language"] == language

    async def test_it_loads_nothing_from_elsewhere(self, api: Api, desk: Any, tenant: Tenant) -> None:
        await desk.invite(await tenant.employee())
        page = await api.client.post(await desk.link())
        policy = page.headers["content-security-policy"]
        assert policy.startswith("default-src 'none'; ")
        assert "unsafe" not in policy
        nonces = set(re.findall(r'nonce="([^"]+)"', page.text))
        assert len(nonces) == 1
        assert f"'nonce-{nonces.pop()}'" in policy
        assert not re.search(r"<(link|img|iframe)|\ssrc=|@import|url\(", page.text)

    async def test_an_unknown_link_is_a_friendly_page(self, api: Api) -> None:
        for method in ("GET", "POST"):
            page = await api.client.request(method, "/join/nothing-like-it", headers={"Accept-Language": "he"})
            assert page.status_code == 404
            assert 'dir="rtl"' in page.text
            assert page.headers["cache-control"] == "no-store"


class TestUse:
    async def test_one_press_shows_the_key_once_and_the_two_answers(self, api: Api, desk: Any, tenant: Tenant) -> None:
        made = await desk.invite(await tenant.employee())
        link = await desk.link()
        page = await api.client.post(link)
        assert page.status_code == 200
        assert page.headers["cache-control"] == "no-store"
        assert page.headers["referrer-policy"] == "no-referrer"
        text = html.unescape(page.text)
        found = re.search(r'id="key">(adv_live_\w+)<', page.text)
        assert found is not None
        key = found[1]
        for verb in ("accept", "decline"):
            assert f"curl -X POST http://127.0.0.1:8000/v1/invitations/{made.json()['id']}/{verb}" in text
            assert f'-H "Idempotency-Key: {verb}-{made.json()["id"]}"' in text
        assert f'curl http://127.0.0.1:8000/v1/me/invitations -H "Authorization: Bearer {key}"' in text
        assert "Lumen &lt;Voices&gt;" in page.text
        assert "Lumen <Voices>" not in page.text
        joined = await desk.answer(made.json()["id"], "accept", key=key)
        assert joined.json()["state"] == "joined"

        for method in ("GET", "POST"):
            used = await api.client.request(method, link)
            assert used.status_code == 410
            assert used.headers["cache-control"] == "no-store"
            assert "adv_live_" not in used.text

    async def test_a_link_runs_out(self, api: Api, desk: Any, tenant: Tenant, database_url: str) -> None:
        await desk.invite(await tenant.employee())
        link = await desk.link()
        await move_clock(database_url, by=timedelta(days=14, minutes=1))
        assert (await api.client.get(link)).status_code == 410
        assert (await api.client.post(link)).status_code == 410

    async def test_who_has_left_gets_no_key(self, api: Api, desk: Any, tenant: Tenant) -> None:
        employee = await tenant.employee()
        await desk.invite(employee)
        link = await desk.link()
        async with tenant.database.transaction(tenant.id) as session:
            row = await session.get(Employee, (tenant.id, employee.id))
            assert row is not None
            row.status = EmploymentStatus.LEFT
            session.add(row)
        assert (await api.client.get(link)).status_code == 410
        page = await api.client.post(link)
        assert page.status_code == 410
        assert "adv_live_" not in page.text
