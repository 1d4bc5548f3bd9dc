"""Which database objects are the migrations' business."""

from __future__ import annotations

import re

#: PgQueuer installs and upgrades its own tables; the clock has no model; partitions follow their parent.
_NOT_OURS = re.compile(r"^pgqueuer|^clock$|_p\d{6}$|_default$")


def include_name(name: str | None, kind: str, parents: object) -> bool:
    """Whether autogenerate and the drift check look at an object."""
    return not (kind == "table" and name is not None and _NOT_OURS.search(name))
