"""The page about many scans, opened offline in a real browser."""

from __future__ import annotations

import base64
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from MotionQCLib.archive.failure import Failure
from MotionQCLib.archive.group_page import group_page

from .test_group_page import document

BROWSER = Path(__file__).with_name("browser.py")
EVIL = "<img src=x onerror='window.owned = 1'><script>window.owned = 1</script>"
A_DOT = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJg"
    "gg=="
)
USE = """
(() => {
  const rows = () => [...document.querySelectorAll("#scans tbody tr")];
  const column = n => rows().filter(row => !row.hidden).map(row => row.cells[n].textContent);
  const heads = [...document.querySelectorAll("#scans th")];
  const press = n => heads[n].querySelector("button").click();
  const filter = document.querySelector("#filter");
  const type = text => { filter.value = text; filter.dispatchEvent(new Event("input")); };
  const found = {opened: column(0), dots: document.querySelectorAll("circle").length};
  press(2); found.upwards = column(2); found.sorted = heads.map(head => head.ariaSort);
  press(2); found.downwards = column(2);
  press(0); found.names = column(0);
  type("SITE-B"); found.filtered = column(0);
  type(""); found.unfiltered = column(0).length;
  found.pictures = [...document.images].map(image => image.complete && image.naturalWidth);
  found.reasons = [...document.querySelectorAll("li")].map(item => item.textContent);
  found.owned = window.owned ?? null;
  return JSON.stringify(found);
})()
"""
CALL_HOME = """
(() => {
  const request = new XMLHttpRequest();
  request.open("GET", "http://127.0.0.1:9/", false);
  try { request.send(); } catch (error) { return error.name; }
  return "answered";
})()
"""


def browse(page: str, script: str, folder: Path) -> dict[str, Any]:
    """Open a page and run a script in it; or skip where there is no browser."""
    pytest.importorskip(
        "PySide6.QtWebEngineCore", reason="no browser: PySide6_Addons", exc_type=ImportError
    )
    file = folder / "page.html"
    file.write_text(page, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, str(BROWSER), str(file), script],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    assert [Path(address).name for address in found["asked"] if ":data" not in address] == [
        file.name
    ]
    return found


def test_the_page_is_used_offline(tmp_path: Path) -> None:
    documents = [
        document("sub-1", 0.9, "site-a"),
        document("sub-2", 10.0, "site-b"),
        document(EVIL, 2.0, "site-b"),
    ]
    failures = [Failure("sub-9.nii", "no-image", f"{EVIL}: no image")]
    found = browse(group_page(documents, failures, lambda _: A_DOT), USE, tmp_path)
    assert found["said"] == []
    used = json.loads(found["value"])
    assert used["opened"] == ["sub-2.nii", f"{EVIL}.nii", "sub-1.nii"], "the highest first"
    assert used["upwards"] == ["0.90", "2.00", "> 4"], "by number, not by letter"
    assert used["sorted"] == [None, None, "ascending", None, None, None]
    assert used["downwards"] == ["> 4", "2.00", "0.90"]
    assert used["names"] == [f"{EVIL}.nii", "sub-1.nii", "sub-2.nii"]
    assert used["filtered"] == [f"{EVIL}.nii", "sub-2.nii"]
    assert used["unfiltered"] == used["dots"] == 3
    assert used["pictures"] == [1, 1, 1]
    assert used["reasons"] == [f"{EVIL}: no image"]
    assert used["owned"] is None


def test_the_page_may_ask_nobody_for_anything(tmp_path: Path) -> None:
    found = browse(group_page([document("a", 1.0)], [], lambda _: None), CALL_HOME, tmp_path)
    assert found["value"] == "NetworkError"
    assert any("Content Security Policy" in line for line in found["said"])
