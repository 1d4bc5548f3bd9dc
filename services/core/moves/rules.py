"""Pure decisions about a move: which place answers to which, and what cannot come along."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from connectors.sdk.capabilities import Capability
from connectors.sdk.models import Destination

#: What a program misses when its new platform cannot do it.
_CARRIED = (
    Capability.FIND_CONTENT,
    Capability.WITHDRAW_CONTENT,
    Capability.READ_CONTENT_METRICS,
    Capability.SYNC_AUDIENCE,
    Capability.IMPORT_REPORT,
    Capability.RECEIVE_WEBHOOK,
)


@dataclass(frozen=True)
class Places:
    """The places of one platform, by what they are called."""

    listed: tuple[Destination, ...]

    def title_of(self, destination_id: str) -> str:
        """What a place is called; its id where it is not listed."""
        return next((one.title for one in self.listed if one.external_id == destination_id), destination_id)

    def find(self, title: str, *, takes_content: bool | None = None, parent_id: str | None = None) -> str | None:
        """The place of this title, whatever its case; None if there is none, or more than one."""
        wanted = _fold(title)
        found = [
            one.external_id
            for one in self.listed
            if _fold(one.title) == wanted
            and (takes_content is None or one.takes_content is takes_content)
            and (parent_id is None or one.parent_id in (None, parent_id))
        ]
        return found[0] if len(found) == 1 else None


def _fold(title: str) -> str:
    return " ".join(title.casefold().split())


def place_for(
    destination_id: str, *, said: Mapping[str, str], old: Places, new: Places, default: str | None
) -> str | None:
    """Where something goes: where an administrator says, else to the place of the same name, else to the default."""
    return (
        said.get(destination_id)
        or new.find(old.title_of(destination_id), takes_content=True)
        or default
    )  # fmt: skip


def topics_for(
    topic_ids: Sequence[str], *, said: Mapping[str, str], old: Places, new: Places, parent_id: str
) -> tuple[list[str], list[str]]:
    """The topics it gets there, and the titles of those that have no counterpart."""
    found: list[str] = []
    lost: list[str] = []
    for topic_id in topic_ids:
        title = old.title_of(topic_id)
        target = said.get(topic_id) or new.find(title, parent_id=parent_id) or new.find(title)
        if target is None:
            lost.append(title)
        elif target not in found:
            found.append(target)
    return found, lost


def capability_losses(old: Collection[Capability], new: Collection[Capability]) -> list[dict[str, str]]:
    """What the old platform could do for a program and the new one cannot."""
    return [
        {
            "subject": "program",
            "field": capability.value,
            "how": "dropped",
            "detail": f"Not offered there: {capability.label}.",
        }
        for capability in _CARRIED
        if capability in old and capability not in new
    ]  # fmt: skip


def diff_hash(steps: Iterable[tuple[str, str, Sequence[str], str]], people: int) -> str:
    """Names exactly this difference, so that nobody applies another one than they have seen."""
    document = json.dumps([sorted([list(map(str, one)) for one in steps]), people], ensure_ascii=False)
    return hashlib.sha256(document.encode()).hexdigest()[:32]
