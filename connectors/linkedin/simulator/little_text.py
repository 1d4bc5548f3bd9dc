"""LinkedIn's "little text" as a reader sees it: what a post shows for a given `commentary`."""

import re
import unicodedata

_RESERVED = frozenset("\\|{}@[]()<>#*_~")
_MENTION = re.compile(r"@\[((?:\\.|[^\]\\])+)\]\((urn:li:(?:person|organization):[A-Za-z0-9_-]+)\)")
_HASHTAG_TEMPLATE = re.compile(r"\{hashtag\|\\?#\|((?:\\.|[^}\\|])+)\}")


def visible_text(commentary: str) -> str:
    """What people read; everything from the first unescaped reserved character on is lost, without an error.

    Parsed are a backslash before a reserved character, mentions, `#word` and the hashtag template.
    """
    shown: list[str] = []
    at = 0
    while at < len(commentary):
        char = commentary[at]
        if char not in _RESERVED:
            shown.append(char)
            at += 1
        elif char == "\\" and commentary[at + 1 : at + 2] in _RESERVED and at + 1 < len(commentary):
            shown.append(commentary[at + 1])
            at += 2
        elif char == "@" and (mention := _MENTION.match(commentary, at)):
            shown.append(_unescaped(mention.group(1)))
            at = mention.end()
        elif char == "{" and (template := _HASHTAG_TEMPLATE.match(commentary, at)):
            shown.append("#" + _unescaped(template.group(1)))
            at = template.end()
        elif char == "#" and (end := _hashtag_end(commentary, at)):
            shown.append(_unescaped(commentary[at:end]))
            at = end
        else:
            break
    return "".join(shown)


def _hashtag_end(text: str, start: int) -> int | None:
    at = start + 1
    while at < len(text):
        if text[at].isalnum() or (at > start + 1 and unicodedata.category(text[at])[0] == "M"):
            at += 1
        elif text[at : at + 2] == "\\_":
            at += 2
        else:
            break
    return at if at > start + 1 else None


def _unescaped(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text)
