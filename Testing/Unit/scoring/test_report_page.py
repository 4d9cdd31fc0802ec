"""The HTML page: complete, self-contained, and harmless whatever the names in it."""

from __future__ import annotations

import base64
import io
import re
from html.parser import HTMLParser

import numpy as np
import pytest

from MotionQCLib.scoring.plain_words import sentence
from MotionQCLib.scoring.report_page import ReportPage, Slice, distribution_svg

HOSTILE = "<script>alert('x')</script>\"&"


def a_result(score: float = 1.234, low: float = 0.8, high: float = 1.9, **more) -> dict:
    centers = np.arange(-0.45, 4.5, 0.1)
    probability = np.exp(-0.5 * ((centers - score) / 0.3) ** 2)
    return {
        "input": "scan",
        "motion_score_mm": score,
        "interval_90_mm": [low, high],
        "interval": {"method": "quantiles", "calibrated_on": "simulated motion"},
        "bins": {
            "centers": centers.tolist(),
            "probability": (probability / probability.sum()).tolist(),
        },
        "qc": {"class": "moderate", "probability": {"moderate": 0.9, "severe": 0.1},
               "basis": "score"},
        "warnings": [],
        "model": {"name": "m", "sha256": "ab" * 32, "label": "edge"},
        "runtime": "openvino cpu float32",
        "seconds": {"total": 1.0},
    } | more  # fmt: skip


class Page(HTMLParser):
    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.links: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.links += [value for name, value in attrs if name in ("src", "href") and value]


def test_the_page_says_score_interval_class_and_that_it_is_for_research():
    text = ReportPage("sub-01", a_result(), "Some words.").to_html()
    for wanted in ("1.23 mm", "0.80 to 1.90 mm", "moderate", "90 %", "Some words.", "diagnosis"):
        assert wanted in text


def test_the_page_says_where_a_score_stands_at_a_site():
    place = {"sha256": "cd" * 32, "percentile": 87.5, "scans": 40, "limits_mm": [0.85, 1.7]}
    qc = {"class": HOSTILE, "probability": {HOSTILE: 1.0}, "basis": "site limits"}
    text = ReportPage("a", a_result(qc=qc, site_limits=place), "b").to_html()
    assert "higher than 87 % of the site&#x27;s 40 scans" in text
    assert "0.85 mm, 1.70 mm" in text
    assert "the site&#x27;s own limits" in text
    assert "cd" * 32 in text
    assert HOSTILE not in text


def test_the_page_loads_nothing_and_runs_nothing():
    pixels = np.zeros((4, 6), np.uint8)
    page = Page(ReportPage("a", a_result(), "b", [Slice("axial", pixels)]).to_html())
    assert all(link.startswith("data:image/png") for link in page.links)
    assert not {"script", "link", "iframe", "object"} & set(page.tags)


def test_names_and_messages_are_escaped():
    warnings = [{"code": "x", "message": HOSTILE}]
    pixels = np.zeros((4, 6), np.uint8)
    text = ReportPage(
        HOSTILE,
        a_result(warnings=warnings, runtime=HOSTILE),
        HOSTILE,
        [Slice(HOSTILE, pixels)],
        {HOSTILE: HOSTILE},
    ).to_html()
    assert "script" not in Page(text).tags
    assert HOSTILE not in text


def test_a_slice_is_shown_with_square_pixels():
    from PIL import Image

    pixels = (np.arange(50).reshape(5, 10) * 5).astype(np.uint8)
    text = ReportPage("a", a_result(), "", [Slice("thick", pixels, (2.0, 1.0))]).to_html()
    encoded = re.search(r"base64,([^\"]+)", text)
    assert encoded is not None
    image = Image.open(io.BytesIO(base64.b64decode(encoded.group(1))))
    assert image.size == (10, 10)


def test_the_bars_stand_at_the_bins_and_are_as_high_as_their_probability():
    bars = re.findall(
        r'<rect x="([\d.]+)" y="[\d.]+" width="[\d.]+" height="([\d.]+)" fill="#4c78a8"',
        distribution_svg(a_result()),
    )
    heights = np.array([float(height) for _, height in bars])
    probability = np.array(a_result()["bins"]["probability"])
    assert len(bars) == 50
    np.testing.assert_allclose(heights / heights.max(), probability / probability.max(), atol=0.01)
    assert np.all(np.diff([float(x) for x, _ in bars]) > 0)


@pytest.mark.parametrize("score", [0.0, 4.4])
def test_a_score_at_the_end_of_the_range_is_drawn_inside_the_picture(score):
    svg = distribution_svg(a_result(score, 0.0, 9.0))
    positions = [float(x) for x in re.findall(r'x1="([\d.]+)"', svg)]
    assert all(0 < x < 640 for x in positions)


def test_beyond_the_range_the_page_gives_no_number():
    page = ReportPage("scan", a_result(4.2), "").to_html()
    assert '<span class="score">&gt; 4 mm</span>' in page


@pytest.mark.parametrize(
    ("result", "said"),
    [
        (a_result(0.2, 0.0, 0.6), "little or no head motion"),
        (a_result(1.5), "about 1.5 mm"),
        (a_result(4.3, 3.0, 4.5), "beyond the 4 mm"),
        (a_result(1.5, 0.1, 3.0), "interval is wide"),
        (a_result(warnings=[{"code": "a", "message": "b"}]), "warnings"),
    ],
)
def test_the_sentence_describes(result, said):
    assert said in sentence(result)


@pytest.mark.parametrize("score", [0.1, 1.0, 2.5, 4.4])
def test_the_sentence_does_not_decide(score):
    words = sentence(a_result(score)).lower()
    assert not re.search(r"usable|repeat|reject|accept|fail|pass|diagnos", words)
