"""Our models to Acme's payloads and back; pure functions."""

from collections.abc import Mapping

from connectors.sdk import ProtocolViolation, Published, PublishRequest
from connectors.sdk.text import require_sendable


def post_body(request: PublishRequest) -> dict[str, object]:
    """The vendor's body of a new post; raises Rejected for what no document can carry."""
    require_sendable(request.text)
    body: dict[str, object] = {"text": request.text}
    if request.link is not None:
        body["link"] = {"url": request.link.url, "title": request.link.title}
    return body


def published(post: Mapping[str, object]) -> Published:
    """The post in the vendor's answer; raises ProtocolViolation when it has no id."""
    post_id, address = post.get("id"), post.get("url")
    if not isinstance(post_id, str) or not post_id:
        raise ProtocolViolation("a post without an id")
    return Published(external_id=post_id, permalink=address if isinstance(address, str) else None)
