"""Our values <-> Firstup's payloads; pure functions."""

import html
import re
from collections.abc import Mapping
from datetime import datetime, timedelta

from connectors.sdk.errors import ConfigurationInvalid, OutcomeUnknown, ProtocolViolation, Rejected
from connectors.sdk.http import Answer
from connectors.sdk.models import (
    AudienceMember,
    AudiencePage,
    AudiencePerson,
    ContentPreview,
    ContentState,
    Credentials,
    Destination,
    Loss,
    PlatformContent,
    Pushed,
    Secret,
)
from connectors.sdk.text import join, require_sendable

#: Documented life of an access token, for an answer that does not repeat it.
ACCESS_LIFE = timedelta(hours=2)
_LONGEST_LIFE = timedelta(days=400)
_CONTENT_ID = re.compile(r"[0-9]{1,18}|[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_SCIM_SCHEMAS = ("urn:ietf:params:scim:schemas:core:2.0:User", "urn:SocialChorus:1.0:User")
_STATES = {
    "published": ContentState.LIVE,
    "scheduled": ContentState.SCHEDULED,
    "processing": ContentState.SCHEDULED,
    "review": ContentState.AWAITING_REVIEW,
    "draft": ContentState.DRAFT,
    "archived": ContentState.WITHDRAWN,
    "processing_error": ContentState.FAILED,
}
#: Of several items of one key (a draft whose answer was lost stays behind) the one that people see comes first.
_BEST_FIRST = (
    ContentState.LIVE,
    ContentState.SCHEDULED,
    ContentState.AWAITING_REVIEW,
    ContentState.FAILED,
    ContentState.DRAFT,
    ContentState.WITHDRAWN,
)


def credentials(token: Mapping[str, object], *, now: datetime) -> Credentials:
    """A token answer. It also carries the program as `realm`, which nothing of ours needs."""
    access = token.get("access_token")
    if not isinstance(access, str) or not access or not access.isascii() or not access.isprintable() or " " in access:
        raise ProtocolViolation("a token answer without an access_token that a header can carry")
    seconds = token.get("expires_in")
    try:
        life = ACCESS_LIFE if seconds is None else timedelta(seconds=int(str(seconds)))
    except (ValueError, OverflowError):
        raise ProtocolViolation("a token life that is not a number of seconds") from None
    if not timedelta() < life <= _LONGEST_LIFE:
        raise ProtocolViolation(f"a token life of {life.days} days")
    scope = token.get("scope")
    scopes = frozenset(scope.replace(",", " ").split()) if isinstance(scope, str) else frozenset()
    return Credentials(access_token=Secret(access), expires_at=now + life, scopes=scopes)


def items(answer: Answer) -> list[dict[str, object]]:
    """The records of a list answer, which are wrapped in `data`."""
    data = answer.json_object().get("data")
    if not isinstance(data, list):
        raise ProtocolViolation("a list answer without the list data")
    return [item for item in data if isinstance(item, dict)]


def is_last_page(answer: Answer, *, page: int, got: int) -> bool:
    """By `meta.pagination`, where it is there; an empty page is the last one in any case."""
    meta = answer.json_object().get("meta")
    paging = meta.get("pagination") if isinstance(meta, dict) else None
    paging = paging if isinstance(paging, dict) else {}
    size, total = paging.get("page_size"), paging.get("total_records")
    if got == 0:
        return True
    if isinstance(size, int) and isinstance(total, int):
        return page * max(size, 1) >= total
    return False


def destination(channel: Mapping[str, object]) -> Destination:
    """A topic, which the API calls a channel."""
    if not isinstance(channel.get("id"), int | str):
        raise ProtocolViolation("a channel without an id")
    title = channel.get("name")
    return Destination(
        external_id=str(channel["id"]),
        title=title if isinstance(title, str) and title else f"Topic {channel['id']}",
        kind="topic",
        takes_content=channel.get("state") != "archived",
    )


def _channel(value: str) -> int:
    if not value.isascii() or not value.isdecimal():
        raise Rejected("destination_unknown", f"“{value[:40]}” is not a topic of Firstup; choose one from its list.")
    return int(value)


def _refuse_unsendable(content: PlatformContent, *, now: datetime) -> None:
    texts = {"title": content.title, "reason to share": content.why_share, "disclosure": content.disclosure or ""}
    texts |= {f"suggestion for {one.network} ({one.language})": one.text for one in content.suggestions}
    for field, text in {**texts, "link": content.url, "key": content.key}.items():
        require_sendable(text, field=field)
    if content.publish_at is not None and content.publish_at > now:
        raise Rejected(
            "schedule_not_offered",
            "Firstup's API has no documented way to publish at a later time; push this item when its time has come.",
        )


def _paragraphs(content: PlatformContent) -> list[str]:
    """What people read in the body, link excepted, in its order."""
    pieces: list[str] = []
    for one in content.suggestions:
        pieces += [f"{one.network} ({one.language}):", one.text]
    return [*pieces, *([content.disclosure] if content.disclosure else [])]


def content_body(content: PlatformContent, *, author_user_id: str | None, now: datetime) -> dict[str, object]:
    """The body of `POST /v2/content`; raises Rejected for what cannot be put into it.

    An article, because a field for the address of a `link` is not documented; its body takes HTML.
    """
    _refuse_unsendable(content, now=now)
    channels = dict.fromkeys(_channel(one) for one in (content.destination_id, *content.topic_ids))
    # Each paragraph finds its own direction, so that languages can stand below each other.
    blocks = [
        f'<p dir="auto">{html.escape(text, quote=False).replace(chr(10), "<br>")}</p>' for text in _paragraphs(content)
    ]
    link = f'<p><a href="{html.escape(content.url)}">{html.escape(content.url, quote=False)}</a></p>'
    body: dict[str, object] = {
        "content_type": "article",
        "title": content.title,
        "summary": content.why_share,
        "body": "".join([*blocks, link]),
        # Private content has no public link, and so nothing to share outside.
        "visibility": "public",
        "featured": False,
        "channels": [{"id": channel} for channel in channels],
        "source": {"post_id": content.key},
    }
    if author_user_id:
        if not author_user_id.isascii() or not author_user_id.isdecimal():
            raise ConfigurationInvalid(
                "author_user_id is not a number", message="The setting “author_user_id” must be Firstup's user number."
            )
        body["author"] = {"user_id": int(author_user_id)}
    return body


def preview(content: PlatformContent, *, now: datetime) -> ContentPreview:
    """What people will find, and what has no field of its own."""
    _refuse_unsendable(content, now=now)
    losses = [
        Loss("why_share", "merged", "Firstup has no such field; it becomes the summary."),
        Loss("url", "merged", "The link stands at the end of the text; people also share Firstup's own public link."),
    ]
    losses += [
        Loss(f"suggestions.{one.language}", "merged", f"The words for {one.network} become a part of the text.")
        for one in content.suggestions
    ]
    if content.disclosure:
        losses.append(Loss("disclosure", "merged", "It stands in the text; nothing adds it to what people share."))
    if content.media:
        losses.append(Loss("media", "dropped", "Firstup's way to add an image is not documented to us; use Studio."))
    if content.expires_at:
        losses.append(Loss("expires_at", "dropped", "Nothing ends by itself; it stays until it is withdrawn."))
    return ContentPreview(
        fields={
            "content_type": "article",
            "title": content.title,
            "summary": content.why_share,
            "body": join(*_paragraphs(content), content.url),
            "visibility": "public",
            "channels": ", ".join((content.destination_id, *content.topic_ids)),
            "source.post_id": content.key,
        },
        losses=tuple(losses),
    )


def content_id(item: Mapping[str, object]) -> str:
    """The id of an item: `id` in the reference, `content_id` in the prose."""
    value = str(item.get("id") or item.get("content_id") or "")
    if not _CONTENT_ID.fullmatch(value):
        raise ProtocolViolation("an item of content without an id")
    return value


def created_id(answer: Answer) -> str:
    """The id of the draft that was just made."""
    data = answer.json_object().get("data")
    if not isinstance(data, dict):
        raise ProtocolViolation("a created item without data")
    return content_id(data)


def state(item: Mapping[str, object]) -> ContentState:
    """How an item stands; a word that we do not know means no more than that it is on its way."""
    return _STATES.get(str(item.get("state")), ContentState.SCHEDULED)


def published(answer: Answer, *, draft_id: str) -> Pushed:
    """What a successful publish call says: 200 with the item, 202 while it works, 204 without a word.

    Without a word the item may be live or held for review: that is not claimed, a look tells. Raises OutcomeUnknown
    for a body that cannot be read.
    """
    if not answer.body.strip():
        return Pushed(external_id=draft_id, state=ContentState.SCHEDULED, raw={"status": answer.status})
    try:
        data = answer.json_object().get("data")
    except ProtocolViolation:
        data = None
    if not isinstance(data, dict):
        raise OutcomeUnknown(f"Firstup answered {answer.status} with a body that is no item")
    given = state(data)
    if given is ContentState.DRAFT:
        given = ContentState.SCHEDULED
    return Pushed(
        external_id=draft_id, state=given, url=_link(data), raw={"status": answer.status, "state": data.get("state")}
    )


def best_match(
    found: list[dict[str, object]], content: PlatformContent, *, external_id: str | None = None
) -> Pushed | None:
    """The item by its id, or by our key, or, where `source` is not given back, by title and link."""
    pushed = [_pushed(item, external_id) for item in found if _fits(item, content, external_id)]
    return min(pushed, key=lambda one: _BEST_FIRST.index(one.state), default=None)


def is_seen(found: list[dict[str, object]], *, external_id: str) -> bool:
    """Whether an item is among them in a state in which people see it, or will."""
    hidden = {ContentState.DRAFT, ContentState.WITHDRAWN}
    return any(_has_id(item, external_id) and state(item) not in hidden for item in found)


def _has_id(item: Mapping[str, object], external_id: str) -> bool:
    return external_id in {str(item.get("id")), str(item.get("content_id")), str(item.get("uuid"))}


def _fits(item: Mapping[str, object], content: PlatformContent, external_id: str | None) -> bool:
    if external_id is not None:
        return _has_id(item, external_id)
    source = item.get("source")
    post_id = source.get("post_id") if isinstance(source, dict) else None
    if isinstance(post_id, str) and post_id:
        return post_id == content.key
    text = html.unescape(str(item.get("body", "")))
    return item.get("title") == content.title and content.url in text


def _pushed(item: Mapping[str, object], external_id: str | None) -> Pushed:
    given = state(item)
    # We know the id of nothing that was not published, so a draft with a known id was taken back.
    if external_id is not None and given is ContentState.DRAFT:
        given = ContentState.WITHDRAWN
    raw = {"state": item.get("state"), "visibility": item.get("visibility")}
    return Pushed(external_id=content_id(item), state=given, url=_link(item), raw=raw)


def _link(item: Mapping[str, object]) -> str | None:
    for name in ("permalink_url", "public_link_url"):
        value = item.get(name)
        if isinstance(value, str) and value.startswith("https://"):
            return value
    return None


def start_index(cursor: str | None) -> int:
    """Where a page of people begins; raises ConfigurationInvalid for a cursor that is none of ours."""
    if cursor is None:
        return 1
    if not cursor.isascii() or not cursor.isdecimal() or not 1 <= int(cursor[:12]) == int(cursor):
        raise ConfigurationInvalid("the cursor is no place in Firstup's list of people")
    return int(cursor)


def audience_page(answer: Answer, *, start: int) -> AudiencePage:
    """A SCIM list."""
    body = answer.json_object()
    resources, total = body.get("Resources"), body.get("totalResults")
    if not isinstance(total, int) or not isinstance(resources, list | None):
        raise ProtocolViolation("a SCIM list without totalResults and Resources")
    members = tuple(member(one) for one in resources or () if isinstance(one, dict))
    following = start + len(members)
    return AudiencePage(members, next_cursor=str(following) if members and following <= total else None)


def member(user: Mapping[str, object]) -> AudienceMember:
    """A SCIM user."""
    user_id, reference = user.get("id"), user.get("externalId")
    if not isinstance(user_id, str | int) or not str(user_id):
        raise ProtocolViolation("a SCIM user without an id")
    return AudienceMember(
        external_id=str(user_id),
        email=next(iter(addresses(user)), ""),
        is_active=user.get("active") is not False,
        reference=reference if isinstance(reference, str) and reference else None,
    )


def addresses(user: Mapping[str, object]) -> list[str]:
    """The e-mail addresses of a SCIM user, the primary one first, the user name last."""
    emails = user.get("emails")
    listed = [one for one in emails if isinstance(one, dict)] if isinstance(emails, list) else []
    listed.sort(key=lambda one: one.get("primary") is not True)
    values = [*(one.get("value") for one in listed), user.get("userName")]
    return [value for value in values if isinstance(value, str) and value]


def is_person(user: Mapping[str, object], email: str) -> bool:
    """Whether a looked-up user is the person: the look-up takes ids and references too."""
    return email.casefold() in {address.casefold() for address in addresses(user)}


def user_body(person: AudiencePerson) -> dict[str, object]:
    """A new SCIM user: no displayName, which is reserved, and no role, so that it is `member`."""
    return {
        "schemas": list(_SCIM_SCHEMAS),
        "userName": person.email,
        "externalId": person.reference,
        "name": _names(person),
        "emails": [{"value": person.email, "primary": True, "type": "work"}],
        "active": True,
    }


def _names(person: AudiencePerson) -> dict[str, str]:
    return {"givenName": person.given_name, "familyName": person.family_name}


def back_in(person: AudiencePerson) -> dict[str, object]:
    """What changes for somebody who comes back, by path."""
    return {"active": True, **{f"name:{part}": value for part, value in _names(person).items()}}


def refuse_destination(destination_id: str | None) -> None:
    """Raises Rejected when people shall be put into a topic: whom it reaches is set in Studio."""
    if destination_id is not None:
        raise Rejected("destination_takes_no_people", "A topic of Firstup takes no people; its audience is set there.")
