"""Labelled posts in Hebrew and English, the policy of an invented company, and how well the rules tell them apart.

Every text was written for this project; names of companies are invented. ``texts.jsonl`` holds a text a line with the
names of the rules that stand against it (``policy.json`` gives the names in the order of its rules). One half is for
building, by its texts; the other for measuring, and is looked at by its totals alone.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from services.core.kit.texts import Language
from services.core.policies.rules import VersionRules, find_hits

_HERE = Path(__file__).parent


@dataclass(frozen=True)
class Post:
    """A text and the rules that stand against it."""

    id: str
    language: Language
    text: str
    rules: frozenset[str]
    network: str | None

    @property
    def is_for_measuring(self) -> bool:
        """Half of all, by the first bit of the hash of the id, so that an added text moves no other."""
        return hashlib.sha256(self.id.encode()).digest()[0] >= 0x80


@dataclass(frozen=True)
class Company:
    """The policy that the posts are looked at with."""

    names: tuple[str, ...]
    version: VersionRules

    def rules_against(self, post: Post) -> frozenset[str]:
        """The names of the rules that are found to stand against a post."""
        hits = find_hits(post.text, [self.version], network=post.network or "linkedin", language=post.language)
        return frozenset(self.names[hit.rule_index] for hit in hits)


@dataclass(frozen=True)
class Score:
    """How well rules and labels agree."""

    texts: int
    expected: int
    found: int
    clean: int
    stopped_falsely: int
    #: A rule against a text that another rule is rightly against.
    also_named_falsely: int

    @property
    def recall(self) -> float:
        """The share of what stands against texts that was found."""
        return self.found / self.expected

    @property
    def false_stops(self) -> float:
        """The share of clean texts that were stopped."""
        return self.stopped_falsely / self.clean


def read_posts() -> list[Post]:
    """All posts."""
    rows: list[dict[str, Any]] = [
        json.loads(line) for line in (_HERE / "texts.jsonl").read_text(encoding="utf-8").splitlines()
    ]
    return [
        Post(row["id"], Language(row["language"]), row["text"], frozenset(row["rules"]), row.get("network"))
        for row in rows
    ]


def read_company() -> Company:
    """The invented company's policy."""
    document = json.loads((_HERE / "policy.json").read_text(encoding="utf-8"))
    return Company(tuple(document["names"]), VersionRules("corpus", document["rules"]))


def score(posts: Sequence[Post], company: Company) -> Score:
    """Totals over these posts."""
    counts: Counter[str] = Counter()
    for post in posts:
        found = company.rules_against(post)
        counts["expected"] += len(post.rules)
        counts["found"] += len(post.rules & found)
        if post.rules:
            counts["also"] += len(found - post.rules)
        else:
            counts["clean"] += 1
            counts["stopped"] += bool(found)
    return Score(len(posts), counts["expected"], counts["found"], counts["clean"], counts["stopped"], counts["also"])
