"""What the simulated LinkedIn takes as a post: the rules of its fields, apart from whose post it is."""

import re
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

from starlette.responses import Response

from connectors.linkedin.simulator.answers import api_error
from connectors.linkedin.simulator.little_text import visible_text

MAX_COMMENTARY_CHARS = 3000
MAX_ALT_TEXT_CHARS = 4086
#: What PARTIAL_UPDATE may set.
EDITABLE = frozenset({"commentary", "contentCallToActionLabel", "contentLandingPage", "lifecycleState"})
PERSON = re.compile(r"urn:li:person:[A-Za-z0-9_-]+")
_VISIBILITIES = {"PUBLIC", "CONNECTIONS", "LOGGED_IN", "CONTAINER"}
_RESHARABLE = re.compile(r"urn:li:(share|ugcPost|groupPost):[0-9]+")
_DURATIONS = {"ONE_DAY", "THREE_DAYS", "SEVEN_DAYS", "FOURTEEN_DAYS"}

#: Says why a file of these kinds can't be shown, or None.
FileCheck = Callable[[object, tuple[str, ...]], Response | None]


def refuse_fields(body: Mapping[str, Any]) -> Response | None:
    """The refusal of a post's own fields, or None."""
    for name in ("author", "commentary", "visibility", "distribution", "lifecycleState"):
        if name not in body:
            return api_error(400, "MISSING_FIELD", f"/{name} :: field is required but not found")
    author = body["author"]
    if not isinstance(author, str) or not author.startswith("urn:li:person:"):
        return api_error(400, "INVALID_URN_TYPE", "/author :: a person is needed")
    if not PERSON.fullmatch(author):
        return api_error(400, "INVALID_URN_ID", "/author :: the id is not valid")
    if refusal := refuse_commentary(body["commentary"]):
        return refusal
    if body["visibility"] not in _VISIBILITIES:
        return _invalid("/visibility :: unknown value")
    if body["lifecycleState"] != "PUBLISHED":
        return _invalid("/lifecycleState :: must be PUBLISHED")
    distribution = body["distribution"]
    if not isinstance(distribution, dict) or distribution.get("feedDistribution") not in {"MAIN_FEED", "NONE"}:
        return _invalid("/distribution/feedDistribution :: unknown value")
    return None


def refuse_commentary(commentary: object) -> Response | None:
    """The refusal of a text, or None."""
    if not isinstance(commentary, str):
        return _invalid("/commentary :: must be a string")
    if len(visible_text(commentary)) > MAX_COMMENTARY_CHARS:
        return api_error(400, "FIELD_LENGTH_TOO_LONG", f"/commentary :: more than {MAX_COMMENTARY_CHARS}")
    return None


def refuse_content(body: Mapping[str, Any], check_file: FileCheck) -> Response | None:
    """The refusal of what a post shows or passes on, or None."""
    if "reshareContext" in body:
        return _refuse_reshare(body)
    if "content" not in body:
        if not body["commentary"].strip():
            return api_error(400, "INVALID_VALUE_BLANK_FIELD", "/commentary :: must not be blank")
        return None
    content = body["content"]
    checks: dict[str, Callable[[dict[str, Any], FileCheck], Response | None]] = {
        "article": _refuse_article,
        "media": _refuse_media,
        "multiImage": _refuse_images,
        "poll": _refuse_poll,
    }
    if not isinstance(content, dict) or len(content) != 1 or not content.keys() <= checks.keys():
        return _invalid("/content :: exactly one known kind is needed")
    ((kind, value),) = content.items()
    if not isinstance(value, dict):
        return _invalid(f"/content/{kind} :: must be an object")
    return checks[kind](value, check_file)


def _refuse_reshare(body: Mapping[str, Any]) -> Response | None:
    context = body["reshareContext"]
    parent = context.get("parent") if isinstance(context, dict) else None
    if "content" in body:
        return _invalid("/content :: a reshare has no content")
    if not isinstance(parent, str) or not _RESHARABLE.fullmatch(parent):
        return api_error(400, "INVALID_URN_TYPE", "/reshareContext/parent :: a share, ugcPost or groupPost is needed")
    return None


def _refuse_article(article: dict[str, Any], check_file: FileCheck) -> Response | None:
    if not all(isinstance(value, str) for value in article.values()):
        return _invalid("/content/article :: all fields are strings")
    for name in ("source", "title"):
        if not article.get(name):
            return api_error(400, "MISSING_FIELD", f"/content/article/{name} :: field is required")
    if urlsplit(article["source"]).scheme not in {"http", "https"}:
        return _invalid("/content/article/source :: not a web address")
    return check_file(article["thumbnail"], ("image",)) if "thumbnail" in article else None


def _refuse_media(media: dict[str, Any], check_file: FileCheck) -> Response | None:
    if str(media.get("id", "")).startswith("urn:li:document:") and not media.get("title"):
        return api_error(400, "MISSING_FIELD", "/content/media/title :: field is required for a document")
    return _refuse_alt_text(media) or check_file(media.get("id"), ("image", "video", "document"))


def _refuse_images(several: dict[str, Any], check_file: FileCheck) -> Response | None:
    images = several.get("images")
    if not isinstance(images, list) or not 2 <= len(images) <= 20:
        return _invalid("/content/multiImage/images :: 2 to 20 images are needed")
    for image in images:
        if not isinstance(image, dict):
            return _invalid("/content/multiImage/images :: must be objects")
        if refusal := _refuse_alt_text(image) or check_file(image.get("id"), ("image",)):
            return refusal
    return None


def _refuse_alt_text(media: dict[str, Any]) -> Response | None:
    alt_text = media.get("altText", "")
    if not isinstance(alt_text, str):
        return _invalid("altText :: must be a string")
    if len(alt_text) > MAX_ALT_TEXT_CHARS:
        return api_error(400, "FIELD_LENGTH_TOO_LONG", f"altText :: more than {MAX_ALT_TEXT_CHARS}")
    return None


def _refuse_poll(poll: dict[str, Any], check_file: FileCheck) -> Response | None:
    question, options, settings = poll.get("question"), poll.get("options"), poll.get("settings")
    if not isinstance(question, str) or not question or not isinstance(options, list):
        return api_error(400, "MISSING_FIELD", "/content/poll :: question and options are required")
    texts = [option.get("text") if isinstance(option, dict) else None for option in options]
    if not 2 <= len(texts) <= 4 or not all(isinstance(text, str) and text for text in texts):
        return _invalid("/content/poll/options :: 2 to 4 options are needed")
    if len(question) > 140 or any(len(str(text)) > 30 for text in texts):
        return api_error(400, "FIELD_LENGTH_TOO_LONG", "/content/poll :: question or option too long")
    if not isinstance(settings, dict) or settings.get("duration") not in _DURATIONS:
        return _invalid("/content/poll/settings/duration :: unknown value")
    return None


def _invalid(message: str) -> Response:
    return api_error(400, "INVALID_VALUE_FOR_FIELD", message)
