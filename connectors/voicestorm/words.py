"""A vendor's refusal, made fit to be shown and kept: no secret in it, no control characters, and not too long."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from connectors.sdk.models import Context
from connectors.voicestorm.manifest import MANIFEST

_CONTROL = re.compile(r"[\x00-\x1f\x7f]+")
_CODE = re.compile(r"[A-Za-z][A-Za-z0-9_.-]{0,59}")
_LONGEST_WAIT = timedelta(days=1)


def clean(ctx: Context, text: object) -> str:
    """The words as far as they are words; a vendor may quote what we sent, secrets too."""
    if not isinstance(text, str):
        return ""
    secrets = [ctx.settings.get(setting.name) for setting in MANIFEST.settings if setting.secret]
    if ctx.credentials is not None:
        secrets.append(ctx.credentials.access_token.reveal())
    for secret in secrets:
        if secret:
            text = text.replace(secret, "…")
    return _CONTROL.sub(" ", text).strip()[:300]


def code(ctx: Context, value: object) -> str | None:
    """A vendor's code for an error, when it looks like one."""
    text = clean(ctx, value)
    return text if _CODE.fullmatch(text) else None


def retry_at(
    headers: Mapping[str, str], *, now: datetime, otherwise_seconds: float, reset_header: str = ""
) -> datetime:
    """When to call again: Retry-After (seconds or a date), else the vendor's own header (seconds), else our guess."""
    otherwise = now + timedelta(seconds=otherwise_seconds)
    value = headers.get("retry-after", "").strip() or (headers.get(reset_header, "").strip() if reset_header else "")
    try:
        at = now + timedelta(seconds=float(value))
    except (ValueError, OverflowError):
        try:
            at = parsedate_to_datetime(value)
        except (ValueError, OverflowError, TypeError):
            return otherwise
    if at.tzinfo is None:
        at = at.replace(tzinfo=UTC)
    return at if now < at <= now + _LONGEST_WAIT else otherwise
