"""The list of connectors and the comparison over HTTP."""

from __future__ import annotations

from services.core.organizations.models import Role
from tests.fixtures.api import Api, Tenant


class TestListing:
    async def test_each_says_what_it_needs_and_costs(self, api: Api, tenant: Tenant) -> None:
        listed = (await api.get("/v1/connectors", key=tenant.owner_key)).json()["data"]
        linkedin = next(one for one in listed if one["slug"] == "linkedin")
        assert linkedin["auth"] == "oauth2_code"
        assert linkedin["kind"] == "network"
        assert linkedin["version_ends_on"] >= "2027-01-01"
        secret = next(one for one in linkedin["settings"] if one["name"] == "client_secret")
        assert (secret["is_secret"], secret["is_required"], secret["default"]) == (True, True, None)


class TestFit:
    async def test_all_are_compared_and_each_score_is_explained(self, api: Api, tenant: Tenant) -> None:
        _, manager_key = await tenant.person(Role.PROGRAM_MANAGER)
        body = {"people": 40, "languages": ["he"], "required": ["publish_as_member"], "effort": "minutes"}
        answer = await api.post("/v1/connectors/fit", key=manager_key, json=body)
        assert answer.status_code == 200, answer.text
        found = answer.json()["data"]
        assert {one["slug"] for one in found} >= {"demo", "linkedin", "share_link"}
        assert [one["fits"] for one in found] == sorted((one["fits"] for one in found), reverse=True)
        for one in found:
            assert all(each["because"]["en"] and each["because"]["he"] for each in one["aspects"])
        by_slug = {one["slug"]: one for one in found}
        assert by_slug["linkedin"]["fits"]
        assert by_slug["share_link"]["missing"] == ["publish_as_member"]

    async def test_one_is_judged_alone_as_in_the_comparison(self, api: Api, tenant: Tenant) -> None:
        body = {"people": 40, "languages": ["he"]}
        alone = (await api.post("/v1/connectors/linkedin/fit", key=tenant.owner_key, json=body)).json()
        together = (await api.post("/v1/connectors/fit", key=tenant.owner_key, json=body)).json()["data"]
        assert alone == next(one for one in together if one["slug"] == "linkedin")

    async def test_what_cannot_be_meant_is_refused_and_named(self, api: Api, tenant: Tenant) -> None:
        for body, pointer in (
            ({"people": 0}, "/people"),
            ({"required": ["fly"]}, "/required/0"),
            ({"weights": {"beauty": 3}}, "/weights"),
            ({"languages": ["not a tag"]}, "/languages/0"),
            ({"quotes": {"linkedin": -1}}, "/quotes"),
        ):
            answer = await api.post("/v1/connectors/fit", key=tenant.owner_key, json=body)
            assert answer.status_code == 422, body
            assert any(one["pointer"].startswith(pointer) for one in answer.json()["errors"]), answer.text
        unknown = await api.post("/v1/connectors/no_such/fit", key=tenant.owner_key, json={})
        assert unknown.status_code == 404
        assert unknown.json()["code"] == "unknown_connector"

    async def test_strangers_and_plain_ambassadors_are_not_let_in(self, api: Api, tenant: Tenant) -> None:
        assert (await api.post("/v1/connectors/fit", json={})).status_code == 401
        _, ambassador_key = await tenant.person(Role.AMBASSADOR)
        assert (await api.post("/v1/connectors/fit", key=ambassador_key, json={})).status_code == 403
