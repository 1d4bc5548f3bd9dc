"""A time is refused with the reason and a better one, before anything is agreed to; and means what the clock says."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any
from uuid import UUID

import pytest

from services.core.ambassadors.models import Pause, PauseKind, Preferences
from services.core.content.models import Offer
from services.core.employees import repository as employees
from services.core.employees.models import EmploymentStatus
from services.core.kit.texts import Language
from services.core.kit.zones import zone_release
from services.core.programs.models import Channel
from services.core.shares import repository
from services.core.shares.models import Publication, PublicationState
from tests.factories.publications import Scene, Sharer, make_scene, make_sharer
from tests.fixtures.api import Api, Tenant

ZONE = "Asia/Jerusalem"


@dataclass
class Desk:
    """People who share offers of one program over HTTP."""

    api: Api
    tenant: Tenant
    scene: Scene

    async def person(self) -> Person:
        """One more active ambassador with an account that needs no network."""
        sharer = await make_sharer(self.tenant, self.scene, connect_to=None)
        return Person(self, sharer, await self.tenant.key_of(sharer.employee))

    async def add(self, row: Any) -> None:
        """Store a row."""
        async with self.tenant.database.transaction(self.tenant.id) as session:
            session.add(row)

    async def item(self, title: str) -> Scene:
        """One more item of the program."""
        other = await make_scene(self.tenant, title=title)
        async with self.tenant.database.transaction(self.tenant.id) as session:
            item = await session.merge(other.item)
            item.program_id = self.scene.program.id
        return Scene(self.scene.program, other.item)

    async def channel(self, **values: Any) -> None:
        """How the program uses the network."""
        await self.add(
            Channel(
                organization_id=self.tenant.id,
                program_id=self.scene.program.id,
                network="linkedin",
                **{"stagger_minutes": 0, **values},
            )
        )


@dataclass
class Person:
    """An ambassador at work."""

    desk: Desk
    sharer: Sharer
    key: str

    async def prefer(self, **values: Any) -> None:
        """Say when and how often."""
        await self.desk.add(
            Preferences(organization_id=self.desk.tenant.id, employee_id=self.sharer.employee.id, **values)
        )

    async def draft(self, *, text: str | None = None, scene: Scene | None = None) -> Any:
        """A drafted share of the item, or of another one."""
        scene = scene or self.desk.scene
        offer = Offer(
            organization_id=self.desk.tenant.id,
            program_id=scene.program.id,
            item_id=scene.item.id,
            employee_id=self.sharer.employee.id,
            language=Language.EN,
        )
        await self.desk.add(offer)
        body = {"offer_id": str(offer.id), **({"text": text} if text else {})}
        answer = await self.desk.api.post("/v1/me/shares", key=self.key, json=body)
        assert answer.status_code == 201, answer.text
        return answer.json()

    async def check(self, share: Any, local: datetime | None, zone: str | None = ZONE, **headers: str) -> Any:
        """What stands against a time."""
        body: dict[str, Any] = {"time_zone": zone} if zone else {}
        if local is not None:
            body["scheduled_local"] = local.isoformat()
        answer = await self.desk.api.post(
            f"/v1/me/shares/{share['id']}/check", key=self.key, json=body, headers=dict(headers)
        )
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def approve(self, share: Any, local: datetime | str, zone: str = ZONE, **more: Any) -> Any:
        """Agree to a time."""
        body = {
            "content_hash": share["content_hash"],
            "connection_id": str(self.sharer.connection.id),
            "scheduled_local": local if isinstance(local, str) else local.isoformat(),
            "time_zone": zone,
            "allow_duplicate": True,
            **more,
        }
        return await self.desk.api.post(f"/v1/me/shares/{share['id']}/approve", key=self.key, json=body)


def codes(answer: Any) -> list[str]:
    """The codes of a refusal's errors."""
    return [problem["code"] for problem in answer.json()["errors"]]


@pytest.fixture
async def desk(api: Api, tenant: Tenant) -> Desk:
    """A program with one item."""
    return Desk(api, tenant, await make_scene(tenant))


def tuesday(hour: int, minute: int = 0) -> datetime:
    """A wall time on the first Tuesday of next February, when no zone of these tests changes its clocks."""
    first = datetime(datetime.now(UTC).year + 1, 2, 1, hour, minute)
    return first + timedelta(days=(1 - first.weekday()) % 7)


class TestPreferences:
    """S61 and B23: a person's own hours and caps come before the program's."""

    async def test_a_time_in_quiet_hours_is_refused_with_one_that_fits(self, desk: Desk) -> None:
        person = await desk.person()
        await person.prefer(quiet_from="18:00", quiet_to="07:30")
        share = await person.draft()
        refused = await person.approve(share, tuesday(18, 30))
        assert (refused.status_code, refused.json()["code"]) == (409, "time_does_not_fit")
        assert codes(refused) == ["quiet_hours"]
        proposed = refused.json()["next_good_time"]
        assert proposed["scheduled_local"] == (tuesday(8) + timedelta(days=1)).isoformat()
        assert "08:00" in proposed["why"]
        accepted = await person.approve(share, proposed["scheduled_local"], proposed["time_zone"])
        assert accepted.status_code == 201, accepted.text
        assert accepted.json()["scheduled_at"] == proposed["scheduled_at"]

    async def test_quiet_hours_are_those_of_the_persons_own_zone_wherever_a_time_is_chosen(self, desk: Desk) -> None:
        person = await desk.person()
        await person.prefer(time_zone="America/New_York", quiet_from="21:00", quiet_to="08:00")
        refused = await person.approve(await person.draft(), tuesday(9), "Europe/Berlin")
        assert codes(refused) == ["quiet_hours"]
        assert "03:00" in refused.json()["errors"][0]["message"]
        assert refused.json()["next_good_time"]["time_zone"] == "Europe/Berlin"
        assert refused.json()["next_good_time"]["scheduled_local"] == tuesday(14).isoformat()

    async def test_the_own_cap_is_named_when_the_third_share_of_a_week_meets_it(self, desk: Desk) -> None:
        await desk.channel(max_per_week=5)
        person = await desk.person()
        await person.prefer(max_per_week=2)
        for number, weekday in enumerate((0, 1)):
            share = await person.draft(scene=await desk.item(f"Item {number}"))
            planned = await person.approve(share, tuesday(9) + timedelta(days=weekday))
            assert planned.status_code == 201, planned.text
        third = await person.draft()
        refused = await person.approve(third, tuesday(9) + timedelta(days=2))
        assert codes(refused) == ["own_cap_per_week"]
        assert "our own cap" in refused.json()["errors"][0]["message"]
        # The week after, on the first day of it that is no weekend.
        assert refused.json()["next_good_time"]["scheduled_local"] == (tuesday(8) + timedelta(days=6)).isoformat()

    async def test_the_programs_cap_and_windows_are_named_as_the_programs(self, desk: Desk) -> None:
        await desk.channel(max_per_day=1, windows=[{"days": [1, 2, 3, 4, 5, 7], "from": "09:00", "to": "12:00"}])
        person = await desk.person()
        assert (await person.approve(await person.draft(), tuesday(9))).status_code == 201
        share = await person.draft(scene=await desk.item("Another"))
        refused = await person.approve(share, tuesday(12))
        assert codes(refused) == ["outside_program_windows", "program_cap_per_day"]
        assert "Tue 12:00" in refused.json()["errors"][0]["message"]
        assert "Mon, Tue, Wed, Thu, Fri, Sun 09:00-12:00" in refused.json()["errors"][0]["message"]
        assert refused.json()["next_good_time"]["scheduled_local"] == (tuesday(9) + timedelta(days=1)).isoformat()

    async def test_holidays_count_for_who_observes_them(self, desk: Desk) -> None:
        year = datetime.now(UTC).year + 1
        christmas = datetime(year, 12, 25, 10)
        observing, other = await desk.person(), await desk.person()
        await observing.prefer(country="DE", observes_holidays=True, time_zone="Europe/Berlin")
        await other.prefer(country="DE", time_zone="Europe/Berlin")
        assert codes(await observing.approve(await observing.draft(), christmas)) == ["public_holiday"]
        assert (await other.approve(await other.draft(), christmas)).status_code == 201

    async def test_working_days_and_a_pause_are_kept(self, desk: Desk) -> None:
        person = await desk.person()
        await person.prefer(working_days=[1, 2, 3])
        starts = tuesday(0).replace(tzinfo=UTC)
        await desk.add(
            Pause(
                organization_id=desk.tenant.id,
                employee_id=person.sharer.employee.id,
                kind=PauseKind.LEAVE,
                starts_at=starts,
                ends_at=starts + timedelta(days=2),
            )
        )
        share = await person.draft()
        assert codes(await person.approve(share, tuesday(10))) == ["paused"]
        friday = await person.approve(share, tuesday(10) + timedelta(days=3))
        assert codes(friday) == ["not_a_working_day"]
        assert friday.json()["next_good_time"]["scheduled_local"] == (tuesday(8) + timedelta(days=6)).isoformat()

    async def test_who_never_has_time_is_told_that_nothing_fits(self, desk: Desk) -> None:
        person = await desk.person()
        await desk.add(
            Pause(
                organization_id=desk.tenant.id,
                employee_id=person.sharer.employee.id,
                kind=PauseKind.BREAK,
                starts_at=datetime.now(UTC) - timedelta(days=1),
            )
        )
        refused = await person.approve(await person.draft(), tuesday(10))
        assert refused.json()["next_good_time"] is None
        assert "four weeks" in refused.json()["detail"]

    async def test_who_is_on_leave_says_the_directory_posts_nothing(self, desk: Desk) -> None:
        person = await desk.person()
        share = await person.draft()
        async with desk.tenant.database.transaction(desk.tenant.id) as session:
            (employee,) = await employees.list_by_ids(session, [person.sharer.employee.id])
            employee.status = EmploymentStatus.ON_LEAVE
        assert codes(await person.approve(share, tuesday(10))) == ["on_leave"]

    async def test_two_approvals_at_once_do_not_both_pass_a_cap(self, desk: Desk) -> None:
        person = await desk.person()
        await person.prefer(max_per_day=1)
        drafts = [await person.draft(), await person.draft(scene=await desk.item("Another"))]
        answers = await asyncio.gather(
            *(person.approve(share, tuesday(10 + hour)) for hour, share in enumerate(drafts))
        )
        assert sorted(answer.status_code for answer in answers) == [201, 409]


class TestResend:
    async def test_a_time_for_sending_again_has_to_fit_too(self, desk: Desk) -> None:
        person = await desk.person()
        planned = await person.approve(await person.draft(), tuesday(9))
        async with desk.tenant.database.transaction(desk.tenant.id) as session:
            row = await repository.get_publication(session, UUID(planned.json()["id"]), lock=True)
            row.state = PublicationState.MISSED
        await person.prefer(quiet_from="18:00", quiet_to="07:30")
        share = (await desk.api.get("/v1/me/shares", key=person.key)).json()["data"][0]
        body = {
            "content_hash": share["content_hash"],
            "scheduled_local": tuesday(18, 30).isoformat(),
            "time_zone": ZONE,
        }
        path = f"/v1/publications/{planned.json()['id']}/resend"
        refused = await desk.api.post(path, key=person.key, json=body)
        assert (refused.status_code, codes(refused)) == (409, ["quiet_hours"])
        body["scheduled_local"] = refused.json()["next_good_time"]["scheduled_local"]
        assert (await desk.api.post(path, key=person.key, json=body)).status_code == 201


class TestColleagues:
    async def test_a_colleagues_post_of_the_item_moves_the_next_by_minutes_and_nothing_is_told(
        self, desk: Desk
    ) -> None:
        await desk.channel(stagger_minutes=10)
        first, second = await desk.person(), await desk.person()
        assert (await first.approve(await first.draft(), tuesday(9, 3))).status_code == 201
        share = await second.draft()
        refused = await second.approve(share, tuesday(9))
        assert codes(refused) == ["near_a_colleague"]
        assert refused.json()["next_good_time"]["scheduled_local"] == tuesday(9, 15).isoformat()
        told = refused.text
        assert first.sharer.employee.display_name not in told
        assert str(first.sharer.employee.id) not in told
        assert "09:03" not in told
        assert (await second.approve(share, tuesday(9, 15))).status_code == 201

    async def test_many_who_take_what_is_proposed_stand_apart(self, desk: Desk) -> None:
        await desk.channel(stagger_minutes=10, similar_share=1.0)
        for _ in range(6):
            person = await desk.person()
            share = await person.draft()
            answer = await person.approve(share, tuesday(9))
            if answer.status_code == 409:
                proposed = answer.json()["next_good_time"]
                answer = await person.approve(share, proposed["scheduled_local"])
            assert answer.status_code == 201, answer.text
        at = sorted(row.scheduled_at for row in await desk.tenant.rows(Publication))
        assert [(later - earlier) // timedelta(minutes=1) for earlier, later in pairwise(at)] == [10] * 5

    async def test_another_item_is_no_reason(self, desk: Desk) -> None:
        await desk.channel(stagger_minutes=10)
        first, second = await desk.person(), await desk.person()
        assert (await first.approve(await first.draft(), tuesday(9))).status_code == 201
        share = await second.draft(scene=await desk.item("Another"))
        assert (await second.approve(share, tuesday(9))).status_code == 201


class TestCheck:
    async def test_a_missing_hour_is_explained_in_both_languages_before_anything_is_saved(self, desk: Desk) -> None:
        person = await desk.person()
        share = await person.draft()
        missing = datetime(2030, 3, 29, 2, 30)
        english = (await person.check(share, missing))["time"]
        assert english["note"] == "shifted"
        assert "does not exist" in english["words"]
        assert "03:30" in english["words"]
        hebrew = (await person.check(share, missing, **{"Accept-Language": "he"}))["time"]
        assert "אינה קיימת" in hebrew["words"]
        double = (await person.check(share, datetime(2030, 10, 27, 1, 30)))["time"]
        assert (double["note"], double["scheduled_at"]) == ("first", "2030-10-26T22:30:00Z")
        assert await desk.tenant.rows(Publication) == []

    async def test_reasons_and_a_proposal_are_shown_before_approval(self, desk: Desk) -> None:
        person = await desk.person()
        await person.prefer(quiet_from="18:00", quiet_to="07:30")
        checked = await person.check(await person.draft(), tuesday(20), **{"Accept-Language": "he"})
        assert checked["is_ready"] is False
        (reason,) = checked["time_reasons"]
        assert reason["code"] == "quiet_hours"
        assert "שעות השקט" in reason["message"]
        assert checked["next_good_time"]["scheduled_local"] == (tuesday(8) + timedelta(days=1)).isoformat()

    async def test_without_a_time_the_next_good_one_is_proposed_in_the_persons_zone(self, desk: Desk) -> None:
        person = await desk.person()
        await person.prefer(time_zone="Asia/Tokyo", country="JP")
        share = await person.draft()
        checked = await person.check(share, None, None)
        assert (checked["is_ready"], checked["time"], checked["time_reasons"]) == (True, None, [])
        proposed = checked["next_good_time"]
        assert proposed["time_zone"] == "Asia/Tokyo"
        local = datetime.fromisoformat(proposed["scheduled_local"])
        assert 8 <= local.hour < 19
        assert local.isoweekday() <= 5
        approved = await person.approve(share, proposed["scheduled_local"], "Asia/Tokyo")
        assert approved.status_code == 201, approved.text

    async def test_a_time_that_fits_has_nothing_against_it(self, desk: Desk) -> None:
        person = await desk.person()
        checked = await person.check(await person.draft(), tuesday(9))
        assert (checked["is_ready"], checked["time_reasons"], checked["next_good_time"]) == (True, [], None)

    async def test_a_planned_post_remembers_the_release_of_its_zone_rules(self, desk: Desk) -> None:
        person = await desk.person()
        await person.approve(await person.draft(), tuesday(9))
        (publication,) = await desk.tenant.rows(Publication)
        assert publication.zone_data == zone_release()
