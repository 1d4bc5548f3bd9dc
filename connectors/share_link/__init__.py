"""The share link, as one connector."""

from connectors.share_link.adapter import ShareLinkDialog

connector = ShareLinkDialog()

__all__ = ["connector"]
