"""How well and how fast the rules of a policy tell texts apart: recall, false stops, time with two thousand rules.

The bare limit beside the time is a loop that asks ``phrase in text`` for the same phrases: it knows no words, no Hebrew
and no spelling, so it says how long the plainest look takes, not how long a right one could.
"""

from __future__ import annotations

import random
import statistics
import time
from collections.abc import Callable, Sequence
from typing import Any

from services.core.policies import compiled
from services.core.policies.rules import VersionRules, find_hits
from tests.policy_corpus import Post, read_company, read_posts, score

RECALL_MARK = 0.95
FALSE_STOPS_MARK = 0.02
MILLISECONDS_MARK = 5.0
RULES = 2_000
#: An organization's policy and a program's, each with a version.
VERSIONS = 2
_ROUNDS = 5

_LATIN = ("ta", "ro", "mel", "ki", "sun", "dor", "vex", "lan", "pri", "gol", "zem", "hat")
_HEBREW = ("טא", "רו", "מל", "קי", "שון", "דור", "בק", "לן", "פרי", "גול", "זם", "הט")


def _name(number: int, rng: random.Random, syllables: Sequence[str]) -> str:
    return "".join(rng.choices(syllables, k=rng.randint(2, 3))) + syllables[number % len(syllables)]


def make_rules(count: int, *, seed: int = 6) -> list[dict[str, Any]]:
    """Rules of every kind, as a large organization could have; most are phrases, and few stand against any text."""
    rng = random.Random(seed)
    company = read_company().version.rules
    rules: list[dict[str, Any]] = [dict(rule) for rule in company]
    message = {"en": "No.", "he": "לא."}
    while len(rules) < count:
        number = len(rules)
        latin, hebrew = _name(number, rng, _LATIN), _name(number, rng, _HEBREW)
        phrases = [f"{latin} {_name(number, rng, _LATIN)}", f"{hebrew} {_name(number, rng, _HEBREW)}", latin, hebrew]
        match number % 10:
            case 0:
                rule = {"kind": "pattern", "patterns": [f"{latin}*", f"*{hebrew} #", f"[{latin}|{hebrew}] # %"]}
            case 1 | 2:
                rule = {"kind": "competitor", "competitors": [{"name": latin, "aliases": [hebrew, *phrases[:2]]}]}
            case 3:
                rule = {"kind": "embargo", "phrases": phrases, "until": "2030-01-15T09:00:00Z"}
            case _:
                rule = {"kind": "forbidden_phrase", "phrases": phrases}
        rules.append({**rule, "message": message})
    return rules


def all_phrases(rules: Sequence[dict[str, Any]]) -> list[str]:
    """What of the rules can be looked for with ``in``."""
    found: list[str] = []
    for rule in rules:
        found += rule.get("phrases") or rule.get("patterns") or []
        for competitor in rule.get("competitors", ()):
            found += [competitor["name"], *competitor["aliases"]]
    return [phrase.lower() for phrase in found]


def _milliseconds(look: Callable[[str], object], posts: Sequence[Post]) -> float:
    """Median over the rounds of the mean over the texts."""
    rounds = []
    for _ in range(_ROUNDS):
        began = time.perf_counter()
        for post in posts:
            look(post.text)
        rounds.append((time.perf_counter() - began) * 1000 / len(posts))
    return statistics.median(rounds)


def measure_policies(say: Callable[..., None]) -> None:
    """Print the figures with ``say``."""
    posts = read_posts()
    totals = score([post for post in posts if post.is_for_measuring], read_company())
    say("policy_recall", f"{totals.recall:.3f}", "share", _mark(totals.recall >= RECALL_MARK, f">={RECALL_MARK}"))
    is_good = totals.false_stops <= FALSE_STOPS_MARK
    say("policy_false_stops", f"{totals.false_stops:.3f}", "share", _mark(is_good, f"<={FALSE_STOPS_MARK}"))
    say("policy_measured_texts", totals.texts, "count")
    rules = make_rules(RULES)
    share = RULES // VERSIONS
    versions = [VersionRules(f"bench-{n}", rules[n * share : (n + 1) * share]) for n in range(VERSIONS)]
    began = time.perf_counter()
    for version in versions:
        compiled.ready_version(version.version_id, version.rules)
    say(f"policy_ms_to_ready_{RULES}_rules", f"{(time.perf_counter() - began) * 1000:.0f}", "milliseconds")
    ours = _milliseconds(lambda text: find_hits(text, versions), posts)
    phrases = all_phrases(rules)
    bare = _milliseconds(lambda text: _plain_look(text.lower(), phrases), posts)
    say(
        f"policy_ms_per_text_{RULES}_rules", f"{ours:.2f}", "milliseconds", f"{ours / bare:.2f}",
        _mark(ours <= MILLISECONDS_MARK, f"<={MILLISECONDS_MARK:g}"),
    )  # fmt: skip
    say(f"policy_bare_ms_per_text_{RULES}_rules", f"{bare:.2f}", "milliseconds")


def _plain_look(text: str, phrases: Sequence[str]) -> list[str]:
    return [phrase for phrase in phrases if phrase in text]


def _mark(is_met: bool, mark: str) -> str:
    return f"mark {mark} {'ok' if is_met else 'missed'}"
