"""Rows from spreadsheets, whatever their columns are called."""

from __future__ import annotations

from pathlib import Path

import pytest

from MotionQCLib.errors import InputError
from MotionQCLib.scan_table import Row, spreadsheet_rows


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("sub-1_T1w.nii.gz", "sub-2_T1w.nii.gz"):
        (tmp_path / "scans" / name).parent.mkdir(exist_ok=True)
        (tmp_path / "scans" / name).touch()
    return tmp_path


def written(folder: Path, text: str, name: str = "table.csv") -> Path:
    (folder / name).write_text(text, encoding="utf-8")
    return folder / name


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_columns_are_known_by_common_names(folder: Path, separator: str) -> None:
    lines = [
        ["File Name", "participant_id", "Centre", "QC_rating", "comment"],
        ["scans/sub-1_T1w.nii.gz", "anna", "north", "2", "moved"],
    ]
    table = written(folder, "\n".join(separator.join(line) for line in lines))
    path = str(folder / "scans" / "sub-1_T1w.nii.gz")
    assert spreadsheet_rows(table) == [Row(path, "anna", "north", "2")]


def test_what_excel_puts_before_the_header_is_no_part_of_it(folder: Path) -> None:
    table = folder / "table.csv"
    table.write_bytes("path;rating\r\nscans/sub-1_T1w.nii.gz;good\r\n".encode("utf-8-sig"))
    (row,) = spreadsheet_rows(table)
    assert (row.subject, row.site, row.rating) == ("sub-1", "local", "good")


def test_subjects_of_two_datasets_with_one_name_are_two_persons(tmp_path: Path) -> None:
    table = tmp_path / "ratings.csv"
    paths = [f"/data/{name}/sub-01/anat/sub-01_T1w.nii.gz" for name in ("first", "second")]
    table.write_text("\n".join(["file,rating", *(f"{path},good" for path in paths)]))
    rows = spreadsheet_rows(table)
    assert [row.person for row in rows] == ["first/sub-01", "second/sub-01"]
    assert {row.site for row in spreadsheet_rows(table, site="both")} == {"both"}


def test_a_name_without_its_suffix_is_found_below_the_folder(folder: Path) -> None:
    table = written(folder, "bids_name\tscore\nsub-2_T1w\t3\nsub-9_T1w\t1\n", "scores.tsv")
    found, missing = spreadsheet_rows(table)
    assert Path(found.path) == folder / "scans" / "sub-2_T1w.nii.gz"
    assert (found.subject, found.rating) == ("sub-2", "3")
    assert Path(missing.path) == folder / "sub-9_T1w"


def test_a_name_that_two_files_have_is_not_guessed(folder: Path) -> None:
    (folder / "other").mkdir()
    (folder / "other" / "sub-1_T1w.nii.gz").touch()
    (row,) = spreadsheet_rows(written(folder, "file\nsub-1_T1w.nii.gz\n"))
    assert not Path(row.path).exists()


def test_what_is_marked_as_unknown_is_empty(folder: Path) -> None:
    table = written(folder, "path,rating,mask,subject\nscans/sub-1_T1w.nii.gz,n/a,NA,\n")
    (row,) = spreadsheet_rows(table)
    assert (row.rating, row.mask, row.subject) == ("", "", "sub-1")


def test_none_is_a_rating(folder: Path) -> None:
    """As in none, mild and severe; elsewhere it is what programs write where nothing is known."""
    table = written(folder, "path,rating,mask\nscans/sub-1_T1w.nii.gz,none,none\n")
    (row,) = spreadsheet_rows(table)
    assert (row.rating, row.mask) == ("none", "")


def test_links_that_keep_names_are_told_by_their_names(tmp_path: Path) -> None:
    """DataLad keeps a dataset's files under their checksums, and links to them."""
    kept = tmp_path / "first" / ".git" / "annex" / "MD5E-s9--0f.nii.gz"
    kept.parent.mkdir(parents=True)
    kept.touch()
    for subject in ("sub-1", "sub-2"):
        scan = tmp_path / "first" / subject / "anat" / f"{subject}_T1w.nii.gz"
        scan.parent.mkdir(parents=True)
        scan.symlink_to(kept)
    table = written(tmp_path, "file\nfirst/sub-1/anat/sub-1_T1w.nii.gz\nsub-2_T1w\n")
    rows = spreadsheet_rows(table)
    assert [row.person for row in rows] == ["first/sub-1", "first/sub-2"]
    assert [Path(row.path).name for row in rows] == ["sub-1_T1w.nii.gz", "sub-2_T1w.nii.gz"]


def test_site_and_subject_may_be_given_for_all(folder: Path) -> None:
    table = written(folder, "path,subject,site\nscans/sub-1_T1w.nii.gz,x,y\n")
    (row,) = spreadsheet_rows(table, site="clinic", subject=r"sub-(\d)")
    assert row.person == "clinic/1"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "found none"),
        ("a,b\n1,2\n", "found a, b; name one of them path"),
        ("path\n", "no row"),
        ("path,site\nx.nii,s\n,s\n", "line 3: no path"),
        ("path,site\n\nx.nii,s\n\n\n,s\n", "line 6: no path"),
        ('path,site\nx.nii,"two\nlines"\n,s\n', "line 4: no path"),
        ("path\nx\0.nii\n", "no text table"),
        ("path\n" + "x" * 200_000, "field larger"),
    ],
)
def test_a_table_at_fault_is_refused_in_one_line(folder: Path, text: str, says: str) -> None:
    with pytest.raises(InputError, match=says) as caught:
        spreadsheet_rows(written(folder, text))
    assert "\n" not in caught.value.message


def test_an_office_table_and_another_encoding_are_refused_with_the_remedy(folder: Path) -> None:
    with pytest.raises(InputError, match="save it as CSV"):
        spreadsheet_rows(written(folder, "", "table.xlsx"))
    (folder / "latin.csv").write_bytes("path,rating\nä.nii,1\n".encode("latin-1"))
    with pytest.raises(InputError, match="UTF-8"):
        spreadsheet_rows(folder / "latin.csv")


def test_the_real_ratings_of_mr_art_find_their_scans(real_data: Path) -> None:
    rows = spreadsheet_rows(real_data / "ds004173" / "scores.tsv")
    assert [row.rating for row in rows] == ["1", "2", "2"]
    assert {row.subject for row in rows} == {"sub-988653"}
    assert all(Path(row.path).is_file() for row in rows)
