"""Our models to LinkedIn's payloads and back; pure functions."""

import re
import unicodedata
from collections.abc import Mapping
from datetime import datetime, timedelta
from urllib.parse import quote

from connectors.sdk.errors import ConfigurationInvalid, ProtocolViolation, Rejected
from connectors.sdk.models import (
    Account,
    Credentials,
    LinkCard,
    MediaKind,
    Metric,
    PublishRequest,
    Secret,
    UploadedMedia,
)
from connectors.sdk.text import require_sendable

#: "Little text": these have a meaning in `commentary` and are literal only after a backslash (posts-api and
#: little-text-format pages, seen 2026-05). An unescaped one does not fail: the post is silently cut there.
RESERVED = frozenset("\\|{}@[]()<>#*_~")

#: One metric per call; other metrics of ours LinkedIn does not count per post and member.
METRIC_TYPES: Mapping[Metric, str] = {
    Metric.IMPRESSIONS: "IMPRESSION",
    Metric.REACTIONS: "REACTION",
    Metric.COMMENTS: "COMMENT",
    Metric.RESHARES: "RESHARE",
}

#: What a reshare can pass on: permalinks usually carry activity ids, which LinkedIn refuses here.
_RESHARABLE = re.compile(r"urn:li:(?:share|ugcPost|groupPost):[0-9]+")
_COMMENTABLE = re.compile(r"urn:li:(?:share|ugcPost|groupPost|activity):[0-9]+")
_COMMENT_ID = re.compile(r"[0-9]+|urn:li:comment:\([A-Za-z0-9:,]+\)")
_MOST_IMAGES = 20

_ANALYTICS_ENTITY_KEYS = {"share": "share", "ugcPost": "ugc"}
_LONGEST_LIFE = timedelta(days=400)


def escape_commentary(text: str) -> str:
    """Text as people shall read it, written so that LinkedIn shows exactly that; hashtags stay hashtags.

    A hashtag is `#` with letters, digits, marks or underscores behind it, at least one of them a letter, and no word
    character, `#`, `&` or `/` in front of it (so neither `C#`, `#1` nor the fragment of an address is one). An
    underscore inside a hashtag is escaped like any other.
    """
    written: list[str] = []
    for index, char in enumerate(text):
        if char == "#" and _starts_hashtag(text, index):
            written.append(char)
        elif char in RESERVED:
            written.append("\\" + char)
        else:
            written.append(char)
    return "".join(written)


def _starts_hashtag(text: str, index: int) -> bool:
    if index and (_is_tag_char(text[index - 1]) or text[index - 1] in "#&/"):
        return False
    first = text[index + 1 : index + 2]
    # A mark belongs to the letter before it: an emoji keycap is `#` and a mark, and no hashtag.
    if not first or first == "_" or not _is_tag_char(first) or unicodedata.category(first)[0] == "M":
        return False
    for char in text[index + 1 :]:
        if not _is_tag_char(char):
            return False
        if char.isalpha():
            return True
    return False


def _is_tag_char(char: str) -> bool:
    return char == "_" or char.isalnum() or unicodedata.category(char)[0] == "M"


def post_body(request: PublishRequest) -> dict[str, object]:
    """The body of `POST /rest/posts`.

    Raises Rejected for a text that no JSON document can carry, and for what LinkedIn does not show in one post: its
    content is exactly one of a link card, a picture, several pictures, a video or a document, and a reshare has none.
    """
    body: dict[str, object] = {
        "author": request.author.external_id,
        "commentary": escape_commentary(request.text),
        "visibility": "PUBLIC",
        "distribution": {"feedDistribution": "MAIN_FEED", "targetEntities": [], "thirdPartyDistributionChannels": []},
        "lifecycleState": "PUBLISHED",
        "isReshareDisabledByAuthor": False,
    }
    link, media = request.link, request.media
    parts = [request.text]
    if request.reshare_of is not None:
        if link is not None or media:
            raise _no_such_post("a reshare with a link or a file of its own")
        if not _RESHARABLE.fullmatch(request.reshare_of):
            raise Rejected(
                "not_resharable",
                "LinkedIn reshares posts by their urn:li:share or urn:li:ugcPost id; this id is none.",
                detail=f"no reshare of {request.reshare_of!r}",
            )
        body["reshareContext"] = {"parent": request.reshare_of}
    elif media:
        body["content"] = _media_content(media, link)
        parts += [words for one in media for words in (one.alt_text, one.title) if words]
    elif link is not None:
        body["content"] = {"article": _article(link)}
    if link is not None:
        parts += [link.url, link.title, link.description or ""]
    require_sendable("\n".join(parts))
    return body


def _no_such_post(what: str) -> Rejected:
    return Rejected(
        "combination_not_possible",
        f"LinkedIn has no post for {what}. A post shows either a link (with at most one picture for its card), up to"
        f" {_MOST_IMAGES} pictures, one video or one document.",
    )


def _article(link: LinkCard, *, thumbnail: str | None = None) -> dict[str, object]:
    # LinkedIn fetches nothing from the address: what is not sent here is not on the card.
    article: dict[str, object] = {"source": link.url, "title": link.title}
    if link.description:
        article["description"] = link.description
    if thumbnail is not None:
        article["thumbnail"] = thumbnail
    return article


def _media_content(media: tuple[UploadedMedia, ...], link: LinkCard | None) -> dict[str, object]:
    first = media[0]
    if link is not None:
        if len(media) > 1 or first.kind is not MediaKind.IMAGE:
            raise _no_such_post("a link together with these files")
        _require_alt_text(first)
        return {"article": _article(link, thumbnail=first.external_id)}
    if len(media) > 1:
        if len(media) > _MOST_IMAGES or any(one.kind is not MediaKind.IMAGE for one in media):
            raise _no_such_post("these files together")
        return {"multiImage": {"images": [_image(one) for one in media]}}
    match first.kind:
        case MediaKind.IMAGE:
            return {"media": _image(first)}
        case MediaKind.DOCUMENT:
            return {"media": {"id": first.external_id, "title": require_title(first.title)}}
        case MediaKind.VIDEO:
            return {"media": {"id": first.external_id, **({"title": first.title} if first.title else {})}}


def _image(image: UploadedMedia) -> dict[str, object]:
    return {"id": image.external_id, "altText": _require_alt_text(image)}


def _require_alt_text(image: UploadedMedia) -> str:
    if not image.alt_text or not image.alt_text.strip():
        raise Rejected("alt_text_missing", "Please say in words what the picture shows, for those who can't see it.")
    return image.alt_text


def require_title(title: str | None) -> str:
    """The title of a document, without which LinkedIn shows none; raises Rejected."""
    if not title or not title.strip():
        raise Rejected("title_missing", "LinkedIn shows a document only with a title; please give it one.")
    return title


def comment_body(urn: str, *, author: Account, text: str) -> dict[str, object]:
    """The body of a comment; its text is shown as it is, since only `commentary` is parsed.

    LinkedIn's example names the activity as `object`, an id that publishing does not give: we name the post itself.
    """
    if not _COMMENTABLE.fullmatch(urn):
        raise Rejected("not_a_post", "LinkedIn comments only on posts; this id is none.", detail=f"no post {urn!r}")
    require_sendable(text, field="comment")
    return {"actor": author.external_id, "object": urn, "message": {"text": text}}


def comment_id(value: object) -> str | None:
    """LinkedIn's id of a comment, or None for what is none."""
    return value.strip() if isinstance(value, str) and _COMMENT_ID.fullmatch(value.strip()) else None


def permalink(urn: str) -> str:
    """Where people find a post."""
    return f"https://www.linkedin.com/feed/update/{urn}/"


def path_key(urn: str) -> str:
    """A URN as a key in a path: percent-encoded whole (Rest.li 2.0)."""
    return quote(urn, safe="")


def analytics_query(urn: str, metric_type: str) -> str:
    """The query string of `memberCreatorPostAnalytics`, made by hand: an encoded parenthesis is a 400 there."""
    kind = urn.split(":")[2] if urn.count(":") == 3 and urn.startswith("urn:li:") else ""
    key = _ANALYTICS_ENTITY_KEYS.get(kind)
    if key is None:
        raise Rejected("not_a_post", "LinkedIn counts only posts; this id is none.", detail=f"no analytics for {urn!r}")
    return f"q=entity&entity=({key}:{quote(urn, safe='')})&queryType={metric_type}&aggregation=TOTAL"


def metric_count(answer: Mapping[str, object], metric_type: str) -> int | None:
    """The count in an analytics answer; None when LinkedIn has no data, which is not the same as zero."""
    elements = answer.get("elements")
    if not isinstance(elements, list):
        raise ProtocolViolation("an analytics answer without elements")
    for element in elements:
        if not isinstance(element, dict):
            raise ProtocolViolation("an analytics element that is not an object")
        if _metric_type(element.get("metricType")) != metric_type:
            raise ProtocolViolation(f"an analytics answer about another metric than {metric_type}")
        count = element.get("count")
        if isinstance(count, bool) or not isinstance(count, int) or count < 0:
            raise ProtocolViolation("an analytics count that is not a number")
        return count
    return None


def _metric_type(value: object) -> object:
    # A plain string from version 202605; before, an object with one key that names the type's class.
    if isinstance(value, dict) and len(value) == 1:
        return next(iter(value.values()))
    return value


def account(userinfo: Mapping[str, object]) -> Account:
    """Whose account it is; with `openid` alone LinkedIn gives no name."""
    sub = userinfo.get("sub")
    if not isinstance(sub, str) or not sub:
        raise ProtocolViolation("userinfo without sub")
    name = userinfo.get("name")
    if not isinstance(name, str) or not name.strip():
        given = [userinfo.get(key) for key in ("given_name", "family_name")]
        name = " ".join(part for part in given if isinstance(part, str) and part)
    return Account(external_id=f"urn:li:person:{sub}", display_name=name or "LinkedIn member")


def scopes(value: object) -> frozenset[str]:
    """LinkedIn documents spaces between scopes and answers commas in places: takes both."""
    return frozenset(value.replace(",", " ").split()) if isinstance(value, str) else frozenset()


def credentials(token: Mapping[str, object], *, now: datetime, kept_refresh: Credentials | None = None) -> Credentials:
    """A token answer; a refresh answer without a refresh token keeps the one that there was."""
    access = token.get("access_token")
    if not isinstance(access, str) or not access:
        raise ProtocolViolation("a token answer without access_token")
    if not access.isascii() or not access.isprintable() or " " in access:
        raise ProtocolViolation("an access_token that no header can carry")
    refresh = token.get("refresh_token")
    refresh_token = Secret(refresh) if isinstance(refresh, str) and refresh else None
    refresh_expires_at = _ends(token.get("refresh_token_expires_in"), now)
    granted = scopes(token.get("scope"))
    if kept_refresh is not None:
        if refresh_token is None:
            refresh_token = kept_refresh.refresh_token
        refresh_expires_at = refresh_expires_at or kept_refresh.refresh_expires_at
        granted = granted or kept_refresh.scopes
    return Credentials(
        access_token=Secret(access),
        refresh_token=refresh_token,
        expires_at=_ends(token.get("expires_in"), now),
        refresh_expires_at=refresh_expires_at,
        scopes=granted,
    )


def _ends(seconds: object, now: datetime) -> datetime | None:
    try:
        life = timedelta(seconds=int(str(seconds))) if seconds is not None else None
    except (ValueError, OverflowError):
        raise ProtocolViolation("a token life that is not a number of seconds") from None
    if life is None:
        return None
    if not timedelta() < life <= _LONGEST_LIFE:
        raise ProtocolViolation(f"a token life of {life.days} days")
    return now + life


def require_version(version: str) -> str:
    """The version header's value; raises ConfigurationInvalid unless it is YYYYMM."""
    if len(version) != 6 or not version.isdecimal() or not version.isascii():
        raise ConfigurationInvalid(
            f"api_version {version!r} is not YYYYMM",
            message="The LinkedIn API version must be written YYYYMM, for example 202609.",
        )
    return version
