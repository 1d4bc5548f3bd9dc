"""Codes that are put into sentences have words, in every language, whoever refuses."""

from __future__ import annotations

import ast
import importlib
import re
from collections.abc import Iterator
from enum import Enum
from pathlib import Path

import pytest

import services.core
from services.core.kit.errors import NotFound
from services.core.kit.texts import Language, Text, listed
from services.core.kit.things import THING_NAMES

_CORE = Path(services.core.__path__[0])
_SERVICES = _CORE.parent
_HEBREW = re.compile("[\u05d0-\u05ea]")
_LATIN_CODE = re.compile(r"[a-z]+_[a-z_]+")
#: What the reader has sent or has to send, letter by letter.
_AS_SENT = {"permission", "language", "encoding"}
#: Tables that stand beside other words of their noun.
_BESIDE = {
    "services.core.programs.rules": ("FUNCTION_NAMES", "GOAL_KIND_NAMES"),
    "services.core.needs.texts": ("STATE_NAMES",),
}


def _calls() -> Iterator[tuple[str, ast.Call]]:
    for path in sorted(_SERVICES.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call):
                yield f"{path.relative_to(_SERVICES)}:{node.lineno}", node


def _tables() -> Iterator[tuple[str, dict[Enum, Text]]]:
    found = {f"services.core.{path.parent.name}.names": None for path in sorted(_CORE.glob("*/names.py"))} | _BESIDE
    for module_name, names in found.items():
        module = importlib.import_module(module_name)
        for name in names or [name for name in vars(module) if name.endswith("_NAMES")]:
            yield f"{module_name}.{name}", getattr(module, name)


def _is_said(text: Text) -> bool:
    return bool(text.en and _HEBREW.search(text.he)) and not _LATIN_CODE.search(text.en + text.he)


def test_everything_that_may_not_be_found_has_a_word_in_every_language() -> None:
    used = {
        keyword.value.value: place
        for place, call in _calls()
        for keyword in call.keywords
        if keyword.arg == "thing" and isinstance(keyword.value, ast.Constant)
    }
    assert len(used) > 50
    assert {thing: place for thing, place in used.items() if thing not in THING_NAMES} == {}
    assert set(THING_NAMES) - set(used) == set()
    assert [thing for thing, name in THING_NAMES.items() if not _is_said(name)] == []


def test_every_member_of_an_enum_with_names_has_one_in_every_language() -> None:
    tables = dict(_tables())
    assert len(tables) > 15
    for where, names in tables.items():
        members = set(type(next(iter(names))))
        assert set(names) == members, where
        assert [one for one, name in names.items() if not _is_said(name)] == [], where


def test_no_refusal_puts_the_code_of_an_enum_into_its_sentence() -> None:
    """``state=program.state.value`` is for machines; what is raised is read by people."""
    raised = [
        f"{path.relative_to(_SERVICES)}:{node.lineno} {keyword.arg}"
        for path in sorted(_SERVICES.rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call)
        for keyword in node.exc.keywords
        if isinstance(keyword.value, ast.Attribute) and keyword.value.attr == "value" and keyword.arg not in _AS_SENT
    ]
    assert raised == []


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        (Language.EN, "There is no open call with this id in your organization. Check the id."),
        (Language.HE, "אין בארגון שלך קול קורא עם מזהה זה. יש לבדוק את המזהה."),
    ],
)
def test_a_refusal_is_read_as_words_and_keeps_its_code(language: Language, sentence: str) -> None:
    refused = NotFound(thing="open_call")
    assert refused.in_language(language) == sentence
    assert refused.extension(language) == {"thing": "open_call"}


def test_a_text_within_a_text_is_said_in_the_language_of_the_reader() -> None:
    outer = Text(en="one of: {known}", he="אחד מאלה: {known}")
    known = listed([Text(en="red", he="אדום"), Text(en="blue", he="כחול")])
    assert outer.in_language(Language.EN, known=known) == "one of: red, blue"
    assert outer.in_language(Language.HE, known=known) == "אחד מאלה: אדום, כחול"
    assert outer.in_language(Language.HE, known=listed([])) == "אחד מאלה: –"
