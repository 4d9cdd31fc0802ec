"""One self-contained HTML page about a scored scan: opens offline, loads nothing, runs nothing."""

from __future__ import annotations

import base64
import html
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from MotionQCLib.scoring.result import RESEARCH_USE, interval_text, mm_text, place_text

_WIDTH, _HEIGHT, _MARGIN = 640, 220, 36
_STYLE = """
body { font: 15px/1.45 system-ui, sans-serif; color: #222; max-width: 60rem; margin: 2rem auto;
       padding: 0 1rem; }
h1 { font-size: 1.3rem; } h2 { font-size: 1.05rem; margin-top: 1.8rem; }
.score { font-size: 2.4rem; font-weight: 600; }
.slices { display: flex; gap: .5rem; flex-wrap: wrap; background: #000; padding: .5rem; }
.slices figure { margin: 0; color: #bbb; font-size: .8rem; }
.slices img { display: block; height: 17rem; }
.warning { background: #fff4d6; border-left: 4px solid #d9a400; padding: .4rem .8rem;
           margin: .4rem 0; }
table { border-collapse: collapse; } td, th { text-align: left; padding: .15rem 1.2rem .15rem 0; }
.notice { border-top: 1px solid #ccc; margin-top: 2rem; padding-top: .6rem; color: #555; }
"""

_BASIS = {
    "score": "The class is the interval that the score lies in.",
    "ratings": "The class rests on the human ratings that the model was fitted to.",
    "site limits": "The class is the interval between the site's own limits that the score lies "
    "in.",
}


@dataclass(frozen=True)
class Slice:
    """A picture of the scan.

    Parameters
    ----------
    title : str
        What it shows, for example "axial, 12 mm".
    pixels : (H, W) uint8 array
        As it is to be seen: row 0 at the top, gray values windowed.
    pixel_mm : (height, width)
        Size of a pixel, mm.
    """

    title: str
    pixels: NDArray[np.uint8]
    pixel_mm: tuple[float, float] = (1.0, 1.0)


@dataclass(frozen=True)
class ReportPage:
    """What the page is about.

    Parameters
    ----------
    title : str
        The scan's name as the user sees it.
    result : mapping
        The JSON form of a result (``Result.to_json``).
    sentence : str
        The result in plain words.
    slices : sequence of Slice
        Pictures of the scan.
    settings : mapping
        Further lines for the table of settings.
    """

    title: str
    result: Mapping[str, Any]
    sentence: str
    slices: Sequence[Slice] = ()
    settings: Mapping[str, str] = field(default_factory=dict)

    def to_html(self) -> str:
        """Return the page; everything that is not ours is escaped."""
        result = self.result
        score = mm_text(result["motion_score_mm"])
        interval = f"90 % interval {interval_text(result['interval_90_mm'])} mm"
        if result["interval"]["calibrated_on"]:
            interval += f", calibrated on {result['interval']['calibrated_on']}"
        return "".join(
            [
                '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8">',
                '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; ',
                "img-src data:; style-src 'unsafe-inline'\">",
                f"<title>Motion of {_text(self.title)}</title><style>{_STYLE}</style></head><body>",
                f"<h1>Head motion: {_text(self.title)}</h1>",
                f'<p><span class="score">{_text(score)} mm</span><br>',
                f"{_text(interval)}</p><p>{_text(self.sentence)}</p>",
                *(f'<p class="warning">{_text(w["message"])}</p>' for w in result["warnings"]),
                _pictures(self.slices),
                "<h2>Distribution</h2>",
                distribution_svg(result),
                "<h2>Class</h2>",
                _table({k: f"{100 * v:.0f} %" for k, v in result["qc"]["probability"].items()}),
                f"<p>{_text(_BASIS[result['qc']['basis']])}</p>",
                "<h2>Settings</h2>",
                _table(_settings(result) | dict(self.settings)),
                f'<p class="notice">{_text(RESEARCH_USE)}</p></body></html>',
            ]
        )


def distribution_svg(result: Mapping[str, Any]) -> str:
    """Return the distribution as an SVG picture with its score and 90 % interval."""
    centers, probability = (np.array(result["bins"][k]) for k in ("centers", "probability"))
    width = float(centers[1] - centers[0])
    first, last = centers[0] - width / 2, centers[-1] + width / 2
    highest = max(float(probability.max()), 1e-9)

    def x(mm: float) -> float:
        inside = min(max(mm, first), last)
        return float(_MARGIN + (inside - first) / (last - first) * (_WIDTH - 2 * _MARGIN))

    floor = _HEIGHT - _MARGIN
    scale = (floor - 12) / highest
    low, high = result["interval_90_mm"]
    score = result["motion_score_mm"]
    bars = "".join(
        f'<rect x="{x(c - 0.45 * width):.1f}" y="{floor - p * scale:.1f}" '
        f'width="{x(c + 0.45 * width) - x(c - 0.45 * width):.1f}" height="{p * scale:.1f}" '
        'fill="#4c78a8"/>'
        for c, p in zip(centers.tolist(), probability.tolist(), strict=True)
    )
    ticks = "".join(
        f'<text x="{x(mm):.1f}" y="{floor + 16}" text-anchor="middle" font-size="12">{mm}</text>'
        for mm in range(int(np.ceil(first)), int(np.floor(last)) + 1)
    )
    return (
        f'<svg viewBox="0 0 {_WIDTH} {_HEIGHT}" width="{_WIDTH}" role="img" '
        f'aria-label="Distribution of the motion score">'
        f'<rect x="{x(low):.1f}" y="6" width="{max(x(high) - x(low), 1):.1f}" '
        f'height="{floor - 6}" fill="#d62728" opacity="0.12"/>{bars}'
        f'<line x1="{x(score):.1f}" x2="{x(score):.1f}" y1="6" y2="{floor}" stroke="#d62728" '
        f'stroke-width="2"/><line x1="{_MARGIN}" x2="{_WIDTH - _MARGIN}" y1="{floor}" '
        f'y2="{floor}" stroke="#555"/>{ticks}<text x="{_WIDTH / 2}" y="{_HEIGHT - 4}" '
        f'text-anchor="middle" font-size="12">head motion (mm)</text></svg>'
    )


def _settings(result: Mapping[str, Any]) -> dict[str, str]:
    model = result["model"]
    return {
        "Model": model["name"],
        "Model checksum (SHA-256)": model["sha256"],
        "Motion score": model["label"],
        "Computed with": result["runtime"],
        "Interval": result["interval"]["method"],
        **_site_settings(result.get("site_limits")),
    }


def _site_settings(site: Mapping[str, Any] | None) -> dict[str, str]:
    if not site:
        return {}
    limits = ", ".join(f"{mm:.2f} mm" for mm in site["limits_mm"])
    return {
        "Place among the site's scans": place_text(site["percentile"], site["scans"]),
        "Site limits": limits or "none",
        "Site limits' checksum (SHA-256)": site["sha256"],
    }


def _pictures(slices: Sequence[Slice]) -> str:
    if not slices:
        return ""
    figures = (
        f'<figure><img alt="{_text(each.title)}" src="data:image/png;base64,'
        f'{base64.b64encode(to_png(each)).decode("ascii")}">'
        f"<figcaption>{_text(each.title)}</figcaption></figure>"
        for each in slices
    )
    return f'<div class="slices">{"".join(figures)}</div>'


def to_png(picture: Slice, height: int | None = None) -> bytes:
    """Encode a picture with square pixels, ``height`` pixels high or as fine as it is."""
    from PIL import Image

    image = Image.fromarray(np.ascontiguousarray(picture.pixels))
    height_mm, width_mm = picture.pixel_mm
    finest = min(height_mm, width_mm)
    scale = 1 / finest if height is None else height / (image.height * height_mm)
    size = (round(image.width * width_mm * scale), round(image.height * height_mm * scale))
    buffer = io.BytesIO()
    image.resize(size, Image.Resampling.BILINEAR).save(buffer, format="PNG")
    return buffer.getvalue()


def _table(rows: Mapping[str, str]) -> str:
    lines = (f"<tr><th>{_text(k)}</th><td>{_text(v)}</td></tr>" for k, v in rows.items())
    return f"<table>{''.join(lines)}</table>"


def _text(value: object) -> str:
    return html.escape(str(value), quote=True)
