"""A folder of reports is one process's at a time, and the record of what is done."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from pathlib import Path

import pytest

from MotionQCLib.archive.failure import Failure
from MotionQCLib.archive.folder import ArchiveFolder
from MotionQCLib.archive.items import Item, list_items
from MotionQCLib.archive.worker import Work, Worker
from MotionQCLib.errors import InputError
from MotionQCLib.models import ModelBundle, SiteLimits


@pytest.fixture
def scored(an_archive: Path, some_work: Work, a_model: ModelBundle) -> list[Item]:
    """Two scans with reports and nothing else, as a killed run leaves them."""
    items = list_items([an_archive])[:2]
    worker = Worker(some_work, a_model)
    outcomes = [worker.outcome(item) for item in items]
    assert not [each for each in outcomes if isinstance(each, Failure)]
    return items


def rows(folder: Path) -> list[dict[str, str]]:
    with (folder / "motionqc.tsv").open(newline="") as file:
        return list(csv.DictReader(file, delimiter="\t"))


def test_reports_are_found_again_and_make_table_and_page(
    scored: list[Item], some_work: Work, a_model: ModelBundle
) -> None:
    assert some_work.output is not None
    with ArchiveFolder(some_work.output, a_model.metadata) as folder:
        found = [folder.done(item.key) for item in scored]
        assert [each and each["site"] for each in found] == ["east", "west"]
        assert folder.done("another") is None
    assert [row["site"] for row in rows(some_work.output)] == ["east", "west"]
    assert "sub-02_T1w.nii.gz" in (some_work.output / "motionqc.html").read_text()


def test_half_a_report_and_a_stranger_are_passed_over(
    scored: list[Item], some_work: Work, a_model: ModelBundle
) -> None:
    assert some_work.output is not None
    first = some_work.output / "sub-01_T1w_motionqc.json"
    first.write_text(first.read_text()[:400])
    (some_work.output / "other_motionqc.json").write_text('{"provenance": {"software": "x"}}')
    with ArchiveFolder(some_work.output, a_model.metadata) as folder:
        assert [folder.done(item.key) is None for item in scored] == [True, False]


@pytest.mark.parametrize("what", ["model", "series", "again"])
def test_what_was_scored_otherwise_is_not_done(
    what: str, scored: list[Item], some_work: Work, a_model: ModelBundle
) -> None:
    assert some_work.output is not None
    report = some_work.output / "sub-01_T1w_motionqc.json"
    document = json.loads(report.read_text())
    if what == "model":
        document["provenance"]["model"]["sha256"] = "0" * 64
        report.write_text(json.dumps(document))
    series = "3" if what == "series" else None
    with ArchiveFolder(some_work.output, a_model.metadata, series, again=what == "again") as folder:
        assert folder.done(scored[0].key) is None


def test_what_was_scored_with_other_site_limits_is_not_done(
    scored: list[Item], some_work: Work, a_model: ModelBundle, a_site: SiteLimits
) -> None:
    assert some_work.output is not None
    Worker(replace(some_work, site_limits=a_site), a_model).outcome(scored[0])

    def done(site: SiteLimits | None) -> list[bool]:
        assert some_work.output is not None
        with ArchiveFolder(some_work.output, a_model.metadata, site_limits=site) as folder:
            return [folder.done(item.key) is not None for item in scored]

    assert done(None) == [False, True]
    assert done(a_site) == [True, False]
    assert done(replace(a_site, checksum="0" * 64)) == [False, False]
    first, second = rows(some_work.output)
    assert (first["site_percentile"], second["site_percentile"]) == ("75.00", "n/a")
    assert (first["qc_class"], first["site_limits_sha256"]) == ("<moved>", a_site.checksum)


def test_a_second_process_is_told_to_wait(tmp_path: Path, a_model: ModelBundle) -> None:
    with (
        ArchiveFolder(tmp_path, a_model.metadata),
        pytest.raises(InputError, match="another motionqc is writing"),
    ):
        ArchiveFolder(tmp_path, a_model.metadata)
    with ArchiveFolder(tmp_path, a_model.metadata):
        pass


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("dataset_description.json", '{"Name": "A raw dataset", "DatasetType": "raw"}'),
        ("motionqc.tsv", "report\tmine\nx\t1\n"),
    ],
)
def test_what_is_not_ours_is_left_alone(
    name: str, text: str, tmp_path: Path, a_model: ModelBundle
) -> None:
    (tmp_path / name).write_text(text)
    with pytest.raises(InputError, match=r"another folder|a folder of its own"):
        ArchiveFolder(tmp_path, a_model.metadata)
    assert (tmp_path / name).read_text() == text


def test_a_folder_that_cannot_be_made_is_known_before_scoring(
    a_model: ModelBundle, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="the report cannot be written"):
        ArchiveFolder(tmp_path / "file" / "out", a_model.metadata)


def test_failures_stand_on_the_page(tmp_path: Path, a_model: ModelBundle) -> None:
    with ArchiveFolder(tmp_path, a_model.metadata) as folder:
        folder.add(Failure("x.nii", "empty", "x.nii: is <empty>; export it again."))
    assert "x.nii: is &lt;empty&gt;; export it again." in (tmp_path / "motionqc.html").read_text()
