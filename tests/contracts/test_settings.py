"""Settings: a wrong one is refused in one clear line, and the README names them all."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from services.core.kit.settings import PREFIX, Settings

ROOT = Path(__file__).resolve().parents[2]
GOOD = {
    "ADVOCACY_DATABASE_URL": "postgresql://localhost/none",
    "ADVOCACY_MASTER_KEY": "k1:" + "A" * 43 + "=",
    "ADVOCACY_KEY_PEPPER": "p" * 32,
    "ADVOCACY_OPERATOR_KEY": "o" * 32,
}


def start(env: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """Start the API with this environment; it ends by itself if a setting is wrong."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}
    return subprocess.run(
        [sys.executable, "-m", "services.cli", "migrate"],
        env={**clean, **env},
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"ADVOCACY_MASTER_KEY": ""}, "ADVOCACY_MASTER_KEY: give <key id>:<base64 of 32 random bytes>"),
        ({"ADVOCACY_MASTER_KEY": None}, "ADVOCACY_MASTER_KEY is not set"),
        ({"ADVOCACY_DATABASE_URL": "mysql://x"}, "ADVOCACY_DATABASE_URL: give postgresql://"),
        ({"ADVOCACY_MIN_GROUP_SIZE": "3"}, "ADVOCACY_MIN_GROUP_SIZE"),
        ({"ADVOCACY_PUBLIC_ULR": "http://x"}, "unknown setting ADVOCACY_PUBLIC_ULR"),
        ({}, "cannot reach the database"),
    ],
)
def test_a_wrong_setting_is_refused_in_one_line(change: dict[str, str | None], words: str) -> None:
    env = {name: value for name, value in {**GOOD, **change}.items() if value is not None}
    ended = start(env)
    assert ended.returncode == 2
    assert words in ended.stderr
    assert len(ended.stderr.strip().splitlines()) == 1


def test_no_secret_is_in_the_words_of_a_refusal() -> None:
    ended = start({**GOOD, "ADVOCACY_MASTER_KEY": "k1:very-secret-but-wrong"})
    assert "very-secret" not in ended.stderr + ended.stdout


def test_the_readme_lists_every_setting_with_its_default() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    missing = [name for name in Settings.model_fields if f"`{PREFIX}{name.upper()}`" not in readme]
    assert missing == []
