"""The protocol itself: errors, media types, filters, pages, orders, chosen attributes, versions, searches and bulk."""

from __future__ import annotations

import asyncio
from typing import Any

from services.core.scim.models import ScimUser
from tests.fixtures.api import Api, Tenant
from tests.fixtures.scim import ENT, ERROR, USER, Scim, new_token


async def names(scim: Scim, **query: str) -> list[str]:
    answer = await scim.get("/Users", **query)
    assert answer.status_code == 200, answer.text
    return [one["userName"].partition("@")[0] for one in answer.json()["Resources"]]


class TestErrors:
    async def test_every_refusal_has_the_shape_of_scim(self, scim: Scim, api: Api, tenant: Tenant) -> None:
        made = await scim.user()
        path = f"/Users/{made['id']}"
        patch: dict[str, Any] = {"method": "PATCH", "path": path}

        def changing(*operations: Any) -> dict[str, Any]:
            return {**patch, "body": {"Operations": list(operations)}}

        for expected, scim_type, sent in [
            (404, None, {"method": "GET", "path": "/Nothing"}),
            (404, None, {"method": "GET", "path": ""}),
            (404, None, {"method": "GET", "path": "/Schemas/urn:nothing"}),
            (405, None, {"method": "DELETE", "path": "/Users"}),
            (405, None, {"method": "PUT", "path": "/Schemas"}),
            (405, None, {"method": "GET", "path": "/Users/.search"}),
            (403, None, {"method": "GET", "path": "/Schemas?filter=id%20pr"}),
            (415, None, {"method": "POST", "path": "/Users", "body": {}, "headers": {"Content-Type": "text/plain"}}),
            (501, None, {"method": "GET", "path": "/Me"}),
            (400, "invalidSyntax", {"method": "POST", "path": "/Users"}),
            (400, "invalidSyntax", {"method": "POST", "path": "/Users", "body": [1]}),
            (400, "invalidValue", {"method": "POST", "path": "/Users", "body": {"title": "no name"}}),
            (400, "invalidValue", {"method": "POST", "path": "/Users", "body": {"userName": "a\0b"}}),
            (400, "invalidValue", {"method": "POST", "path": "/Users", "body": {"userName": "x" * 201}}),
            (400, "invalidValue", {"method": "POST", "path": "/Users", "body": {"userName": "x", "active": "soon"}}),
            (400, "invalidValue", {"method": "GET", "path": "/Users?count=many"}),
            (400, "invalidFilter", {"method": "GET", "path": "/Users?filter=userName"}),
            (400, "invalidFilter", {"method": "GET", "path": "/Users?filter=strange%20eq%20%221%22"}),
            (400, "invalidFilter", {"method": "GET", "path": "/Users?filter=active%20gt%20true"}),
            (400, "invalidFilter", {"method": "GET", "path": "/Users?filter=meta.created%20gt%20%22now%22"}),
            (400, "invalidFilter", {"method": "GET", "path": "/Users?sortBy=strange"}),
            (400, "invalidSyntax", {**patch, "body": {}}),
            (400, "invalidSyntax", changing({"op": "move", "path": "title"})),
            (400, "invalidPath", changing({"op": "add", "path": "strange", "value": "1"})),
            (400, "invalidPath", changing({"op": "add", "path": "title[", "value": "1"})),
            (400, "mutability", changing({"op": "replace", "path": "id", "value": "1"})),
            (400, "mutability", changing({"op": "replace", "path": "meta.created", "value": "1"})),
            (400, "mutability", changing({"op": "add", "path": "groups", "value": [{"value": "1"}]})),
            (400, "noTarget", changing({"op": "remove"})),
            (400, "noTarget", changing({"op": "add", "path": 'emails[type ne "work"].value', "value": "a@b.example"})),
            (400, "invalidValue", changing({"op": "replace", "path": "active", "value": "maybe"})),
            (400, "invalidValue", changing({"op": "remove", "path": "userName"})),
        ]:
            answer = await scim.call(sent.pop("method"), sent.pop("path"), sent.pop("body", None), **sent)
            body = answer.json()
            told = (answer.status_code, body.get("scimType"), body["status"], body["schemas"])
            assert told == (expected, scim_type, str(expected), [ERROR]), answer.text
            assert body["detail"]
        for key in ("nonsense", "adv_live_x"):
            refused = await Scim(api, key).get("/Users")
            assert refused.status_code == 401
            assert refused.headers["www-authenticate"].startswith("Bearer")
        _, person = await tenant.person()
        assert (await Scim(api, person).get("/Users")).status_code == 403
        outside = await api.client.get("/scim/elsewhere", headers={"Authorization": f"Bearer {scim.token}"})
        assert (outside.status_code, outside.json()["schemas"]) == (404, [ERROR])
        large = await scim.call("POST", "/Users", headers={"Content-Length": str(9 * 1024 * 1024)})
        assert large.status_code == 413

    async def test_all_operations_of_a_change_apply_or_none(self, scim: Scim) -> None:
        made = await scim.user(title="Driver")
        operations = [{"op": "replace", "path": "title", "value": "Pilot"}, {"op": "add", "path": "x", "value": "1"}]
        assert (await scim.patch(f"/Users/{made['id']}", *operations)).status_code == 400
        assert (await scim.get(f"/Users/{made['id']}")).json() == made

    async def test_versions(self, scim: Scim) -> None:
        made = await scim.user()
        path, old = f"/Users/{made['id']}", made["meta"]["version"]
        first = await scim.get(path)
        assert first.headers["etag"] == old
        assert (await scim.call("GET", path, headers={"If-None-Match": old})).status_code == 304
        title = {"op": "add", "path": "title", "value": "Driver"}
        changed = await scim.patch(path, title, headers={"If-Match": old})
        assert changed.headers["etag"] == changed.json()["meta"]["version"] != old
        again = await scim.patch(path, title)
        assert again.headers["etag"] == changed.headers["etag"]
        assert (await scim.patch(path, title, headers={"If-Match": old})).status_code == 412
        assert (await scim.call("DELETE", path, headers={"If-Match": old})).status_code == 412


class TestFind:
    async def test_filters_pages_orders_and_chosen_attributes(self, scim: Scim) -> None:
        await scim.user("ann@corp.example", title="Driver", **{ENT: {"department": "Sales"}})
        late = await scim.user("bob@corp.example", title="100%_sure", active=False)
        emails = [{"value": "c@home.example", "type": "home"}, {"value": "c@corp.example", "type": "work"}]
        await scim.user("cid@corp.example", emails=emails, displayName="cid", **{ENT: {"department": "Ops"}})
        for looked, expected in {
            'userName eq "ANN@corp.example"': ["ann"],
            'USERNAME EQ "ann@corp.example"': ["ann"],
            'userName ne "ann@corp.example"': ["bob", "cid"],
            f'id eq "{late["id"]}"': ["bob"],
            f'id eq "{late["id"].upper()}"': [],
            'id eq "x"': [],
            'emails.value eq "C@HOME.example"': ["cid"],
            'emails[type eq "work" and value ew "@home.example"]': [],
            'emails[type eq "home" and value ew "@home.example"]': ["cid"],
            'emails co "corp"': ["ann", "bob", "cid"],
            'not (emails co "home")': ["ann", "bob"],
            "active eq true": ["ann", "cid"],
            'active eq "False"': ["bob"],
            'title sw "100%_"': ["bob"],
            'title co "%"': ["bob"],
            "title pr": ["ann", "bob"],
            "not (title pr)": ["cid"],
            "displayName eq null": ["ann", "bob"],
            f'{ENT}:department eq "sales"': ["ann"],
            f'{ENT}:department pr and not (userName sw "a")': ["cid"],
            f'{USER}:userName eq "ann@corp.example" or title ew "SURE"': ["ann", "bob"],
            f'(title pr or displayName eq "CID") and {ENT}:department pr': ["ann", "cid"],
            f'meta.created gt "{late["meta"]["created"]}"': ["cid"],
            f'meta.lastModified le "{late["meta"]["lastModified"]}"': ["ann", "bob"],
            'name.familyName eq "lindqvist"': ["ann", "bob", "cid"],
            'meta.resourceType eq "Group"': [],
            'userName eq "x\'; drop table scim_users; --"': [],
        }.items():
            assert await names(scim, filter=looked) == expected, looked
        assert await names(scim, sortBy="userName", sortOrder="descending") == ["cid", "bob", "ann"]
        assert await names(scim, sortBy="emails") == ["ann", "bob", "cid"]
        assert await names(scim, sortBy=f"{ENT}:department") == ["cid", "ann", "bob"]
        for query, expected in (
            ({"startIndex": "2", "count": "1"}, (3, 2, 1)),
            ({"startIndex": "-5", "count": "2"}, (3, 1, 2)),
            ({"count": "0"}, (3, 1, 0)),
            ({"count": "-1"}, (3, 1, 0)),
            ({"startIndex": "9"}, (3, 9, 0)),
            ({"count": "99999999999999999999"}, (3, 1, 3)),
        ):
            body = (await scim.get("/Users", **query)).json()
            assert (body["totalResults"], body["startIndex"], body["itemsPerPage"]) == expected
        (one,) = (await scim.get("/Users", filter='title eq "driver"', attributes="userName,name.givenName")).json()[
            "Resources"
        ]
        assert set(one) == {"schemas", "id", "userName", "name"}
        assert one["name"] == {"givenName": "Maja"}
        less = (await scim.get(f"/Users/{late['id']}", excludedAttributes="emails,meta,name.familyName")).json()
        assert "emails" not in less
        assert "meta" not in less
        assert less["name"] == {"givenName": "Maja"}

    async def test_a_person_s_groups_are_told_to_who_asks(self, scim: Scim) -> None:
        made, other = await scim.user("ann@corp.example"), await scim.user("bob@corp.example")
        inner = await scim.group("Inner", made["id"])
        outer = await scim.group("Outer", inner["id"])
        assert "groups" not in (await scim.get(f"/Users/{made['id']}")).json()
        told = (await scim.get(f"/Users/{made['id']}", attributes="groups")).json()["groups"]
        assert [(one["value"], one["display"]) for one in told] == [(inner["id"], "Inner")]
        assert await names(scim, filter=f'groups.value eq "{inner["id"]}"') == ["ann"]
        for looked, expected in {
            f'members.value eq "{made["id"]}"': ["Inner"],
            f'members[type eq "Group" and value eq "{inner["id"]}"]': ["Outer"],
            f'members eq "{other["id"]}"': [],
            "members pr": ["Inner", "Outer"],
            'displayName sw "IN"': ["Inner"],
        }.items():
            found = (await scim.get("/Groups", filter=looked)).json()["Resources"]
            assert [one["displayName"] for one in found] == expected, looked
        assert outer["members"][0]["type"] == "Group"

    async def test_a_search_in_a_body_finds_both_kinds(self, scim: Scim) -> None:
        await scim.user("ann@corp.example", displayName="Same")
        await scim.group("Same")
        body = {"filter": 'displayName eq "same"', "startIndex": 1, "count": 10, "attributes": ["displayName"]}
        found = (await scim.call("POST", "/.search", body)).json()
        assert [one["displayName"] for one in found["Resources"]] == ["Same", "Same"]
        rest = (await scim.call("POST", "/.search", {**body, "startIndex": 2, "count": 1})).json()
        assert (rest["totalResults"], [set(one) for one in rest["Resources"]]) == (
            2,
            [{"schemas", "id", "displayName"}],
        )
        users = (await scim.call("POST", "/Users/.search", {"filter": 'userName sw "ann"'})).json()
        assert users["totalResults"] == 1
        assert (await scim.call("POST", "/.search", {"filter": 'userName eq "ann@corp.example"'})).json()[
            "totalResults"
        ] == 1


class TestTogether:
    async def test_a_clash_names_the_attribute(self, scim: Scim) -> None:
        await scim.user("ann@corp.example", externalId="1")
        other = await scim.user("bob@corp.example")
        await scim.group("Team")
        emails = [{"type": "work", "value": "ANN@corp.example"}]
        for attribute, answer in {
            "userName": await scim.call("POST", "/Users", {"userName": "Ann@corp.example"}),
            "externalId": await scim.call("POST", "/Users", {"userName": "x", "externalId": "1"}),
            "emails": await scim.call("PUT", f"/Users/{other['id']}", {"userName": "bob", "emails": emails}),
            "displayName": await scim.call("POST", "/Groups", {"displayName": "TEAM"}),
        }.items():
            assert (answer.status_code, answer.json()["scimType"]) == (409, "uniqueness")
            assert attribute in answer.json()["detail"]

    async def test_of_two_at_once_one_is_made(self, scim: Scim, tenant: Tenant) -> None:
        body = {"schemas": [USER], "userName": "twin@corp.example"}
        answers = await asyncio.gather(*(scim.call("POST", "/Users", body) for _ in range(4)))
        assert sorted(one.status_code for one in answers) == [201, 409, 409, 409]
        assert len(await tenant.rows(ScimUser)) == 1

    async def test_two_keys_of_one_system_are_the_same_system(self, scim: Scim, api: Api, tenant: Tenant) -> None:
        made = await scim.user(externalId="1")
        second = Scim(api, await new_token(api, tenant))
        assert (await second.get(f"/Users/{made['id']}")).json()["externalId"] == "1"
        body = {"name": "Entra", "role": "identity_system", "scopes": ["scim.push"]}
        assert (await api.post("/v1/api-keys", key=tenant.owner_key, json=body)).status_code == 409
        listed = (await api.get("/v1/api-keys", key=tenant.owner_key)).json()["data"]
        first = next(one for one in listed if one["name"] == "Entra")
        assert first["last_used_at"] is not None
        path = f"/v1/api-keys/{first['id']}"
        assert (await api.delete(path, key=tenant.owner_key, etag="*")).status_code == 204
        assert (await scim.get("/Users")).status_code == 401
        assert (await second.get("/Users")).status_code == 200
        for path in ("/v1/employees", "/v1/programs", "/v1/api-keys"):
            assert (await api.get(path, key=second.token)).status_code == 403


class TestBulk:
    async def test_what_refers_to_others_waits_for_them(self, scim: Scim) -> None:
        operations = [
            {
                "method": "POST", "path": "/Groups", "bulkId": "g",
                "data": {"displayName": "Team", "members": [{"value": "bulkId:u"}]},
            },
            {"method": "POST", "path": "/Users", "bulkId": "u", "data": {"userName": "ann@corp.example"}},
            {"method": "POST", "path": "/Users", "bulkId": "v", "data": {"userName": "ANN@corp.example"}},
            {"method": "PATCH", "path": "/Users/bulkId:u", "data": {"Operations": [
                {"op": "add", "path": "title", "value": "Driver"}]}},
            {"method": "DELETE", "path": "/Users/bulkId:v"},
            {"method": "POST", "path": "/Groups", "bulkId": "a", "data": {
                "displayName": "A", "members": [{"value": "bulkId:b"}]}},
            {"method": "POST", "path": "/Groups", "bulkId": "b", "data": {
                "displayName": "B", "members": [{"value": "bulkId:a"}]}},
        ]  # fmt: skip
        answer = (await scim.call("POST", "/Bulk", {"Operations": operations})).json()["Operations"]
        assert [one["status"] for one in answer] == ["201", "201", "409", "200", "409", "409", "409"]
        assert answer[2]["response"]["scimType"] == "uniqueness"
        user_id = answer[1]["location"].rpartition("/")[2]
        assert (await scim.get(f"/Users/{user_id}")).json()["title"] == "Driver"
        (team,) = (await scim.get("/Groups", filter='displayName eq "team"')).json()["Resources"]
        assert [one["value"] for one in team["members"]] == [user_id]

    async def test_it_stops_where_it_is_told_to_and_knows_its_limits(self, scim: Scim) -> None:
        wrong = {"method": "DELETE", "path": "/Users/nobody"}
        good = {"method": "POST", "path": "/Users", "bulkId": "u", "data": {"userName": "ann@corp.example"}}
        body = {"failOnErrors": 1, "Operations": [wrong, good]}
        answer = (await scim.call("POST", "/Bulk", body)).json()["Operations"]
        assert [one["status"] for one in answer] == ["404"]
        many = await scim.call("POST", "/Bulk", {"Operations": [wrong] * 1001})
        assert (many.status_code, many.json()["status"]) == (413, "413")
        long = {"Operations": [{**good, "data": {"userName": "x" * 1_100_000}}]}
        assert (await scim.call("POST", "/Bulk", long)).status_code == 413
