"""What a link carries, and how clicks count."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from crawleruseragents import CRAWLER_USER_AGENTS_DATA

from services.core.links import rules
from services.core.links.models import ClickKind

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
CONTENT = "A school, sunlit"
QUIET = timedelta(seconds=10)


def _tagged(url: str) -> str:
    return rules.with_tags(
        url, network="linkedin", campaign="Lumen Voices", content="A school, sunlit", opaque_id="c0de"
    )


class TestTags:
    def test_they_say_network_medium_campaign_and_content(self) -> None:
        assert _tagged("https://lumen.example/p") == (
            "https://lumen.example/p?utm_source=linkedin&utm_medium=employee_advocacy&utm_campaign=lumen-voices"
            "&utm_content=a-school-sunlit&utm_id=c0de"
        )

    def test_what_the_address_carries_stays_to_the_byte(self) -> None:
        url = _tagged("https://lumen.example/p?b=1;2&a=%7e+x&utm_campaign=Own&utm_id=#part")
        assert url == (
            "https://lumen.example/p?b=1;2&a=%7e+x&utm_campaign=Own&utm_id="
            "&utm_source=linkedin&utm_medium=employee_advocacy&utm_content=a-school-sunlit#part"
        )

    def test_tagging_twice_changes_nothing(self) -> None:
        once = _tagged("https://lumen.example/p")
        assert _tagged(once) == once

    def test_hebrew_names_become_ascii_addresses(self) -> None:
        url = rules.with_tags(
            "https://lumen.example/", network="linkedin", campaign="קולות לומן", content="x", opaque_id="y"
        )
        assert url.isascii()
        assert "utm_campaign=%D7%A7%D7%95%D7%9C%D7%95%D7%AA-%D7%9C%D7%95%D7%9E%D7%9F" in url


class TestMachines:
    def test_every_recorded_crawler_agent_is_one(self) -> None:
        recorded = [agent for entry in CRAWLER_USER_AGENTS_DATA for agent in entry["instances"]]
        assert len(recorded) > 1000
        assert [agent for agent in recorded if not rules.is_machine(agent[: rules.LONGEST_AGENT])] == []

    @pytest.mark.parametrize("agent", ["", "   "])
    def test_an_agent_without_a_name_is_one(self, agent: str) -> None:
        assert rules.is_machine(agent)


AGENTS = {
    "desktop": "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 "
    "Safari/537.36",
    "mobile": "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
    "Mobile/15E148 [LinkedInApp]/9.29.5",
    "tablet": "Mozilla/5.0 (iPad; CPU OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 "
    "Mobile/15E148 Safari/604.1",
}


class TestPeople:
    @pytest.mark.parametrize("device", AGENTS)
    def test_browsers_and_apps_are_people_on_their_device(self, device: str) -> None:
        assert not rules.is_machine(AGENTS[device])
        assert rules.device_class(AGENTS[device]) == device

    def test_an_unknown_agent_has_an_unknown_device(self) -> None:
        assert rules.device_class("something") == "unknown"


class TestClickKind:
    @pytest.mark.parametrize(
        ("published_at", "kind"),
        [
            (None, ClickKind.MACHINE),
            (NOON + timedelta(hours=1), ClickKind.MACHINE),
            (NOON - timedelta(seconds=9.9), ClickKind.MACHINE),
            (NOON - timedelta(seconds=10), ClickKind.HUMAN),
            (NOON - timedelta(days=3), ClickKind.HUMAN),
        ],
    )
    def test_before_and_right_after_the_post_it_is_suspected(
        self, published_at: datetime | None, kind: ClickKind
    ) -> None:
        found = rules.click_kind(
            is_own=False, looks_like_machine=False, clicked_at=NOON, published_at=published_at, quiet=QUIET
        )
        assert found is kind

    def test_the_owners_clicks_are_own_at_any_time(self) -> None:
        found = rules.click_kind(is_own=True, looks_like_machine=False, clicked_at=NOON, published_at=None, quiet=QUIET)
        assert found is ClickKind.OWN


class TestVisitors:
    def test_a_hash_tells_address_agent_and_day_apart(self) -> None:
        seen = {
            rules.visitor_hash(salt, address=address, agent=agent)
            for salt in (b"monday", b"tuesday")
            for address in ("192.0.2.1", "192.0.2.2")
            for agent in ("a", "b")
        }
        assert len(seen) == 8

    def test_an_owner_is_known_on_their_day_alone(self) -> None:
        today, tomorrow = date(2026, 11, 24), date(2026, 11, 25)
        assert rules.is_owner(b"h", today, owner_hash=b"h", owner_on=today)
        assert not rules.is_owner(b"h", tomorrow, owner_hash=b"h", owner_on=today)
        assert not rules.is_owner(b"h", today, owner_hash=None, owner_on=None)
