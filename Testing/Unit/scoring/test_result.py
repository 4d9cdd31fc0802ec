"""A result as people read it."""

from __future__ import annotations

from dataclasses import replace

from MotionQCLib.models import ModelBundle, SiteLimits
from MotionQCLib.scan import Scan
from MotionQCLib.scoring import Result, Scorer
from MotionQCLib.scoring.result import (
    interval_text,
    mm_text,
    place_text,
)


def test_what_lies_beyond_the_models_range_is_said_to_do_so() -> None:
    assert mm_text(4.0) == "4.00"
    assert mm_text(4.2) == "> 4"
    assert interval_text((1.874, 4.01)) == "1.87 to > 4"
    assert interval_text((0.0, 1.999)) == "0.00 to 2.00"


def test_only_a_score_above_all_others_is_higher_than_all() -> None:
    assert place_text(100 * 199 / 200, 200) == "higher than 99 % of the site's 200 scans"
    assert place_text(100.0, 200) == "higher than 100 % of the site's 200 scans"
    assert place_text(100 * 29 / 100, 100) == "higher than 29 % of the site's 100 scans"


def test_json_gives_the_result_back(
    a_model: ModelBundle, a_site: SiteLimits, a_head_scan: Scan
) -> None:
    result = Scorer(a_model, "cpu", site_limits=a_site).score(a_head_scan)
    for each in (result, replace(result, site=None)):
        assert Result.from_json(each.to_json(), each.input) == each


def test_json_of_before_there_were_site_limits_is_read(
    a_model: ModelBundle, a_head_scan: Scan
) -> None:
    document = Scorer(a_model, "cpu").score(a_head_scan).to_json()
    del document["site_limits"]
    assert Result.from_json(document, "x").site is None
