"""A site's own limits in the panel: chosen, explained, used, and kept with the scene."""

from __future__ import annotations

import json

import pytest

from MotionQCLib.models import ModelMetadata, SiteLimits, list_models, save_site_limits
from MotionQCLib.models.site_limits import FittedLimits, RatedClass

from .test_score import choose, score


def of_shipped_model() -> ModelMetadata:
    metadata = list_models()[0].metadata
    assert metadata is not None
    return metadata


@pytest.fixture
def a_site_file(tmp_path):
    """Limits for the shipped model by which every score is of the second class."""
    metadata = of_shipped_model()
    site = SiteLimits(
        model=metadata.name,
        sha256=metadata.sha256,
        label=metadata.label,
        created="2026-01-31T12:00:00+00:00",
        reference_mm=(0.0, 0.0, 0.0, 4.4),
        subjects=4,
        ratings=(RatedClass("<clear>", 5, 3, 0.0005), RatedClass("<moved>", 5, 3, 2.0)),
        limits=FittedLimits((0.001,), ((0.0005, 0.002),), 0.8, (0.7, 0.9)),
    )
    save_site_limits(tmp_path / "site.json", site)
    return tmp_path / "site.json"


def test_the_class_and_the_place_come_from_the_file_that_is_chosen(
    host, panel, a_head_file, a_site_file
):
    ui = panel.ui
    host.show()
    ui.scoreAdvancedGroup.collapsed = False
    ui.siteLimitsPath.currentPath = str(a_site_file)
    host.turn()
    assert ui.siteLimitsLabel.visible
    assert "Classes <clear>, <moved>, limits 0.00 mm; 4 scans of 4" in ui.siteLimitsLabel.text
    choose(host, panel, a_head_file)
    score(host, panel)
    assert "&lt;moved&gt;</b>" in ui.classLabel.text
    assert "by the site's own limits" in ui.classLabel.text
    assert "higher than 75 % of the site's 4 scans" in ui.sentenceLabel.text
    assert [row["Class"] for row in panel.score.table.rows()] == ["<moved>"]
    ui.siteLimitsPath.currentPath = ""
    score(host, panel)
    assert "by the score" in ui.classLabel.text
    assert "site" not in ui.sentenceLabel.text
    assert not ui.siteLimitsLabel.visible


def test_the_report_says_where_the_score_stands(host, panel, a_head_file, a_site_file, tmp_path):
    panel.ui.siteLimitsPath.currentPath = str(a_site_file)
    choose(host, panel, a_head_file)
    score(host, panel)
    host.answer(str(tmp_path / "report.html"))
    panel.ui.reportButton.click()
    text = (tmp_path / "report.html").read_text()
    assert "higher than 75 % of the site&#x27;s 4 scans" in text
    assert "<moved>" not in text


def test_the_choice_is_kept_with_the_scene(host, panel, a_site_file, tmp_path):
    panel.ui.siteLimitsPath.currentPath = str(a_site_file)
    host.save_scene(tmp_path / "scene.mrb")
    host.close_scene()
    assert panel.ui.siteLimitsPath.currentPath == ""
    host.load_scene(tmp_path / "scene.mrb")
    host.turn()
    assert panel.parameters.site_limits == str(a_site_file)
    assert panel.ui.siteLimitsPath.currentPath == str(a_site_file)
    assert "limits 0.00 mm" in panel.ui.siteLimitsLabel.text


def test_names_in_a_file_are_shown_as_they_are(panel):
    import qt

    for label in (panel.ui.siteLimitsLabel, panel.ui.sentenceLabel, panel.ui.scoreMessage):
        assert label.textFormat == qt.Qt.PlainText


def test_a_script_chooses_as_a_hand_does(host, panel, a_site_file):
    panel.parameters.site_limits = str(a_site_file)
    host.turn()
    assert panel.ui.siteLimitsPath.currentPath == str(a_site_file)


def test_another_models_limits_are_one_line_before_and_after_scoring(
    host, panel, a_head_file, a_site_file
):
    document = json.loads(a_site_file.read_text())
    document["model"]["sha256"] = "ab" * 32
    a_site_file.write_text(json.dumps(document))
    panel.ui.siteLimitsPath.currentPath = str(a_site_file)
    host.turn()
    assert "the site limits are for model" in panel.ui.siteLimitsLabel.text
    choose(host, panel, a_head_file)
    score(host, panel)
    assert "the site limits are for model" in panel.ui.scoreMessage.text
    assert "\n" not in panel.ui.scoreMessage.text
    assert panel.score.table.rows() == []


@pytest.mark.parametrize(
    "content",
    [None, "{}", "\0" * 40, '{"format": "<b>"}'],
    ids=["absent", "empty", "nul", "markup"],
)
def test_a_file_that_cannot_be_used_is_one_line(host, panel, a_head_file, tmp_path, content):
    file = tmp_path / "odd.json"
    if content is not None:
        file.write_text(content)
    panel.ui.siteLimitsPath.currentPath = str(file)
    host.turn()
    assert "odd.json" in panel.ui.siteLimitsLabel.text
    choose(host, panel, a_head_file)
    score(host, panel)
    assert "odd.json" in panel.ui.scoreMessage.text
    assert not panel.ui.resultFrame.visible
