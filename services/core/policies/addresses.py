"""The links of a text and the domains they really lead to, which is not always what they look like."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterator
from dataclasses import dataclass

import idna

#: Endings by which networks take a bare name for a link; others need ``https://`` or ``www.`` before them.
_ENDINGS = (
    "com|org|net|io|co|il|ai|dev|app|me|info|biz|eu|uk|de|fr|us|ly|gl|gg|to|be|tv|xyz|link|site|online|shop|store|tech"
    "|cloud|blog|page|live|news|jobs|work|careers|company|agency|team|life|world|click|top|click|ru|cn|in|example|test"
)
_LINK = re.compile(
    r"(?P<scheme>[a-z][a-z0-9+.-]{1,14}:[/\\]{2})(?P<rest>[^\s<>\"']+)"
    r"|(?<![\w@.-])(?P<bare>(?:[^\W_](?:[\w-]{0,61}[^\W_])?[.。．｡]){1,6}"
    rf"(?:{_ENDINGS}|xn--[a-z0-9-]+)(?![\w-])(?!\.\w)(?::\d+)?(?:[/?#\\][^\s<>\"']*)?)"
    r"|(?<![\w@.-])(?P<www>www\.[^\s<>\"'/\\]+\.[^\s<>\"']+)",
    re.IGNORECASE,
)
#: Names of things that look like a domain and are linked by nobody who writes of them.
_NAMES = frozenset({"asp.net", "ado.net", "vb.net", "ml.net", "node.js", "next.js"})
_TRAILING = ".,;:!?)]}»…"
#: Written onto a word in Hebrew, and so in front of an address: "ב-example.com" has a hyphen, "בexample.com" has not.
_HEBREW_BEFORE = re.compile("^[\u05d0-\u05ea]+-?(?=[a-z0-9])", re.IGNORECASE)


@dataclass(frozen=True)
class Link:
    """A link in a text: its place, code points of the original, and its domain as computers write it."""

    start: int
    end: int
    #: None for what no computer can read, which leads who knows where.
    host: str | None
    #: As people see it.
    shown: str
    #: Whether letters from outside ASCII are in the domain.
    is_foreign: bool


def links(text: str) -> Iterator[Link]:
    """Every link of a text, in its order. Mail addresses are none."""
    for match in _LINK.finditer(text):
        start, end = match.span()
        while end > start and text[end - 1] in _TRAILING:
            end -= 1
        if match["scheme"]:
            rest = text[match.start("rest") : end]
        else:
            rest = text[start:end]
            before = _HEBREW_BEFORE.match(rest)
            if before:
                start += before.end()
                rest = rest[before.end() :]
        # Browsers take a backslash for a slash, and what is before an @ for a name.
        authority = re.split(r"[/\\?#]", rest, maxsplit=1)[0].rsplit("@", 1)[-1]
        shown = re.sub(r":\d*$", "", authority)
        if not shown or (not match["scheme"] and shown.lower() in _NAMES):
            continue
        yield Link(start, end, _host(shown), shown, not shown.isascii() or "xn--" in shown.lower())


def _host(shown: str) -> str | None:
    name = unicodedata.normalize("NFKC", shown).strip(".").lower()
    if "%" in name or not name:
        return None
    try:
        return idna.encode(name, uts46=True).decode("ascii")
    except idna.IDNAError:
        return name if name.isascii() else None


def is_allowed(link: Link, domains: Collection[str]) -> bool:
    """Whether a link leads to one of these domains or below it."""
    if link.host is None:
        return False
    parts = link.host.split(".")
    return any(".".join(parts[place:]) in domains for place in range(len(parts)))
