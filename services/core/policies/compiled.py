"""The rules of a version made ready once in a process, and what they find in a text."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property, lru_cache
from typing import Any

from services.core.kit.texts import Language, pick
from services.core.policies import addresses, amounts, lexicon, matching
from services.core.policies.addresses import Link
from services.core.policies.amounts import Earned
from services.core.policies.kinds import RuleAction, RuleKind, Topic
from services.core.policies.lexicon import Term
from services.core.policies.matching import Found, Index, View

#: Kinds whose words are all there is to them.
_OF_WORDS = {RuleKind.FORBIDDEN_PHRASE, RuleKind.EMBARGO, RuleKind.PATTERN, RuleKind.COMPETITOR}
#: As many phrases as two thousand full rules have are kept ready; the versions asked last stay.
_MOST_KEPT = 1 << 19


@dataclass(frozen=True)
class Place:
    """What a rule found, before anybody is told: places are code points of the original."""

    rule_index: int
    phrase_index: int
    phrase: str
    start: int
    end: int
    #: Of a disclosure: it is there, but too late. Of a link: it only looks like one that is allowed.
    is_near_miss: bool = False


@dataclass(frozen=True)
class Circumstances:
    """Where and when a text would be out."""

    at: datetime | None = None
    network: str | None = None
    language: Language | None = None
    own_hosts: frozenset[str] = frozenset()


class Look:
    """A text, and what of it does not depend on any version: found once for all of them."""

    def __init__(self, text: str) -> None:
        self.view = View(text)
        self._terms: dict[Topic, list[Term]] = {}

    def terms(self, topic: Topic) -> list[Term]:
        """Words of a built-in list."""
        if topic not in self._terms:
            self._terms[topic] = lexicon.of_topic(topic).terms(self.view)
        return self._terms[topic]

    @cached_property
    def earned(self) -> list[Earned]:
        """Amounts by the built-in words for pay."""
        return amounts.earned(self.view)

    @cached_property
    def links(self) -> list[Link]:
        """Every link."""
        return list(addresses.links(self.view.original))

    @cached_property
    def _letters(self) -> tuple[int, int]:
        text = self.view.folded.text
        return sum("א" <= one <= "ת" for one in text), sum("a" <= one <= "z" for one in text)

    @cached_property
    def languages(self) -> frozenset[Language]:
        """The languages whose letters are in it."""
        hebrew, latin = self._letters
        return frozenset([Language.HE] * bool(hebrew) + [Language.EN] * bool(latin))

    @cached_property
    def main_language(self) -> Language:
        """Hebrew posts are full of Latin names and links, so a third of the letters makes one."""
        hebrew, latin = self._letters
        return Language.HE if 2 * hebrew > latin else Language.EN


@dataclass(frozen=True)
class Ready:
    """One rule, ready."""

    index: int
    kind: RuleKind
    action: RuleAction
    message: Mapping[str, str]
    until: datetime | None
    networks: frozenset[str]
    languages: frozenset[str]
    rule: Mapping[str, Any] = field(repr=False)

    def counts(self, look: Look, around: Circumstances) -> bool:
        """Whether the rule has a say about this text at this time and place."""
        if self.until is not None and around.at is not None and around.at >= self.until:
            return False
        if self.networks and around.network is not None and around.network not in self.networks:
            return False
        if self.languages:
            of_text = {around.language} if around.language is not None else look.languages
            return not self.languages.isdisjoint(of_text)
        return True


class Compiled:
    """The rules of one version, ready to look at any number of texts."""

    def __init__(self, rules: Sequence[Mapping[str, Any]]) -> None:
        self.source = rules
        self.rules = [_ready(index, rule) for index, rule in enumerate(rules)]
        self._index = Index()
        for ready in self.rules:
            self._index.add(_entries(ready))
        # Those that have to be asked whether or not a word of theirs is there.
        self._standing = [ready for ready in self.rules if ready.kind not in _OF_WORDS]
        self.size = self._index.size + len(self.rules)

    def places(self, look: Look, around: Circumstances) -> Iterator[Place]:
        """Everything in the text that a rule of this version stands against."""
        by_rule: dict[int, list[Found]] = {}
        for found in self._index.scan(look.view):
            by_rule.setdefault(found.entry.rule_index, []).append(found)
        for index, found_here in by_rule.items():
            ready = self.rules[index]
            if ready.kind in _OF_WORDS and ready.counts(look, around):
                for found in _widest(found_here):
                    start, end = look.view.folded.span(found.start, found.end)
                    yield Place(index, found.entry.phrase_index, found.entry.phrase, start, end)
        for ready in self._standing:
            if ready.counts(look, around):
                yield from _STANDING[ready.kind](ready, look, by_rule.get(ready.index, []), around)


def _ready(index: int, rule: Mapping[str, Any]) -> Ready:
    kind = RuleKind(rule["kind"])
    return Ready(
        index,
        kind,
        RuleAction(rule.get("action") or RuleAction.STOP),
        rule["message"],
        datetime.fromisoformat(rule["until"]).astimezone(UTC) if kind is RuleKind.EMBARGO else None,
        frozenset(rule.get("networks") or ()),
        frozenset(rule.get("languages") or ()),
        rule,
    )


def _entries(ready: Ready) -> Iterator[matching.Entry]:
    rule = ready.rule
    if ready.kind is RuleKind.COMPETITOR:
        for number, competitor in enumerate(rule["competitors"]):
            for name in (competitor["name"], *competitor.get("aliases", ())):
                yield from matching.read_entries(name, rule_index=ready.index, phrase_index=number, is_name=True)
        return
    if ready.kind is RuleKind.REQUIRED_DISCLOSURE:
        wordings = [(language, text) for language, texts in rule["texts"].items() for text in texts]
        for number, (_, text) in enumerate(wordings):
            yield from matching.read_entries(_bare_tag(text), rule_index=ready.index, phrase_index=number)
        return
    key = {RuleKind.PATTERN: "patterns", RuleKind.TOPIC: "add", RuleKind.PAY: "add"}.get(ready.kind, "phrases")
    for number, phrase in enumerate(rule.get(key) or ()):
        yield from matching.read_entries(
            phrase, rule_index=ready.index, phrase_index=number, is_pattern=key != "phrases"
        )


def _bare_tag(text: str) -> str:
    """A hashtag is looked for without its sign, which may have a space or a mark behind it."""
    return text.strip().lstrip("#＃")


def _widest(found: list[Found]) -> list[Found]:
    """Without those that lie inside another, and one for each place."""
    kept: list[Found] = []
    for one in sorted(found, key=lambda each: (each.start, -each.end, each.entry.phrase_index)):
        if not kept or one.end > kept[-1].end:
            kept.append(one)
    return kept


def _topic(ready: Ready, look: Look, found: list[Found], around: Circumstances) -> Iterator[Place]:
    removed = {as_compared(phrase) for phrase in ready.rule.get("remove") or ()}
    text = look.view.folded.text
    terms = [
        term
        for term in look.terms(Topic(ready.rule["topic"]))
        if as_compared(term.phrase) not in removed and as_compared(text[term.start : term.end]) not in removed
    ]
    if removed:
        # A product named with such a word is harmless as a whole, whatever the list says of its parts.
        harmless = _inside_any(look.view, terms, tuple(ready.rule["remove"]))
        terms = [term for term in terms if term not in harmless]
    terms += [Term(one.entry.phrase, lexicon.ENOUGH, one.start, one.end) for one in _widest(found)]
    numbers = {phrase: number for number, phrase in enumerate(ready.rule.get("add") or ())}
    for term in sorted(lexicon.enough_of(terms, look.view), key=lambda one: one.start):
        start, end = look.view.folded.span(term.start, term.end)
        yield Place(ready.index, numbers.get(term.phrase, 0), look.view.original[start:end], start, end)


def _inside_any(view: View, terms: list[Term], phrases: tuple[str, ...]) -> set[Term]:
    harmless = [(one.start, one.end) for one in _plain_index(phrases).scan(view)]
    return {term for term in terms if any(start <= term.start and term.end <= end for start, end in harmless)}


@lru_cache(maxsize=1 << 8)
def _plain_index(phrases: tuple[str, ...]) -> Index:
    index = Index()
    for phrase in phrases:
        index.add(matching.read_entries(phrase))
    return index


@lru_cache(maxsize=1 << 14)
def as_compared(phrase: str) -> str:
    """A phrase as it is compared, to tell whether two are the same."""
    return " ".join(word for entry in matching.read_entries(phrase) for word in entry.words)


def _pay(ready: Ready, look: Look, found: list[Found], around: Circumstances) -> Iterator[Place]:
    removed = frozenset(as_compared(phrase) for phrase in ready.rule.get("remove") or ())
    earned = look.earned
    if found or removed:
        added = [(one.entry.phrase, one.start, one.end) for one in found]
        earned = amounts.earned(look.view, added=added, removed=removed)
    for amount in earned:
        start, end = look.view.folded.span(amount.start, amount.end)
        yield Place(ready.index, 0, amount.word, start, end)


def _disclosure(ready: Ready, look: Look, found: list[Found], around: Circumstances) -> Iterator[Place]:
    texts = ready.rule["texts"]
    language = around.language or look.main_language
    chosen = pick({tag: wordings[0] for tag, wordings in texts.items()}, language.value)
    if chosen is None:
        return
    numbers = [tag for tag, wordings in texts.items() for _ in wordings]
    most = ready.rule.get("within_characters") or 200
    late: tuple[int, int] | None = None
    for one in found:
        if numbers[one.entry.phrase_index] != chosen[0]:
            continue
        start, end = look.view.folded.span(one.start, one.end)
        if start < most and not _is_last_tag(look.view, one):
            return
        late = late or (start, end)
    yield Place(ready.index, 0, chosen[1], *(late or (0, 0)), is_near_miss=late is not None)


def _is_last_tag(view: View, found: Found) -> bool:
    """Whether it is a hashtag with nothing but hashtags, accounts and links around and after it, at the text's end."""
    text = view.folded.text
    if text[: found.start].rstrip()[-1:] != "#":
        return False
    rest = text[found.end :].split()
    before = text[: found.start].rstrip("# \n")
    return bool(before.strip()) and all(
        piece[0] in "#@" or "://" in piece or not any(one.isalnum() for one in piece) for piece in rest
    )


def _links(ready: Ready, look: Look, found: list[Found], around: Circumstances) -> Iterator[Place]:
    domains = {*ready.rule["domains"], *around.own_hosts}
    for link in look.links:
        if not addresses.is_allowed(link, domains):
            yield Place(ready.index, 0, link.shown, link.start, link.end, is_near_miss=link.is_foreign)


_STANDING: dict[RuleKind, Callable[[Ready, Look, list[Found], Circumstances], Iterator[Place]]] = {
    RuleKind.TOPIC: _topic,
    RuleKind.PAY: _pay,
    RuleKind.REQUIRED_DISCLOSURE: _disclosure,
    RuleKind.LINKS_ALLOWED: _links,
}


class _Kept:
    """Versions that are ready, those asked last, by their ids."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._versions: OrderedDict[str, Compiled] = OrderedDict()
        self._size = 0
        self._lock = threading.Lock()

    def get(self, version_id: str, rules: Sequence[Mapping[str, Any]]) -> Compiled:
        with self._lock:
            kept = self._versions.get(version_id)
            # A version never changes; a draft that somebody tries out may.
            if kept is not None and (kept.source is rules or kept.source == rules):
                kept.source = rules
                self._versions.move_to_end(version_id)
                return kept
        made = Compiled(rules)
        with self._lock:
            before = self._versions.pop(version_id, None)
            self._size += made.size - (before.size if before else 0)
            self._versions[version_id] = made
            while self._size > self._most and len(self._versions) > 1:
                _, oldest = self._versions.popitem(last=False)
                self._size -= oldest.size
        return made


_KEPT = _Kept(_MOST_KEPT)


def ready_version(version_id: str, rules: Sequence[Mapping[str, Any]]) -> Compiled:
    """The rules of a version, made ready the first time a process asks for them."""
    return _KEPT.get(version_id, rules)


def known_hosts(hosts: Collection[str]) -> frozenset[str]:
    """Hosts as links are compared with them."""
    return frozenset(host.lower().strip(".").split(":")[0] for host in hosts)
