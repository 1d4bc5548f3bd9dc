"""Our models to the demo network's payloads and back; pure functions."""

from collections.abc import Collection, Mapping

from connectors.sdk.errors import ProtocolViolation, Rejected
from connectors.sdk.models import Metric, MetricReading, MissingReason, Published, PublishRequest

_COUNTED = (Metric.IMPRESSIONS, Metric.REACTIONS, Metric.COMMENTS, Metric.RESHARES)


def post_body(request: PublishRequest) -> dict[str, object]:
    """The body of `POST /posts`; raises Rejected for text that no JSON document can carry."""
    body: dict[str, object] = {
        "author": {"id": request.author.external_id, "name": request.author.display_name},
        "text": request.text,
    }
    if request.link is not None:
        body["link"] = {
            "url": request.link.url,
            "title": request.link.title,
            "description": request.link.description,
        }
    if any("\ud800" <= char <= "\udfff" for char in request.text):
        raise Rejected("text_not_sendable", "The text holds half of a character (a lone surrogate); please retype it.")
    return body


def published(post: Mapping[str, object]) -> Published:
    """A post as the network describes it."""
    post_id, permalink = post.get("id"), post.get("permalink")
    if not isinstance(post_id, str) or not post_id:
        raise ProtocolViolation("a post without an id")
    return Published(external_id=post_id, permalink=permalink if isinstance(permalink, str) else None)


def reading(counts: Mapping[str, object], metrics: Collection[Metric]) -> MetricReading:
    """Counts; one that the network has not counted yet is missing, not zero."""
    values: dict[Metric, int] = {}
    missing: dict[Metric, str] = {}
    for metric in metrics:
        value = counts.get(metric.value)
        if metric not in _COUNTED:
            missing[metric] = MissingReason.NOT_SUPPORTED
        elif value is None:
            missing[metric] = MissingReason.NO_DATA
        elif isinstance(value, int) and value >= 0:
            values[metric] = value
        else:
            raise ProtocolViolation(f"the count of {metric} is not a number")
    return MetricReading(values=values, missing=missing)
