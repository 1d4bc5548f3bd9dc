"""The simulator meets a client that is not ours the way the vendor would; each line of the checklist has its test."""

import json

import httpx2
import pytest

from .desk import TOKENS, Desk, open_desk

USER = {"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": "ana@example.com", "active": True}
PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"


async def create(desk: Desk, *, group: str = "All colleagues", **data: object) -> dict:
    answer = await desk.api("POST", f"/group/{desk.group(group)}/content", json={"title": "T", **data})
    assert answer.status_code == 200, answer.text
    return answer.json()


async def publish(desk: Desk, item: dict, **info: object) -> httpx2.Response:
    return await desk.api("POST", f"/group/{item['group_id']}/content/{item['id']}/publish", json=info)


class TestContent:
    @pytest.mark.parametrize("token", ["Bearer demo-api-token", "Token demo-api-token", "demo-scim-token", "x"])
    async def test_any_token_but_the_bare_one_is_unauthorized(self, token: str):
        async with open_desk() as desk:
            for path in ("/group", "/disclosure", "/share/stat", f"/group/{desk.group()}/content"):
                answer = await desk.api("GET", path, token=token)
                assert answer.status_code == 401
                assert answer.json() == {"message": "Unauthorized"}

    async def test_requests_are_flat_and_answers_nested(self):
        async with open_desk() as desk:
            known = desk.simulator.disclosures[0]["id"]
            chosen = [{"disclosure_id": known, "network": "linkedin"}]
            item = await create(desk, body="B", disclosure_list=chosen)
            assert item["content_data"] == {"title": "T", "body": "B", "disclosures": chosen}
            assert "title" not in item
            assert item["status"] == "draft"

    async def test_creating_publishing_and_reposting_answer_200_and_deleting_204(self):
        async with open_desk() as desk:
            item = await create(desk)
            assert (await publish(desk, item)).status_code == 200
            path = f"/group/{item['group_id']}/content/{item['id']}"
            other = desk.group("Careers")
            reposted = await desk.api("POST", f"{path}/repost", json={"group_id": other})
            assert reposted.status_code == 200
            assert reposted.json()["repost_group_ids"] == [other]
            assert await desk.listed("approved", group="Careers") == ["T"]
            assert (await desk.api("POST", f"{path}/repost", json={"group_id": "nowhere"})).status_code == 404
            assert (await desk.api("DELETE", path)).status_code == 204
            assert (await desk.api("DELETE", path)).status_code == 404
            assert (await desk.api("GET", f"/content/{item['id']}")).status_code == 404

    async def test_an_item_is_in_no_list_of_members_before_it_is_published(self):
        async with open_desk() as desk:
            item = await create(desk)
            assert [await desk.listed(one) for one in ("approved", "submitted", "scheduled", "removed")] == [[]] * 4
            assert (await publish(desk, item)).json()["publish_info"]["html_url"].startswith("https://")
            assert await desk.listed("approved") == ["T"]
            assert (await publish(desk, item)).status_code == 400

    async def test_a_group_publishes_at_once_or_after_a_moderator(self):
        async with open_desk() as desk:
            item = await create(desk, group="Careers")
            assert (await publish(desk, item)).json()["status"] == "submitted"
            await desk.people("moderate", content_id=item["id"], decision="approved")
            assert await desk.listed("approved", group="Careers") == ["T"]
            await desk.people("moderate", content_id=item["id"], decision="removed")
            assert await desk.listed("removed", group="Careers") == ["T"]
            read_only = await desk.api("POST", f"/group/{desk.group('Executive corner')}/content", json={"title": "T"})
            assert read_only.status_code == 400

    async def test_an_item_is_scheduled_then_approved_then_expired(self):
        async with open_desk() as desk:
            item = await create(desk)
            info = {"publish_at": "2026-03-11T09:30:00Z", "expire_at": "2026-03-12T09:30:00Z"}
            seen = [(await publish(desk, item, **info)).json()["status"]]
            for _ in range(2):
                desk.advance(86400)
                seen.append((await desk.api("GET", f"/content/{item['id']}")).json()["status"])
            assert seen == ["scheduled", "approved", "expired"]
            assert await desk.listed("approved") == []
            assert (await publish(desk, await create(desk), publish_at="soon")).status_code == 400

    async def test_pages_follow_next_id_to_the_end(self):
        async with open_desk() as desk:
            desk.simulator.configure(page_size=2, next_is_address=False)
            for number in range(5):
                await publish(desk, await create(desk, title=f"T{number}"))
            path, params, titles = f"/group/{desk.group()}/content", {"sort_by": "title", "sort_dir": "desc"}, []
            while True:
                page = (await desk.api("GET", path, params=params)).json()
                titles += [one["content_data"]["title"] for one in page["content_list"]]
                assert page["_metadata"]["total_count"] == 5
                if "next" not in page["_metadata"]:
                    break
                params["next_id"] = page["_metadata"]["next"]
            assert titles == ["T4", "T3", "T2", "T1", "T0"]
            unknown = await desk.api("GET", path, params={"next_id": "nobody"})
            assert unknown.status_code == 400

    @pytest.mark.parametrize("name", ["approval_status", "content_type", "sort_by", "sort_dir"])
    async def test_a_bad_value_of_a_filter_is_refused(self, name: str):
        async with open_desk() as desk:
            answer = await desk.api("GET", f"/group/{desk.group()}/content", params={name: "worst"})
            assert answer.status_code == 400
            assert answer.json().keys() == {"reason", "message", "additional_info", "_metadata"}

    async def test_items_are_filtered_by_their_type(self):
        async with open_desk() as desk:
            await create(desk, title="words")
            await create(desk, title="link", url="https://go.example/l/x")
            for kind, titles in (("text", ["words"]), ("link", ["link"]), ("image", [])):
                answer = await desk.api("GET", f"/group/{desk.group()}/content", params={"content_type": kind})
                assert [one["content_data"]["title"] for one in answer.json()["content_list"]] == titles

    @pytest.mark.parametrize(
        ("body", "named"),
        [
            ({"title": "T", "colour": 1}, "colour"),
            ({"title": "T", "content_data": {}}, "content_data"),
            ({"title": 5}, "title"),
            ({"share_commentary": [{"network": "x", "text": "t"}]}, "share_commentary takes commentary, network"),
            ({"disclosure_list": [{"disclosure_id": "nobody", "network": "x"}]}, "unknown disclosure_id"),
        ],
    )
    async def test_an_unknown_or_wrong_key_is_refused_by_its_name(self, body: dict, named: str):
        async with open_desk() as desk:
            answer = await desk.api("POST", f"/group/{desk.group()}/content", json=body)
            assert answer.status_code == 400
            assert answer.json()["additional_info"] == [named]
            item = await create(desk)
            assert (await publish(desk, item, publish_info={})).json()["additional_info"] == ["publish_info"]

    @pytest.mark.parametrize(("kind", "content"), [("text/plain", b"{}"), ("application/json", b"{"), ("a/b", b"")])
    async def test_a_body_that_is_no_json_is_refused(self, kind: str, content: bytes):
        async with open_desk() as desk:
            path = f"/group/{desk.group()}/content"
            answer = await desk.api("POST", path, content=content, headers={"Content-Type": kind})
            assert answer.status_code == 400

    async def test_disclosures_are_listed_as_content_list(self):
        async with open_desk() as desk:
            page = (await desk.api("GET", "/disclosure")).json()
            assert page.keys() == {"content_list", "_metadata"}
            known = page["content_list"][0]
            assert (await desk.api("GET", f"/disclosure/{known['id']}")).json() == known
            assert (await desk.api("GET", "/disclosure/nobody")).status_code == 500

    async def test_groups_are_found_by_name(self):
        async with open_desk() as desk:
            made = await desk.people("groups", name="Berlin", policy="moderated")
            found = (await desk.api("GET", "/group", params={"group_name": "Berlin"})).json()["group_list"]
            assert [one["id"] for one in found] == [made["id"]]
            assert (await desk.api("GET", f"/group/{made['id']}")).json()["name"] == "Berlin"
            assert (await desk.api("GET", "/group/nowhere")).status_code == 404

    @pytest.mark.parametrize("status", [401, 403, 429])
    async def test_a_refusal_can_be_asked_for_in_a_body_that_is_not_the_documented_one(self, status: int):
        async with open_desk() as desk:
            fault = {"operation": "list_groups", "kind": "status", "status": status}
            await desk.http.post(f"{desk.urls['api']}/_sim/faults", json=fault)
            answer = await desk.api("GET", "/group")
            assert answer.status_code == status
            assert "reason" not in answer.json()


class TestUploads:
    async def _form(self, desk: Desk, kind: str = "image") -> tuple[dict, str, dict[str, str]]:
        item = await create(desk)
        form = (await desk.api("POST", f"/group/{item['group_id']}/content/{item['id']}/{kind}")).json()
        assert isinstance(form["post_data"], str)
        return item, form["url"], json.loads(form["post_data"])

    async def test_a_file_shows_on_the_item_afterwards_and_a_form_works_once(self):
        async with open_desk() as desk:
            item, url, fields = await self._form(desk)
            assert not url.startswith(desk.urls["api"])
            files = {"file": ("a.png", b"png", "image/png")}
            assert (await desk.http.post(url, data=fields, files=files)).status_code == 204
            shown = (await desk.api("GET", f"/content/{item['id']}")).json()
            assert shown["media"][0]["media_type"] == "image/png"
            assert (await desk.http.post(url, data=fields, files=files)).status_code == 403

    @pytest.mark.parametrize("missing", ["key", "policy", "x-amz-signature"])
    async def test_a_form_with_a_missing_field_is_forbidden(self, missing: str):
        async with open_desk() as desk:
            _, url, fields = await self._form(desk)
            del fields[missing]
            answer = await desk.http.post(url, data=fields, files={"file": ("a.png", b"png", "image/png")})
            assert answer.status_code == 403

    async def test_a_foreign_authorization_an_old_form_and_another_type_are_forbidden(self):
        async with open_desk() as desk:
            _, url, fields = await self._form(desk, "video")
            video, image = ("a.mp4", b"mp4", "video/mp4"), ("a.png", b"png", "image/png")
            foreign = {"Authorization": TOKENS["api_token"]}
            answer = await desk.http.post(url, data=fields, files={"file": video}, headers=foreign)
            assert answer.status_code == 403
            assert (await desk.http.post(url, data=fields, files={"file": image})).status_code == 403
            desk.advance(601)
            assert (await desk.http.post(url, data=fields, files={"file": video})).status_code == 403

    async def test_the_file_must_come_last_and_be_called_file(self):
        async with open_desk() as desk:
            _, url, fields = await self._form(desk)
            image = ("a.png", b"png", "image/png")
            answer = await desk.http.post(url, files=[("file", image), *((k, (None, v)) for k, v in fields.items())])
            assert answer.status_code == 400
            assert (await desk.http.post(url, data=fields, files={"image": image})).status_code == 403
            assert (await desk.http.post(url, data=fields)).status_code == 403


class TestNumbers:
    async def test_a_row_for_each_share_and_day_with_four_counters_and_some_delay(self):
        async with open_desk() as desk:
            shares = []
            for number in range(2):
                item = await create(desk, title=f"T{number}")
                await publish(desk, item)
                share = await desk.people(
                    "shares", content_id=item["id"], full_name="Noa", email_address=f"n{number}@example.com"
                )
                shares.append(share)
                for on in ("2026-03-08", "2026-03-09"):
                    await desk.people("stats", share_id=share["id"], date=on, late_hours=12, linkedin_likes=number + 1)

            async def rows(**params: object) -> list[tuple[str, str]]:
                items = (await desk.api("GET", "/share/stat", params=params)).json()["@items"]
                assert all(len(item) == 6 for item in items)
                return [(item["share"]["id"], item["date"]) for item in items]

            assert await rows() == []
            desk.advance(12 * 3600)
            posts = [share["content_id"] for share in shares]
            assert len(await rows(post_id=posts)) == 4
            assert len(await rows(post_id=posts[0])) == 2
            assert await rows(share_id="sh-502", start="2026-03-09", end="2026-03-09") == [("sh-502", "2026-03-09")]
            assert await rows(department_id="d-1") == []
            shown = (await desk.api("GET", f"/content/{posts[0]}")).json()
            assert [one["full_name"] for one in shown["shared_by"]] == ["Noa"]
            for bad in ({"start": "yesterday"}, {"branded": "maybe"}):
                assert (await desk.api("GET", "/share/stat", params=bad)).status_code == 400

    async def test_the_report_omits_people_without_activity(self):
        async with open_desk() as desk:
            await desk.people("activity", name="Noa", date="2026-03-09", shares=2, clicks=7, reach=300)
            await desk.people("activity", name="Idle", date="2026-03-09", reach=900)
            data = (await desk.http.get(f"{desk.urls['api']}/_sim/report.csv")).text
            head, *lines = data.splitlines()
            assert head == "Name,Type,Created On,Onboarded,Last Active,Reach,Posts,Shares,Clicks,Engagement"
            assert lines == ["Noa,User,2026-01-05,Yes,2026-03-09,300,0,2,7,0"]


class TestPeople:
    async def test_scim_needs_a_bearer_token_of_its_own(self):
        async with open_desk() as desk:
            for token in ("demo-scim-token", "Bearer demo-api-token", "Bearer "):
                answer = await desk.scim("GET", "/Users", token=token.strip())
                assert answer.status_code == 401
                assert answer.json()["schemas"] == ["urn:ietf:params:scim:api:messages:2.0:Error"]

    async def test_scim_describes_itself_and_has_users_alone(self):
        async with open_desk() as desk:
            config = (await desk.scim("GET", "/ServiceProviderConfig")).json()
            assert config["patch"]["supported"]
            types = (await desk.scim("GET", "/ResourceTypes")).json()["Resources"]
            assert [one["endpoint"] for one in types] == ["/Users"]
            assert (await desk.scim("GET", "/Schemas")).json()["totalResults"] == 1
            groups = (await desk.scim("GET", "/Groups")).json()
            assert (groups["totalResults"], groups["Resources"]) == (0, [])

    async def test_a_user_name_is_taken_once(self):
        async with open_desk() as desk:
            assert (await desk.scim("POST", "/Users", json=USER)).status_code == 201
            again = await desk.scim("POST", "/Users", json={**USER, "userName": "ANA@example.com"})
            assert (again.status_code, again.json()["scimType"]) == (409, "uniqueness")
            found = await desk.scim("GET", "/Users", params={"filter": 'userName eq "Ana@Example.com"'})
            assert found.json()["totalResults"] == 1
            assert (await desk.scim("GET", "/Users", params={"filter": "emails pr"})).status_code == 400

    async def test_the_active_flag_goes_round(self):
        async with open_desk() as desk:
            user = (await desk.scim("POST", "/Users", json=USER)).json()
            for is_active in (False, True):
                operation = {"op": "replace", "path": "active", "value": is_active}
                body = {"schemas": [PATCH], "Operations": [operation]}
                assert (await desk.scim("PATCH", f"/Users/{user['id']}", json=body)).status_code == 200
                assert (await desk.scim("GET", f"/Users/{user['id']}")).json()["active"] is is_active
            wrong = {"schemas": [PATCH], "Operations": [{"op": "replace", "path": "active", "value": "no"}]}
            assert (await desk.scim("PATCH", f"/Users/{user['id']}", json=wrong)).status_code == 400
            assert (await desk.scim("PATCH", "/Users/nobody", json=body)).status_code == 404

    @pytest.mark.parametrize(
        ("data", "status"),
        [
            ("email,advocacy_role\na@b.c,user\n", 200),
            ("email,advocacy_role,department_id,location_id\na@b.c,user,Sales,Berlin\n", 200),
            ("email,advocacy_role,department_id,location_id\na@b.c,user,d-17,Berlin\n", 400),
            ("email,advocacy_role,department_id,location_id\na@b.c,user,Sales,7\n", 400),
            ("email,advocacy_role,name\na@b.c,user,Ana\n", 400),
            ("email\na@b.c\n", 400),
            ("email,advocacy_role\na@b.c,user\nb@b.c,owner\n", 400),
            ("email,advocacy_role\na@b.c,user,more\n", 400),
        ],
    )
    async def test_an_invitation_file_is_taken_whole_or_not_at_all(self, data: str, status: int):
        async with open_desk() as desk:
            answer = await desk.http.post(f"{desk.urls['api']}/_sim/invitations", content=data.encode())
            assert answer.status_code == status
            assert bool(desk.simulator.store.invitations) is (status == 200)
