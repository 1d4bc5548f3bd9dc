"""Words that people read, in every language of the product."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum


class Language(StrEnum):
    """The languages the product itself speaks. Content may be in these, and each is complete."""

    EN = "en"
    HE = "he"

    @property
    def direction(self) -> str:
        """``rtl`` or ``ltr``, for HTML."""
        return "rtl" if self is Language.HE else "ltr"


DEFAULT_LANGUAGE = Language.EN


@dataclass(frozen=True)
class Text:
    """One message in every language. ``{name}`` places are filled by ``in_language``."""

    en: str
    he: str

    def in_language(self, language: Language, /, **values: object) -> str:
        """The message for a reader of ``language``, with its places filled; a value may be a text of its own."""
        # What a database row holds is the plain word, not the member.
        template = self.he if language == Language.HE else self.en
        said = {
            name: value.in_language(language) if isinstance(value, Text) else value for name, value in values.items()
        }
        return template.format(**said) if said else template


def listed(texts: Iterable[Text]) -> Text:
    """Several texts as one, in the order given; a dash for none."""
    found = tuple(texts)
    return Text(en=", ".join(one.en for one in found) or "–", he=", ".join(one.he for one in found) or "–")


def pick(texts: Mapping[str, str], language: str, *, default: str = DEFAULT_LANGUAGE) -> tuple[str, str] | None:
    """Choose a variant: the wanted language, else the default, else the first; answer (language, text) or None."""
    for candidate in (language, default, *sorted(texts)):
        if texts.get(candidate):
            return candidate, texts[candidate]
    return None
