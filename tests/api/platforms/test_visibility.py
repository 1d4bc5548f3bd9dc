"""A person reads who sees what of them, and it is what the API does."""

from __future__ import annotations

from services.core.kit.ids import new_id
from services.core.organizations.models import Role
from services.core.platforms.models import AudienceMember, MemberState
from tests.factories.publications import Scene
from tests.fixtures.api import Api, Tenant


async def test_it_names_the_roles_that_the_api_lets_in_and_nobody_for_what_is_ones_own(
    api: Api, tenant: Tenant, scene: Scene
) -> None:
    _, key = await tenant.person(Role.AMBASSADOR)
    answer = await api.get("/v1/me/visibility", key=key)
    assert answer.status_code == 200, answer.text
    seen = {one["what"]: one for one in answer.json()["data"]}
    for own in ("activity", "preferences", "accounts"):
        assert seen[own]["roles"] == []
    assert set(seen["membership"]["roles"]) == {"owner", "program_manager"}
    for role in (Role.PROGRAM_MANAGER, Role.ANALYST):
        _, other = await tenant.person(role)
        people = await api.get(f"/v1/programs/{scene.program.id}/ambassadors", key=other)
        assert (people.status_code == 200) is (role.value in seen["membership"]["roles"])


async def test_a_platform_that_one_was_let_into_is_told_with_what_it_shows(
    api: Api, tenant: Tenant, scene: Scene, board: str
) -> None:
    person, key = await tenant.person(Role.AMBASSADOR)
    before = (await api.get("/v1/me/visibility", key=key)).json()["data"]
    assert all(one["what"] != "platform" for one in before)
    async with tenant.database.transaction(tenant.id) as session:
        session.add(
            AudienceMember(
                organization_id=tenant.id, platform_connection_id=board, employee_id=person.id,
                program_id=scene.program.id, external_id=str(new_id()), state=MemberState.ADDED,
            )
        )  # fmt: skip
    answer = await api.get("/v1/me/visibility", key=key, headers={"Accept-Language": "he"})
    (platform,) = [one for one in answer.json()["data"] if one["what"] == "platform"]
    # The vendor of this one does not say what its product shows, and neither do we.
    assert "איננו יודעים" in platform["words"]
    assert "Our board" in platform["words"]


async def test_it_is_a_persons_own(api: Api, tenant: Tenant) -> None:
    assert (await api.get("/v1/me/visibility")).status_code == 401
    assert (await api.get("/v1/me/visibility", key=tenant.owner_key)).status_code == 403
