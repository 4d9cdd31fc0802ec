"""What people read below the table of scores, once for all scans that it is about."""

from __future__ import annotations

from dataclasses import replace

from MotionQCLib.cli.score_table import note_lines, warning_lines
from MotionQCLib.models import ModelBundle
from MotionQCLib.scan import Scan, ScoreWarning
from MotionQCLib.scoring import Scorer


def test_a_warning_is_printed_once_with_the_scans_it_is_about(
    a_model: ModelBundle, a_head_scan: Scan
) -> None:
    warning = ScoreWarning("thick-voxels", "Voxels are thick.")
    plain = replace(Scorer(a_model, "cpu").score(a_head_scan), warnings=())
    warned = [replace(plain, input=f"/x/{n}.nii", warnings=(warning,)) for n in range(7)]
    expected = "Voxels are thick. (thick-voxels): 0.nii, 1.nii, 2.nii, 3.nii, 4.nii and 2 more"
    assert warning_lines([plain, *warned]) == [expected]


def test_scans_of_one_name_are_told_apart_by_their_folders(
    a_model: ModelBundle, a_head_scan: Scan
) -> None:
    note = replace(Scorer(a_model, "cpu").score(a_head_scan), notes=("As it is.",))
    alike = [replace(note, input=f"/x/{n}/T1w.nii") for n in (1, 2)]
    assert note_lines(alike) == ["As it is: 1/T1w.nii, 2/T1w.nii"]


def test_a_note_is_printed_below_the_table_and_is_no_warning(
    a_model: ModelBundle, a_head_scan: Scan
) -> None:
    plain = replace(Scorer(a_model, "cpu").score(a_head_scan), input="/x/a", warnings=())
    noted = replace(plain, notes=("DICOM series 3: t1_mprage (20 images).",))
    assert note_lines([plain, noted]) == ["DICOM series 3: t1_mprage (20 images): a"]
    assert warning_lines([noted]) == []
