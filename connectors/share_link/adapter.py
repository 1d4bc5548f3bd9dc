"""The share dialog behind the port of the contract; no call is made, and nothing comes back from the dialog."""

from urllib.parse import quote, urlsplit

from connectors.sdk.errors import ConfigurationInvalid, Rejected
from connectors.sdk.manifest import Manifest
from connectors.sdk.models import Context, ShareLink
from connectors.share_link.manifest import MANIFEST

#: The dialog takes only the address and ignores a text (seen in public use, 2026-11), so the text goes by clipboard.
_WITH_TEXT = {
    "en": "1. Copy your text. 2. Open LinkedIn's share window with the link. 3. Paste the text, look it over, post.",
    "he": "1. להעתיק את הטקסט. 2. לפתוח את חלון השיתוף של לינקדאין עם הקישור. 3. להדביק, לעבור על הטקסט ולפרסם.",
}
_WITHOUT_TEXT = {
    "en": "1. Open LinkedIn's share window with the link. 2. Add your own words and post.",
    "he": "1. לפתוח את חלון השיתוף של לינקדאין עם הקישור. 2. להוסיף כמה מילים משלך ולפרסם.",
}


class ShareLinkDialog:
    """Hands over a link to the network's own share dialog; the person posts with their own hands."""

    @property
    def manifest(self) -> Manifest:
        """The declaration."""
        return MANIFEST

    def share_link(self, ctx: Context, *, text: str, url: str) -> ShareLink:
        """The dialog's address for the tracked link; Rejected when that is no absolute http(s) address."""
        parts = urlsplit(url)
        if parts.scheme not in {"http", "https"} or not parts.hostname or any(char.isspace() for char in url):
            raise Rejected("link_not_sendable", "Only a complete http or https address can be shared by link.")
        dialog_url = MANIFEST.setting(ctx, "dialog_url")
        if urlsplit(dialog_url).scheme != "https":
            raise ConfigurationInvalid(f"dialog_url {dialog_url!r} is no https address")
        return ShareLink(
            url=f"{dialog_url}?url={quote(url, safe='')}",
            instructions=_WITH_TEXT if text.strip() else _WITHOUT_TEXT,
        )
