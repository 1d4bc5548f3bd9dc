"""The small pattern language of rules: safe to run on any text, and to be read by whoever writes a policy.

``*`` stands for any letters or digits inside one word, ``#`` for a number, ``[a|b]`` for one of some wordings (``[|s]``
for something that may be missing); everything else stands for itself, and words may have any gap between them. There
is nothing else, so nothing that a pattern could be made slow with: alternatives are written out before use, and a word
is compared with one pass over its letters.
"""

from __future__ import annotations

import itertools
import re

#: How a wild card and a number are written once a pattern is read: characters that no text has after folding.
ANY = "\ue000"
NUMBER = "\ue001"

#: So many wordings may one pattern stand for.
MOST_WORDINGS = 64

_CHOICE = re.compile(r"\[([^\[\]]*)\]")
_LITERAL = re.compile(r"[^\W_]")


class PatternRefused(ValueError):
    """The pattern cannot be used; the message says what to do."""


def read(pattern: str) -> list[str]:
    """Every wording that a pattern stands for, with ``ANY`` and ``NUMBER`` in place of its signs.

    Raises PatternRefused.
    """
    parts = _CHOICE.split(pattern.replace(ANY, "").replace(NUMBER, ""))
    if any(bracket in plain for plain in parts[::2] for bracket in "[]"):
        raise PatternRefused("close each [ with ], and put no brackets into brackets: [first|second]")
    choices = [[part] if place % 2 == 0 else part.split("|") for place, part in enumerate(parts)]
    count = 1
    for choice in choices:
        count *= len(choice)
    if count > MOST_WORDINGS:
        raise PatternRefused(f"write several patterns: this one stands for {count} wordings, {MOST_WORDINGS} is most")
    wordings = [" ".join("".join(chosen).split()) for chosen in itertools.product(*choices)]
    for wording in wordings:
        if len(_LITERAL.findall(wording)) + 2 * wording.count("#") < 2:
            raise PatternRefused("write at least two letters or one # beside each *: it would stand against any text")
        words = wording.split(" ")
        if words[0] == "*" or words[-1] == "*":
            raise PatternRefused("begin and end with letters or #: a * that stands alone is for a word in between")
    return [re.sub(r"\*+", ANY, wording).replace("#", NUMBER) for wording in dict.fromkeys(wordings)]


def is_glob(word: str) -> bool:
    """Whether a word of a wording has a sign in it."""
    return ANY in word or NUMBER in word


def fits(glob: str, word: str) -> bool:
    """Whether ``word`` as a whole is one that ``glob`` stands for; takes the product of their lengths at most."""
    places = _open({0}, glob)
    for character in word:
        following: set[int] = set()
        for place in places:
            if place == len(glob):
                continue
            wanted = glob[place]
            if wanted == ANY:
                following.add(place)
            elif wanted == NUMBER:
                if character.isdigit():
                    following |= {place, place + 1}
                elif character in ".,":
                    following.add(place)
            elif wanted == character:
                following.add(place + 1)
        places = _open(following, glob)
        if not places:
            return False
    return len(glob) in places


def _open(places: set[int], glob: str) -> set[int]:
    """The same places, and those behind each ``ANY``, which may stand for nothing."""
    for place in tuple(places):
        while place < len(glob) and glob[place] == ANY:
            place += 1
            places.add(place)
    return places
