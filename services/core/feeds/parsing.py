"""Reading the bytes of a feed: what each entry is, in plain words. Pure; call it in a thread."""

from __future__ import annotations

import hashlib
import html
import re
import xml.sax
from dataclasses import dataclass
from typing import Any

import feedparser
import nh3
from defusedxml import DefusedXmlException
from defusedxml import sax as safe_sax

from services.core.content import rules
from services.core.feeds.errors import FeedTrouble

#: More of a page's summary than this is no summary.
MOST_WORDS = 1500
MOST_ENTRIES = 200
_BREAKS = re.compile(r"(?i)<\s*(?:br|/p|/div|/li|/h[1-6])\b[^>]*>")


@dataclass(frozen=True)
class Entry:
    """One entry, cleaned. ``url`` is None where it leads to no page that a post could."""

    guid_hash: bytes
    title: str
    url: str | None
    text: str


@dataclass(frozen=True)
class Feed:
    """A feed as far as it concerns us, the newest entry first as feeds have it."""

    title: str
    entries: tuple[Entry, ...]


def parse(body: bytes, *, url: str, content_type: str) -> Feed:
    """Read RSS or Atom; raise FeedTrouble for what is neither, or declares entities of its own."""
    try:
        safe_sax.parseString(body, xml.sax.ContentHandler())
    except DefusedXmlException:
        raise FeedTrouble("entities") from None
    # Feeds are often a little broken; the next reader forgives that.
    except (xml.sax.SAXException, ValueError, LookupError):
        pass
    found: Any = feedparser.parse(
        body, response_headers={"content-type": content_type or "application/xml", "content-location": url}
    )
    if not found.get("version"):
        raise FeedTrouble("not_a_feed")
    entries = [entry for one in found.entries[:MOST_ENTRIES] if (entry := _entry(one)) is not None]
    return Feed(title=plain(str(found.feed.get("title", "")))[:200], entries=tuple(entries))


def _entry(one: Any) -> Entry | None:
    link = str(one.get("link") or "")
    guid = str(one.get("id") or link or one.get("title") or "")
    title = plain(str(one.get("title") or ""))[:200]
    text = plain(str(one.get("summary") or ""))
    if not guid or not any(character.isalnum() for character in title or text):
        return None
    if len(text) > MOST_WORDS:
        text = text[:MOST_WORDS].rsplit(" ", 1)[0] + "…"
    return Entry(
        guid_hash=hashlib.sha256(guid.encode("utf-8", "surrogatepass")).digest(),
        title=title or text[:80],
        url=_page(link),
        text=text or title,
    )


def _page(link: str) -> str | None:
    try:
        return rules.check_destination(link) if len(link) <= 2000 else None
    except ValueError:
        return None


def plain(markup: str) -> str:
    """Words without markup: nothing that a browser would do anything about is left."""
    text = html.unescape(nh3.clean(_BREAKS.sub("\n", markup), tags=set()))
    text = text.replace("\0", "").encode("utf-8", "replace").decode()
    lines = [" ".join(line.split()) for line in text.splitlines()]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()
