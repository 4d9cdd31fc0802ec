"""One self-contained HTML page about a folder of reports: opens offline, loads nothing.

Its one script sorts and filters the table; without it, everything is still there to be read.
"""

from __future__ import annotations

import base64
import hashlib
import html
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from MotionQCLib.archive.failure import Failure
from MotionQCLib.scoring.result import (
    LARGEST_SCORE_MM,
    RESEARCH_USE,
    interval_text,
    mm_text,
    whole_percent,
)

Document = Mapping[str, Any]

_BIN_MM = 0.2
_WIDTH, _HEIGHT, _MARGIN = 640, 200, 34
_ROW_HEIGHT = 26
_MOST_PICTURES = 24
"""Highest scores whose pictures are shown; the page must open quickly."""
_COLUMNS = ("scan", "site", "motion (mm)", "90 % interval (mm)", "class", "warnings")
_PLACE_COLUMN = "higher than (of the site's scans)"
_STYLE = """
body { font: 15px/1.45 system-ui, sans-serif; color: #222; max-width: 70rem; margin: 2rem auto;
       padding: 0 1rem; }
h1 { font-size: 1.4rem; } h2 { font-size: 1.1rem; margin-top: 2rem; }
table { border-collapse: collapse; width: 100%; }
td, th { text-align: left; padding: .2rem .8rem .2rem 0; border-bottom: 1px solid #eee; }
td.number { font-variant-numeric: tabular-nums; }
th button { font: inherit; font-weight: 600; border: 0; background: none; padding: 0;
            cursor: pointer; }
th[aria-sort=ascending] button::after { content: " \\25b2"; }
th[aria-sort=descending] button::after { content: " \\25bc"; }
.pictures { display: flex; flex-wrap: wrap; gap: .6rem; }
.pictures figure { margin: 0; width: 21rem; }
.pictures img { width: 100%; background: #000; display: block; }
.pictures figcaption { font-size: .85rem; overflow-wrap: anywhere; }
.notice { border-top: 1px solid #ccc; margin-top: 2rem; padding-top: .6rem; color: #555; }
input { font: inherit; padding: .2rem .4rem; width: 20rem; }
"""
_SCRIPT = """
"use strict";
const body = document.querySelector("#scans tbody");
const heads = [...document.querySelectorAll("#scans th")];
heads.forEach((head, column) => head.querySelector("button").addEventListener("click", () => {
  const up = head.getAttribute("aria-sort") !== "ascending";
  heads.forEach(each => each.removeAttribute("aria-sort"));
  head.setAttribute("aria-sort", up ? "ascending" : "descending");
  const value = row => row.cells[column].dataset.value ?? row.cells[column].textContent;
  const order = (a, b) => {
    const [x, y] = [value(a), value(b)], [n, m] = [Number(x), Number(y)];
    return Number.isNaN(n) || Number.isNaN(m) ? x.localeCompare(y) : n - m;
  };
  const rows = [...body.rows].sort(order);
  body.append(...(up ? rows : rows.reverse()));
}));
document.querySelector("#filter").addEventListener("input", event => {
  const wanted = event.target.value.toLowerCase();
  for (const row of body.rows) row.hidden = !row.textContent.toLowerCase().includes(wanted);
});
"""


def group_page(
    documents: Sequence[Document],
    failures: Sequence[Failure],
    picture: Callable[[Document], bytes | None],
) -> str:
    """Return the page; everything that is not ours is escaped.

    Parameters
    ----------
    documents
        Reports as their JSON files have them, and ``report``, their name.
    failures
        Scans without a score.
    picture
        Gives the PNG of a report's scan, or none.
    """
    digest = base64.b64encode(hashlib.sha256(_SCRIPT.encode()).digest()).decode("ascii")
    policy = "default-src 'none'; img-src data:; style-src 'unsafe-inline'; "
    policy += f"script-src 'sha256-{digest}'"
    return "".join(
        [
            '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8">',
            f'<meta http-equiv="Content-Security-Policy" content="{policy}">',
            f"<title>Head motion of {len(documents)} scans</title><style>{_STYLE}</style></head>",
            f"<body><h1>Head motion of {len(documents)} scans</h1>",
            *(_scored(documents, picture) if documents else ["<p>No scan has a score yet.</p>"]),
            _failed(failures),
            f'<p class="notice">{_text(RESEARCH_USE)}</p>',
            f"<script>{_SCRIPT}</script></body></html>",
        ]
    )


def _scored(
    documents: Sequence[Document], picture: Callable[[Document], bytes | None]
) -> list[str]:
    scores = np.array([document["motion_score_mm"] for document in documents])
    ranked = sorted(documents, key=lambda document: -document["motion_score_mm"])
    return [
        f"<p>{_text(_summary(documents, scores))}</p>",
        "<h2>Scores</h2>",
        _histogram(scores),
        _by_site(documents),
        "<h2>Highest scores</h2>",
        _pictures(ranked[:_MOST_PICTURES], picture),
        "<h2>All scans</h2>",
        '<p><label>Show only <input id="filter" type="search" placeholder="name, site or class">',
        "</label></p>",
        _table(ranked),
    ]


def _summary(documents: Sequence[Document], scores: Any) -> str:
    classes: dict[str, int] = {}
    for document in documents:
        name = document["qc"]["class"]
        classes[name] = classes.get(name, 0) + 1
    counted = ", ".join(f"{count} {name}" for name, count in classes.items())
    models = sorted({document["model"]["name"] for document in documents})
    low, middle, high = np.percentile(scores, [25, 50, 75])
    return (
        f"Median {middle:.2f} mm, half of the scans between {low:.2f} and {high:.2f} mm. "
        f"Classes: {counted}. Scored by {', '.join(models)}."
    )


def _histogram(scores: Any) -> str:
    edges = np.arange(0, LARGEST_SCORE_MM + 2 * _BIN_MM, _BIN_MM)
    counts, _ = np.histogram(np.minimum(scores, edges[-1] - 1e-9), edges)
    floor, highest = _HEIGHT - _MARGIN, max(int(counts.max()), 1)
    bars = "".join(
        f'<rect x="{_x(left) + 1:.1f}" y="{floor - n / highest * (floor - 18):.1f}" '
        f'width="{_x(_BIN_MM) - _x(0) - 2:.1f}" height="{n / highest * (floor - 18):.1f}" '
        f'fill="#4c78a8"><title>{left:.1f} to {left + _BIN_MM:.1f} mm: {n} scans</title></rect>'
        for left, n in zip(edges[:-1].tolist(), counts.tolist(), strict=True)
        if n
    )
    return (
        f'<svg viewBox="0 0 {_WIDTH} {_HEIGHT}" width="{_WIDTH}" role="img" '
        f'aria-label="How many scans have which score">{bars}{_axis(floor)}'
        f'<text x="{_MARGIN}" y="12" font-size="12">scans, at most {highest}</text></svg>'
    )


def _by_site(documents: Sequence[Document]) -> str:
    """Every scan as a dot, a row a site, the median marked; nothing where there is one site."""
    sites: dict[str, list[float]] = {}
    for document in documents:
        sites.setdefault(document.get("site") or "", []).append(document["motion_score_mm"])
    if len(sites) < 2:
        return ""
    parts, left = [], 150
    floor = _ROW_HEIGHT * len(sites) + 6
    for row, (site, scores) in enumerate(sorted(sites.items())):
        y = _ROW_HEIGHT * (row + 0.5)
        dots = "".join(
            f'<circle cx="{left + _x(score):.1f}" cy="{y:.1f}" r="3" opacity="0.45" '
            'fill="#4c78a8"/>'
            for score in scores
        )
        middle = left + _x(float(np.median(scores)))
        parts.append(
            f'<text x="0" y="{y + 4:.1f}" font-size="12">{_text(_short(site or "no site"))} '
            f"({len(scores)})</text>{dots}"
            f'<line x1="{middle:.1f}" x2="{middle:.1f}" y1="{y - 9:.1f}" y2="{y + 9:.1f}" '
            'stroke="#d62728" stroke-width="2"/>'
        )
    return (
        f'<h3>By site</h3><svg viewBox="0 0 {_WIDTH + left} {floor + _MARGIN}" '
        f'width="{_WIDTH + left}" role="img" aria-label="Scores by site">{"".join(parts)}'
        f'<g transform="translate({left} 0)">{_axis(floor)}</g></svg>'
    )


def _short(name: str) -> str:
    return name if len(name) <= 18 else f"{name[:17]}…"


def _axis(y: float) -> str:
    ticks = "".join(
        f'<text x="{_x(mm):.1f}" y="{y + 15:.1f}" text-anchor="middle" font-size="12">{mm}</text>'
        for mm in range(int(LARGEST_SCORE_MM) + 1)
    )
    return (
        f'<line x1="{_MARGIN}" x2="{_WIDTH - _MARGIN}" y1="{y:.1f}" y2="{y:.1f}" stroke="#555"/>'
        f'{ticks}<text x="{_WIDTH / 2}" y="{y + 30:.1f}" text-anchor="middle" font-size="12">'
        "head motion (mm)</text>"
    )


def _x(mm: float) -> float:
    inside = min(mm, LARGEST_SCORE_MM + _BIN_MM)
    return _MARGIN + inside / (LARGEST_SCORE_MM + _BIN_MM) * (_WIDTH - 2 * _MARGIN)


def _pictures(documents: Sequence[Document], picture: Callable[[Document], bytes | None]) -> str:
    figures = []
    for document in documents:
        png = picture(document)
        image = ""
        if png:
            data = base64.b64encode(png).decode("ascii")
            image = f'<img alt="slices" src="data:image/png;base64,{data}">'
        caption = f"{document['report']}: {mm_text(document['motion_score_mm'])} mm"
        figures.append(f"<figure>{image}<figcaption>{_text(caption)}</figcaption></figure>")
    return f'<div class="pictures">{"".join(figures)}</div>'


def _table(documents: Sequence[Document]) -> str:
    placed = any(document.get("site_limits") for document in documents)
    columns = (*_COLUMNS, *([_PLACE_COLUMN] if placed else []))
    heads = "".join(f"<th><button>{_text(name)}</button></th>" for name in columns)
    rows = (
        f"<tr>{_cells(document)}{_place(document) if placed else ''}</tr>" for document in documents
    )
    return (
        f'<table id="scans"><thead><tr>{heads}</tr></thead><tbody>{"".join(rows)}</tbody></table>'
    )


def _place(document: Document) -> str:
    """The cell that says where a score stands among the site's scans."""
    site = document.get("site_limits")
    if not site:
        return "<td></td>"
    words = f"{whole_percent(site['percentile'])} % of {site['scans']}"
    return f'<td class="number" data-value="{site["percentile"]:.6f}">{_text(words)}</td>'


def _cells(document: Document) -> str:
    warnings = document["warnings"]
    told = " ".join(item["message"] for item in warnings)
    low, _high = document["interval_90_mm"]
    return (
        f"<td>{_text(document['input'])}</td><td>{_text(document.get('site') or '')}</td>"
        f'<td class="number" data-value="{document["motion_score_mm"]:.6f}">'
        f"{_text(mm_text(document['motion_score_mm']))}</td>"
        f'<td class="number" data-value="{low:.6f}">'
        f"{_text(interval_text(document['interval_90_mm']))}</td>"
        f"<td>{_text(document['qc']['class'])}</td>"
        f'<td title="{_text(told)}">{_text(", ".join(item["code"] for item in warnings))}</td>'
    )


def _failed(failures: Sequence[Failure]) -> str:
    if not failures:
        return ""
    items = "".join(f"<li>{_text(failure.unnamed)}</li>" for failure in failures)
    return f"<h2>Without a score in the last run</h2><ul>{items}</ul>"


def _text(value: object) -> str:
    return html.escape(str(value), quote=True)
