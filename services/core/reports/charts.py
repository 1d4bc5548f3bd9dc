"""Charts as pictures: Vega-Lite drawn to SVG here, shown as images that need nothing from elsewhere.

As an image and not inline: in a right-to-left page Chromium turns the anchors of inline SVG text, and labels fall
over the bars.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import vl_convert

from services.core.kit.texts import Language

#: The browser takes the first it has; those that measure here are DejaVu's or Noto's.
FONT = "Noto Sans, Noto Sans Hebrew, DejaVu Sans, Arial, sans-serif"
INK, QUIET, ACCENT, TRACK = "#1d2733", "#5d6b7a", "#1f6f78", "#e6ebef"
_STEP = 34
#: Keep a label's own direction inside a picture, whose text runs from left to right.
_ISOLATE, _POP = "\u2068", "\u2069"


@dataclass(frozen=True)
class Bar:
    """One bar: its name, its length, and the words at its end."""

    label: str
    value: float
    words: str


def draw_bars(
    bars: Sequence[Bar], *, language: Language, width: int, longest_label: int = 24, full: float | None = None
) -> str:
    """Bars that grow in reading direction, as a data address; ``full`` draws each on a track of that length.

    ``width`` of the longest bar with its words is in pixels, ``longest_label`` in characters.
    """
    is_rtl = language.direction == "rtl"
    top = full if full is not None else max((bar.value for bar in bars), default=0) or 1
    values = [
        {
            "place": place,
            "value": min(max(bar.value, 0), top),
            "full": top,
            "words": _ISOLATE + bar.words + _POP,
        }
        for place, bar in enumerate(bars)
    ]
    x = {
        "type": "quantitative",
        "axis": None,
        "scale": {"domain": [0, top * 1.22], "reverse": is_rtl, "nice": False},
    }
    # Two things may have one name, so that bars are told apart by their place and only called by their name.
    labels = [_ISOLATE + _shorten(bar.label, longest_label) + _POP for bar in bars]
    y = {
        "field": "place",
        "type": "ordinal",
        "axis": {
            "labelExpr": f"{json.dumps(labels)}[datum.value]",
            "orient": "right" if is_rtl else "left",
            "title": None,
            "ticks": False,
            "domain": False,
            "labelLimit": 420,
            "labelPadding": 10,
        },
    }
    layers: list[dict[str, Any]] = []
    if full is not None:
        layers.append({"mark": {"type": "bar", "color": TRACK}, "encoding": {"x": {**x, "field": "full"}}})
    layers.append({"mark": {"type": "bar", "color": ACCENT}, "encoding": {"x": {**x, "field": "value"}}})
    layers.append(
        {
            "mark": {
                "type": "text",
                "align": "right" if is_rtl else "left",
                "dx": -8 if is_rtl else 8,
                "color": INK,
                "fontSize": 13,
                "fontWeight": 600,
            },
            "encoding": {"x": {**x, "field": "full" if full is not None else "value"}, "text": {"field": "words"}},
        }
    )
    spec = {
        "width": width,
        "height": _STEP * max(len(bars), 1),
        "data": {"values": values},
        "encoding": {"y": y},
        "layer": layers,
        "config": {**_config(), "bar": {"cornerRadius": 3, "height": {"band": 0.62}}},
    }
    return _picture(spec)


def draw_trend(points: Sequence[tuple[date, float | None]], *, target: float | None = None) -> str:
    """A small line over days. A day without a value breaks it."""
    values = [{"day": day.isoformat(), "value": value} for day, value in points]
    x = {"field": "day", "type": "temporal", "axis": None, "scale": {"type": "utc"}}
    y = {"field": "value", "type": "quantitative", "axis": None, "scale": {"zero": False, "padding": 6}}
    layers: list[dict[str, Any]] = [
        {
            "mark": {"type": "line", "color": ACCENT, "strokeWidth": 2, "invalid": "break-paths-filter-domains"},
            "encoding": {"x": x, "y": y},
        },
        {
            "transform": [{"filter": "isValid(datum.value)"}],
            "mark": {"type": "point", "filled": True, "color": ACCENT, "size": 18, "opacity": 1},
            "encoding": {"x": x, "y": y},
        },
    ]
    if target is not None:
        layers.append(
            {
                "data": {"values": [{"value": target}]},
                "mark": {"type": "rule", "color": QUIET, "strokeDash": [3, 3]},
                "encoding": {"y": y},
            }
        )
    return _picture(
        {"width": 120, "height": 34, "data": {"values": values}, "layer": layers, "config": _config(), "padding": 2}
    )


def _config() -> dict[str, Any]:
    return {
        "font": FONT,
        "background": "transparent",
        "view": {"stroke": None},
        "axis": {"labelColor": INK, "labelFontSize": 13, "labelFont": FONT},
        "text": {"font": FONT},
    }


def _picture(spec: dict[str, Any]) -> str:
    svg = vl_convert.vegalite_to_svg({"$schema": "https://vega.github.io/schema/vega-lite/v5.json", **spec})
    return "data:image/svg+xml;base64," + base64.b64encode(svg.encode()).decode()


def _shorten(label: str, longest: int) -> str:
    return label if len(label) <= longest else label[: longest - 1].rstrip() + "…"
