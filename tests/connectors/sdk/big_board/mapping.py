"""Our models to Big Board's payloads and back; pure functions."""

from collections.abc import Mapping

from connectors.sdk import (
    ContentPreview,
    ContentState,
    Destination,
    Loss,
    PlatformContent,
    ProtocolViolation,
    Pushed,
)
from connectors.sdk.text import join, require_sendable


def destinations(document: Mapping[str, object]) -> tuple[Destination, ...]:
    """The places for content in the vendor's answer, by title; raises ProtocolViolation when it cannot be read."""
    boards = document.get("boards")
    if not isinstance(boards, list):
        raise ProtocolViolation("an answer without boards")
    try:
        found = [Destination(external_id=str(one["id"]), title=str(one["title"]), kind="board") for one in boards]
    except (KeyError, TypeError) as error:
        raise ProtocolViolation("a board without id or title") from error
    return tuple(sorted(found, key=lambda one: one.title))


def preview(content: PlatformContent) -> ContentPreview:
    """What people will find, by the vendor's field names, and what gets lost; raises Rejected as `item_body` does."""
    fields = {name: str(value) for name, value in item_body(content).items() if name != "board"}
    losses = [
        Loss(f"suggestions.{one.language}", "dropped", "Big Board holds one text in one language.")
        for one in content.suggestions[1:]
    ]
    if content.disclosure:
        losses.append(Loss("disclosure", "merged", "Big Board has no field for it; it follows the text."))
    for name in ("media", "topic_ids", "publish_at", "expires_at"):
        if getattr(content, name):
            losses.append(Loss(name, "dropped", "Big Board has no place for it."))
    return ContentPreview(fields=fields, losses=tuple(losses))


def item_body(content: PlatformContent) -> dict[str, object]:
    """The vendor's body of a new item; raises Rejected for what no document can carry."""
    text = join(content.suggestions[0].text, content.disclosure)
    for words in (content.title, content.why_share, text):
        require_sendable(words)
    return {
        "board": content.destination_id,
        "title": content.title,
        "why": content.why_share,
        "text": text,
        "link": content.url,
    }


def pushed(item: Mapping[str, object]) -> Pushed:
    """The item in the vendor's answer; raises ProtocolViolation when it has no id."""
    item_id = item.get("id")
    if not isinstance(item_id, str) or not item_id:
        raise ProtocolViolation("an item without an id")
    return Pushed(external_id=item_id, state=ContentState.LIVE)
