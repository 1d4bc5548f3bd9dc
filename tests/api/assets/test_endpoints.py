"""Files over HTTP: told by their content, written anew, kept once, given back as attachments."""

from __future__ import annotations

import hashlib
import io
import os
import time
from typing import Any

import pytest
from PIL import Image

from services.core.assets import files, service
from services.core.assets.models import Asset
from services.core.assets.storage import Storage
from services.core.audit.models import AuditEntry
from services.core.kit.settings import Settings
from services.core.organizations.models import Role
from tests.factories.media import SECRET_PLACE, document, picture, video
from tests.fixtures.api import Api, Tenant

BYTES = {"Content-Type": "application/octet-stream"}


async def send(api: Api, key: str, data: bytes) -> Any:
    """Send a file."""
    return await api.post("/v1/assets", key=key, content=data, headers=BYTES)


class TestTaken:
    @pytest.mark.parametrize(
        ("data", "kind", "content_type"),
        [
            (picture("JPEG"), "image", "image/jpeg"),
            (picture("PNG"), "image", "image/png"),
            (picture("GIF"), "image", "image/gif"),
            (picture("WEBP"), "image", "image/jpeg"),
            (document(), "document", "application/pdf"),
            (video(), "video", "video/mp4"),
        ],
    )
    async def test_a_file_is_told_by_its_content_and_given_back_as_an_attachment(
        self, api: Api, tenant: Tenant, data: bytes, kind: str, content_type: str
    ) -> None:
        _, key = await tenant.person(Role.EDITOR)
        made = await send(api, key, data)
        assert made.status_code == 201, made.text
        asset = made.json()
        assert (asset["kind"], asset["content_type"]) == (kind, content_type)
        got = await api.get(f"/v1/assets/{asset['id']}/file", key=key)
        assert got.status_code == 200
        assert hashlib.sha256(got.content).hexdigest() == asset["sha256"]
        assert got.headers["x-content-type-options"] == "nosniff"
        assert got.headers["content-disposition"].startswith('attachment; filename="')
        assert got.headers["content-type"] == content_type
        assert "sandbox" in got.headers["content-security-policy"]

    @pytest.mark.parametrize("data", [picture("JPEG"), picture("PNG"), picture("GIF"), video()])
    async def test_what_a_camera_wrote_into_it_is_gone(self, api: Api, tenant: Tenant, data: bytes) -> None:
        assert SECRET_PLACE in data
        _, key = await tenant.person(Role.EDITOR)
        asset = (await send(api, key, data)).json()
        kept = (await api.get(f"/v1/assets/{asset['id']}/file", key=key)).content
        assert SECRET_PLACE not in kept
        assert b"Exif" not in kept

    async def test_a_picture_held_sideways_is_turned_and_an_animation_goes_on_moving(
        self, api: Api, tenant: Tenant
    ) -> None:
        _, key = await tenant.person(Role.EDITOR)
        turned = (await send(api, key, picture("JPEG", size=(64, 48)))).json()
        assert (turned["width"], turned["height"]) == (48, 64)
        moving = (await send(api, key, picture("GIF"))).json()
        kept = (await api.get(f"/v1/assets/{moving['id']}/file", key=key)).content
        with Image.open(io.BytesIO(kept)) as image:
            assert getattr(image, "n_frames", 1) == moving["frames"] == 4

    async def test_the_same_file_again_is_the_same_asset(self, api: Api, tenant: Tenant) -> None:
        _, key = await tenant.person(Role.EDITOR)
        first, second = [(await send(api, key, picture("PNG"))).json() for _ in range(2)]
        assert first["id"] == second["id"]
        assert len(await tenant.rows(Asset)) == 1


class TestRefused:
    @pytest.mark.parametrize(
        ("data", "code"),
        [
            (b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>", "unknown_file"),
            (b"MZ" + bytes(200), "unknown_file"),
            (b"<html><body>hello</body></html>", "unknown_file"),
            (picture("JPEG")[:400], "file_damaged"),
            (picture("PNG")[:60], "file_damaged"),
            (document(extra=b"/OpenAction << /S /JavaScript /JS (app.alert(1)) >>"), "active_document"),
            (document(extra=b"/OpenAction << /S /Java#53cript >>"), "active_document"),
            (document(pages=files.MAX_PAGES + 1), "too_many_pages"),
            (document()[:-20], "file_damaged"),
            (video()[:-10], "file_damaged"),
        ],
    )
    async def test_what_is_no_clean_file_is_refused_with_what_to_do(
        self, api: Api, tenant: Tenant, data: bytes, code: str
    ) -> None:
        _, key = await tenant.person(Role.EDITOR)
        answer = await send(api, key, data)
        assert answer.status_code == 422, answer.text
        assert [problem["code"] for problem in answer.json()["errors"]] == [code]
        assert await tenant.rows(Asset) == []

    async def test_a_bomb_of_pixels_is_refused_before_it_is_unpacked(self, api: Api, tenant: Tenant) -> None:
        out = io.BytesIO()
        Image.new("1", (30_000, 30_000)).save(out, "PNG")
        _, key = await tenant.person(Role.EDITOR)
        answer = await send(api, key, out.getvalue())
        assert [problem["code"] for problem in answer.json()["errors"]] == ["too_many_pixels"]

    async def test_the_organizations_room_is_limited(self, api: Api, tenant: Tenant) -> None:
        api.app.state.settings = tenant.settings.model_copy(update={"asset_quota_bytes": 100})
        _, key = await tenant.person(Role.EDITOR)
        answer = await send(api, key, picture())
        assert (answer.status_code, answer.json()["code"]) == (409, "asset_quota_reached")

    async def test_who_writes_no_content_sends_no_files(self, api: Api, tenant: Tenant, other_tenant: Tenant) -> None:
        _, analyst = await tenant.person(Role.ANALYST)
        assert (await send(api, analyst, picture())).status_code == 403
        _, editor = await tenant.person(Role.EDITOR)
        asset = (await send(api, editor, picture())).json()
        _, foreign = await other_tenant.person(Role.EDITOR)
        for path in (f"/v1/assets/{asset['id']}", f"/v1/assets/{asset['id']}/file"):
            assert (await api.get(path, key=foreign)).status_code == 404


class TestWords:
    async def test_b42_what_goes_out_without_words_needs_a_reason_that_is_audited(
        self, api: Api, tenant: Tenant
    ) -> None:
        _, key = await tenant.person(Role.EDITOR)
        made = await send(api, key, picture())
        path = f"/v1/assets/{made.json()['id']}"
        changed = await api.patch(
            path, key=key, etag=made.headers["etag"], json={"alt_texts": {"en": "A roof.", "he": "גג."}}
        )
        assert changed.json()["alt_texts"] == {"en": "A roof.", "he": "גג."}
        short = await api.patch(path, key=key, etag="*", json={"accessibility_override": "no"})
        assert short.status_code == 422
        reason = "A plain coloured line between two parts."
        done = await api.patch(
            path, key=key, etag="*", json={"accessibility_override": reason, "alt_texts": {"he": None}}
        )
        assert (done.json()["accessibility_override"], done.json()["alt_texts"]) == (reason, {"en": "A roof."})
        entries = [row.after for row in await tenant.rows(AuditEntry) if row.action == "asset.update"]
        assert reason in [entry.get("accessibility_override") for entry in entries]
        wrong = await api.patch(path, key=key, etag="*", json={"captions": {"en": "hello"}})
        assert wrong.status_code == 422


class TestFiles:
    async def test_files_that_no_row_names_are_swept_once_they_are_old(
        self, api: Api, tenant: Tenant, settings: Settings
    ) -> None:
        _, key = await tenant.person(Role.EDITOR)
        kept = (await send(api, key, picture())).json()["sha256"]
        storage = Storage(settings.data_dir, tenant.id)
        storage.put("0" * 64, b"left by a process that died before its commit")
        storage.put("1" * 64, b"of an upload that is on its way")
        hours_ago = time.time() - 7200
        for name in (kept, "0" * 64):
            os.utime(storage.path(name), (hours_ago, hours_ago))
        async with tenant.database.transaction(tenant.id) as session:
            assert await service.sweep_orphans(session, settings=settings) == 1
        assert [storage.read(name) is not None for name in (kept, "0" * 64, "1" * 64)] == [True, False, True]

    async def test_a_deleted_file_is_gone_for_everybody(self, api: Api, tenant: Tenant) -> None:
        _, key = await tenant.person(Role.EDITOR)
        made = await send(api, key, picture())
        path = f"/v1/assets/{made.json()['id']}"
        assert (await api.delete(path, key=key, etag=made.headers["etag"])).status_code == 204
        assert (await api.get(path, key=key)).status_code == 404
