"""What a link carries, and how a click counts. Pure, no I/O."""

from __future__ import annotations

import hashlib
import hmac
import re
from datetime import date, datetime, timedelta
from functools import lru_cache
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit
from uuid import UUID

from crawleruseragents import is_crawler

from services.core.links.models import ClickKind

MEDIUM = "employee_advocacy"
#: The parameter that carries a click's id to the destination.
CLICK_PARAMETER = "adv_click"
#: Agents are compared and hashed up to here; browsers stay far below.
LONGEST_AGENT = 512
_LONGEST_SLUG = 80


def slug(text: str) -> str:
    """``text`` as a tag that reports group by: lower case, words joined by hyphens, letters of any script."""
    return re.sub(r"[\W_]+", "-", text.casefold()).strip("-")[:_LONGEST_SLUG].rstrip("-")


def with_tags(destination_url: str, *, network: str, campaign: str, content: str, opaque_id: str) -> str:
    """``destination_url`` with the UTM parameters it lacks. What it carries already stays as it is, to the byte."""
    parts = urlsplit(destination_url)
    present = {name for name, _ in parse_qsl(parts.query, keep_blank_values=True)}
    tags = {
        "utm_source": network,
        "utm_medium": MEDIUM,
        "utm_campaign": slug(campaign),
        "utm_content": slug(content),
        "utm_id": opaque_id,
    }
    added = urlencode({name: value for name, value in tags.items() if name not in present})
    query = "&".join(part for part in (parts.query, added) if part)
    return urlunsplit((parts.scheme, parts.netloc, parts.path, query, parts.fragment))


def with_click(destination_url: str, *, code: str, click_id: UUID) -> str:
    """``destination_url`` with the click's id behind what it carries already; that stays as it is, to the byte."""
    parts = urlsplit(destination_url)
    query = "&".join(part for part in (parts.query, f"{CLICK_PARAMETER}={click_name(code, click_id)}") if part)
    return urlunsplit((parts.scheme, parts.netloc, parts.path, query, parts.fragment))


def click_name(code: str, click_id: UUID) -> str:
    """How others name a click: its link's code, by which it is found, and its own id. It says nothing of anybody."""
    return f"{code}-{click_id.hex}"


def read_click_name(name: str) -> tuple[str, UUID | None]:
    """The code and the click that a name means; without a click for a link's code alone, such as ``utm_id``."""
    code, _, click = name.partition("-")
    return code, UUID(hex=click) if len(click) == 32 and all(c in "0123456789abcdef" for c in click) else None


def visitor_hash(salt: bytes, *, address: str, agent: str) -> bytes:
    """What tells visitors of one day apart. The address goes in and cannot be got out once the salt is destroyed."""
    return hmac.new(salt, f"{address}\0{agent[:LONGEST_AGENT]}".encode(), hashlib.sha256).digest()


@lru_cache(maxsize=4096)
def is_machine(agent: str) -> bool:
    """Whether a User-Agent names a crawler or a link preview, or names nothing at all."""
    return not agent.strip() or bool(is_crawler(agent))


#: The robots by which networks fetch the preview of a link in a post, by the name each gives in its User-Agent.
#: Case matters: some others say that they are like one of these, in other letters.
PREVIEW_ROBOTS: dict[str, tuple[str, ...]] = {
    "linkedin": ("LinkedInBot",),
    "facebook": ("facebookexternalhit", "Meta-ExternalHit", "meta-externalfetcher"),
    "x": ("Twitterbot",),
    "bluesky": ("BlueskyPreviewBot", "Bluesky Cardyb"),
    "mastodon": ("Mastodon/",),
    "xing": ("Xing Bot", "XING-contenttabreceiver"),
}


def previewer(agent: str) -> str | None:
    """The network whose preview robot a User-Agent names. Anybody can write one: it is a hint, and proves nothing."""
    for network, robots in PREVIEW_ROBOTS.items():
        if any(robot in agent for robot in robots):
            return network
    return None


def click_kind(
    *,
    is_own: bool,
    looks_like_machine: bool,
    clicked_at: datetime,
    published_at: datetime | None,
    quiet: timedelta,
) -> ClickKind:
    """How a click counts.

    The owner's own clicks come first, so that they are in none of the three counts. Before the post is out only its
    owner and scanners know the link; right after, networks fetch it for their preview.
    """
    if is_own:
        return ClickKind.OWN
    if looks_like_machine or published_at is None or clicked_at < published_at + quiet:
        return ClickKind.MACHINE
    return ClickKind.HUMAN


def is_owner(visitor: bytes, on: date, *, owner_hash: bytes | None, owner_on: date | None) -> bool:
    """Whether a visitor of a day is the link's owner, as they were seen that day."""
    return owner_hash is not None and owner_on == on and hmac.compare_digest(visitor, owner_hash)


def device_class(agent: str) -> str:
    """``desktop``, ``mobile``, ``tablet`` or ``unknown``, by the few words all browsers use."""
    if "iPad" in agent or "Tablet" in agent or ("Android" in agent and "Mobile" not in agent):
        return "tablet"
    if "Mobi" in agent or "iPhone" in agent:
        return "mobile"
    if any(system in agent for system in ("Windows NT", "Macintosh", "X11", "CrOS")):
        return "desktop"
    return "unknown"
