"""The rules against the labelled posts: B11."""

from __future__ import annotations

from services.core.kit.texts import Language
from tests.policy_corpus import read_company, read_posts, score

POSTS = read_posts()
COMPANY = read_company()
MEASURING = [post for post in POSTS if post.is_for_measuring]
BUILDING = [post for post in POSTS if not post.is_for_measuring]


def test_b11_recall_and_false_stops_on_the_posts_kept_for_measuring() -> None:
    totals = score(MEASURING, COMPANY)
    assert totals.recall >= 0.95
    assert totals.false_stops <= 0.02


def test_the_posts_for_building_are_told_apart() -> None:
    totals = score(BUILDING, COMPANY)
    assert (totals.recall, totals.false_stops) == (1.0, 0.0)


def test_b11_there_are_enough_posts_of_every_sort_in_each_half() -> None:
    assert len(POSTS) >= 500
    assert len({post.id for post in POSTS}) == len({post.text for post in POSTS}) == len(POSTS)
    hebrew = sum(post.language is Language.HE for post in POSTS) / len(POSTS)
    assert 0.5 <= hebrew <= 0.7
    for half in (MEASURING, BUILDING):
        assert len(half) >= 0.4 * len(POSTS)
        assert {rule for post in half for rule in post.rules} == set(COMPANY.names)
        assert sum(not post.rules for post in half) >= 100
