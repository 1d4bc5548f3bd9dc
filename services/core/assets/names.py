"""Codes of files as words, for the sentences that they are put into."""

from __future__ import annotations

from services.core.assets.models import AssetKind
from services.core.kit.texts import Text

#: What a file is.
KIND_NAMES: dict[AssetKind, Text] = {
    AssetKind.IMAGE: Text(en="image", he="תמונה"),
    AssetKind.DOCUMENT: Text(en="document", he="מסמך"),
    AssetKind.VIDEO: Text(en="video", he="סרטון"),
}
