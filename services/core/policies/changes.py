"""What is new in a version against another: do's, don'ts and rules, as data and as lines to read. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from typing import Any, Literal

from services.core.kit.texts import Language, Text, pick

#: Two lines at least so alike are one line, put in other words.
_REWORDED = 0.6

KIND_NAMES: dict[str, Text] = {
    "forbidden_phrase": Text(en="phrases that stay out", he="ביטויים שאין לפרסם"),
    "embargo": Text(en="not before a date", he="לא לפני מועד"),
    "pattern": Text(en="wordings that stay out", he="ניסוחים שאין לפרסם"),
    "topic": Text(en="subject", he="נושא"),
    "competitor": Text(en="competitors", he="מתחרים"),
    "pay": Text(en="pay terms", he="תנאי שכר"),
    "required_disclosure": Text(en="disclosure at the top", he="גילוי נאות בראש הפוסט"),
    "links_allowed": Text(en="links allowed", he="קישורים מותרים"),
}
_SECTIONS = {"dos": Text(en="Do", he="מה לעשות"), "donts": Text(en="Don't", he="ממה להימנע")}
_ADDED = Text(en="{section}, new: {line}", he="{section}, חדש: {line}")
_REMOVED = Text(en="{section}, no longer: {line}", he="{section}, הוסר: {line}")
_NOW = Text(en="{section}, now: {after} (before: {before})", he="{section}, כעת: {after} (קודם: {before})")
_SUMMARY = Text(en="Summary, now: {after} (before: {before})", he="תקציר, כעת: {after} (קודם: {before})")
_NEW_LANGUAGE = Text(en="The text is new in this language: {language}.", he="נוסף טקסט בשפה: {language}.")
_GONE_LANGUAGE = Text(en="There is no text any more in: {language}.", he="אין עוד טקסט בשפה: {language}.")
_RULE_ADDED = Text(en="New rule ({kind}): {words}", he="כלל חדש ({kind}): {words}")
_RULE_REMOVED = Text(en="Rule taken back ({kind}): {words}", he="כלל שהוסר ({kind}): {words}")
_RULE_CHANGED = Text(en="Rule changed ({kind}): {words}", he="כלל שהשתנה ({kind}): {words}")
_PLUS = Text(en="added: {words}", he="נוספו: {words}")
_MINUS = Text(en="removed: {words}", he="הוסרו: {words}")
_VALUE = Text(en="{name}: {after} (before: {before})", he="{name}: {after} (קודם: {before})")
_STRICTNESS = {
    "stop": Text(en="a post with it is refused", he="פוסט כזה לא יאושר"),
    "review": Text(en="an editor reads such a post first", he="עורך/ת יקראו פוסט כזה תחילה"),
}
_NAMES: dict[str, Text] = {
    "action": Text(en="what follows", he="המשמעות"),
    "until": Text(en="until", he="עד"),
    "message": Text(en="explanation", he="הסבר"),
    "networks": Text(en="networks", he="רשתות"),
    "languages": Text(en="languages", he="שפות"),
}
_NONE = Text(en="none", he="אין")
_NOTHING = Text(en="Nothing has changed.", he="דבר לא השתנה.")
_FIRST = Text(en="This is the first version.", he="זו הגרסה הראשונה.")
_RULES_MAY_DIFFER = ("message", "action", "until", "networks", "languages", "within_characters")


@dataclass(frozen=True)
class Reworded:
    """A line before and after."""

    before: str
    after: str


@dataclass(frozen=True)
class Lines:
    """What happened to a list of lines."""

    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    reworded: tuple[Reworded, ...] = ()


@dataclass(frozen=True)
class InLanguage:
    """What happened to the text in one language."""

    language: Language
    is_new: bool = False
    is_gone: bool = False
    summary: Reworded | None = None
    dos: Lines = Lines()
    donts: Lines = Lines()


@dataclass(frozen=True)
class OfRule:
    """What happened to one rule."""

    change: Literal["added", "removed", "changed"]
    kind: str
    pointer: str
    added: tuple[str, ...]
    removed: tuple[str, ...]
    #: Of a changed rule, what else differs: name, before, after.
    differs: tuple[tuple[str, Any, Any], ...] = ()
    message: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Changes:
    """All that is new in a version."""

    texts: tuple[InLanguage, ...]
    rules: tuple[OfRule, ...]

    @property
    def is_same(self) -> bool:
        """Whether nothing is."""
        return not self.texts and not self.rules


def compare(
    old_texts: Mapping[str, Any],
    old_rules: Sequence[Mapping[str, Any]],
    new_texts: Mapping[str, Any],
    new_rules: Sequence[Mapping[str, Any]],
) -> Changes:
    """What the new wording has that the old one has not, and the other way round."""
    tags = [language for language in Language if language.value in old_texts or language.value in new_texts]
    texts = [_in_language(tag, old_texts.get(tag.value), new_texts.get(tag.value)) for tag in tags]
    return Changes(tuple(one for one in texts if one is not None), tuple(_rules(old_rules, new_rules)))


def _in_language(language: Language, old: Mapping[str, Any] | None, new: Mapping[str, Any] | None) -> InLanguage | None:
    before, after = old or {}, new or {}
    summaries = str(before.get("summary", "")), str(after.get("summary", ""))
    found = InLanguage(
        language,
        is_new=old is None,
        is_gone=new is None,
        summary=Reworded(*summaries) if old and new and summaries[0] != summaries[1] else None,
        dos=_lines(before.get("dos", ()), after.get("dos", ())),
        donts=_lines(before.get("donts", ()), after.get("donts", ())),
    )
    return None if found == InLanguage(language) else found


def _lines(before: Iterable[str], after: Iterable[str]) -> Lines:
    """Lines that came and went; what is nearly the same on both sides is one line in other words."""
    old, new = list(dict.fromkeys(before)), list(dict.fromkeys(after))
    removed = [line for line in old if line not in new]
    added, reworded = [], []
    for line in (line for line in new if line not in old):
        best = max(removed, key=lambda other: _likeness(other, line), default=None)
        if best is not None and _likeness(best, line) >= _REWORDED:
            removed.remove(best)
            reworded.append(Reworded(best, line))
        else:
            added.append(line)
    return Lines(tuple(added), tuple(removed), tuple(reworded))


def _likeness(before: str, after: str) -> float:
    return SequenceMatcher(None, before.casefold(), after.casefold(), autojunk=False).ratio()


def _rules(old: Sequence[Mapping[str, Any]], new: Sequence[Mapping[str, Any]]) -> list[OfRule]:
    known, wanted = [_bare(rule) for rule in old], [_bare(rule) for rule in new]
    rest = [(index, rule) for index, rule in enumerate(old) if known[index] not in wanted]
    found = []
    for index, rule in ((index, rule) for index, rule in enumerate(new) if wanted[index] not in known):
        alike = [pair for pair in rest if _kinship(pair[1], rule)]
        if not alike:
            found.append(OfRule("added", rule["kind"], f"/rules/{index}", words_of(rule), (), message=rule["message"]))
            continue
        before = max(alike, key=lambda pair: _kinship(pair[1], rule))
        rest.remove(before)
        mine, theirs = words_of(rule), words_of(before[1])
        found.append(
            OfRule(
                "changed",
                rule["kind"],
                f"/rules/{index}",
                tuple(word for word in mine if word not in theirs),
                tuple(word for word in theirs if word not in mine),
                tuple(
                    (name, before[1].get(name), rule.get(name))
                    for name in _RULES_MAY_DIFFER
                    if _bare(before[1]).get(name) != _bare(rule).get(name)
                ),
                rule["message"],
            )
        )
    found += [
        OfRule("removed", rule["kind"], f"/rules/{index}", (), words_of(rule), message=rule["message"])
        for index, rule in rest
    ]
    return found


def _bare(rule: Mapping[str, Any]) -> dict[str, Any]:
    """A rule without what is the same as leaving it out: earlier versions were stored without it."""
    return {name: value for name, value in rule.items() if value and (name, value) != ("action", "stop")}


def _kinship(before: Mapping[str, Any], after: Mapping[str, Any]) -> float:
    """How surely one rule became the other; 0 for two that have nothing in common."""
    if before["kind"] != after["kind"] or before.get("topic") != after.get("topic"):
        return 0.0
    mine, theirs = set(words_of(after)), set(words_of(before))
    if not mine and not theirs:
        return 1.0
    shared = len(mine & theirs) / max(len(mine | theirs), 1)
    return shared or (0.5 if before.get("message") == after.get("message") else 0.0)


def words_of(rule: Mapping[str, Any]) -> tuple[str, ...]:
    """What a rule names, as people read it: phrases, patterns, names, domains, wordings."""
    words: list[str] = [*rule.get("phrases", ()), *rule.get("patterns", ()), *rule.get("domains", ())]
    for one in rule.get("competitors", ()):
        words += [one["name"], *one.get("aliases", ())]
    for wordings in (rule.get("texts") or {}).values():
        words += wordings
    if rule.get("topic"):
        words.append(rule["topic"])
    words += [f"+{word}" for word in rule.get("add", ())]
    words += [f"−{word}" for word in rule.get("remove", ())]
    return tuple(dict.fromkeys(words))


def rule_in_words(one: OfRule, language: Language) -> str:
    """A rule's change as a line to read."""
    kind = KIND_NAMES[one.kind].in_language(language) if one.kind in KIND_NAMES else one.kind
    explained = pick(one.message, language.value)
    said = explained[1] if explained else ""
    if one.change == "changed":
        parts = [_PLUS.in_language(language, words=", ".join(one.added))] if one.added else []
        parts += [_MINUS.in_language(language, words=", ".join(one.removed))] if one.removed else []
        for name, before, after in one.differs:
            parts.append(
                _VALUE.in_language(
                    language,
                    name=_NAMES[name].in_language(language) if name in _NAMES else name,
                    before=_value(name, before, language),
                    after=_value(name, after, language),
                )
            )
        return _RULE_CHANGED.in_language(language, kind=kind, words="; ".join(parts))
    words = ", ".join(one.added or one.removed) or said
    template = _RULE_ADDED if one.change == "added" else _RULE_REMOVED
    if words != said and said and one.change == "added":
        words = f"{words}. {said}"
    return template.in_language(language, kind=kind, words=words)


def _value(name: str, value: Any, language: Language) -> str:
    if name == "action":
        return _STRICTNESS[str(value or "stop")].in_language(language)
    if isinstance(value, Mapping):
        chosen = pick(value, language.value)
        return chosen[1] if chosen else _NONE.in_language(language)
    if isinstance(value, list):
        return ", ".join(map(str, value)) or _NONE.in_language(language)
    return _NONE.in_language(language) if value is None else str(value)


def in_words(changes: Changes, language: Language, *, is_first: bool = False) -> list[str]:
    """All changes as lines for a reader: the text in their language where it has one, and every rule."""
    if is_first:
        return [_FIRST.in_language(language)]
    lines: list[str] = []
    own = [one for one in changes.texts if one.language is language] or list(changes.texts)
    for one in changes.texts:
        if one.is_new or one.is_gone:
            template = _NEW_LANGUAGE if one.is_new else _GONE_LANGUAGE
            lines.append(template.in_language(language, language=one.language.value))
    for one in own:
        if one.summary is not None:
            lines.append(_SUMMARY.in_language(language, before=one.summary.before, after=one.summary.after))
        for part, listed in (("dos", one.dos), ("donts", one.donts)):
            section = _SECTIONS[part].in_language(language)
            lines += [_ADDED.in_language(language, section=section, line=line) for line in listed.added]
            lines += [_REMOVED.in_language(language, section=section, line=line) for line in listed.removed]
            lines += [
                _NOW.in_language(language, section=section, before=pair.before, after=pair.after)
                for pair in listed.reworded
            ]
    lines += [rule_in_words(one, language) for one in changes.rules]
    return lines or [_NOTHING.in_language(language)]
