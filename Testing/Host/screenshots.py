"""Pictures of the module's states, taken off-screen in the test host.

Run by `make screenshots`, which names the folder to write into.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

from slicerhost.host import Host, start

REPOSITORY = Path(__file__).resolve().parents[2]
MODULE = REPOSITORY / "MotionQC" / "MotionQC.py"
DATA = Path(os.environ.get("MOTIONQC_DATA", REPOSITORY.parent / "shared" / "data"))
SCAN = DATA / "ds000011" / "sub-03" / "anat" / "sub-03_T1w.nii.gz"
SECONDS = 120.0


def opened(host: Host, picture: Path) -> None:
    """The panel as it opens, with a scan in the views."""
    panel_with_scan(host)
    host.screenshot(picture)


def score(host: Host, picture: Path) -> None:
    """A scored scan."""
    panel = panel_with_scan(host)
    score_it(host, panel)
    host.screenshot(picture)


def scoring(host: Host, picture: Path) -> None:
    """While a scan is scored."""
    panel = panel_with_scan(host)
    panel.ui.scoreButton.click()
    host.wait_until(lambda: "network" in panel.ui.scoreMessage.text, SECONDS)
    host.screenshot(picture)
    host.wait_until(lambda: not panel.score.scoring.busy, SECONDS)


def compare(host: Host, picture: Path) -> None:
    """What 1 to 4 mm of motion would look like on this head."""
    panel = panel_with_scan(host)
    score_it(host, panel)
    panel.ui.compareButton.click()
    host.wait(2.0)
    host.grab(panel.score.scale.window, picture)


def preview(host: Host, picture: Path) -> None:
    """The live preview of a chosen motion."""
    panel = previewing(host)
    host.screenshot(picture)
    panel.ui.previewButton.click()


def difference(host: Host, picture: Path) -> None:
    """What the motion changed."""
    from MotionQCLib.gui.parameters import Shown

    panel = previewing(host)
    panel.parameters.shown = Shown.DIFFERENCE
    host.turn()
    refined(host, panel)
    host.screenshot(picture)
    panel.ui.previewButton.click()


def predicted_against_true(host: Host, picture: Path) -> None:
    """A preview that was applied and scored."""
    panel = panel_with_scan(host)
    panel.parameters.translation = panel.parameters.rotation = 3.5
    panel.ui.scorePreviewButton.click()
    host.wait_until(lambda: panel.ui.truthLabel.visible, 2 * SECONDS)
    host.screenshot(picture)


def history(host: Host, picture: Path) -> None:
    """The scores of a scene as a table."""
    panel = panel_with_scan(host)
    score_it(host, panel)
    panel.ui.historyGroup.collapsed = False
    host.screenshot(picture)


def failed(host: Host, picture: Path) -> None:
    """What is said when the computing process was killed from outside."""
    import signal

    panel = panel_with_scan(host)
    panel.ui.scoreButton.click()
    os.kill(panel.score.scoring.pid, signal.SIGKILL)
    host.wait_until(lambda: not panel.score.scoring.busy, SECONDS)
    host.screenshot(picture)


def no_head(host: Host, picture: Path) -> None:
    """An input that is no head."""
    import numpy as np
    import slicer

    host.reset()
    noise = np.random.default_rng(0).uniform(0, 10, (60, 60, 60)).astype(np.float32)
    noise[:20] = 0
    slicer.util.addVolumeFromArray(noise, name="noise")
    panel = host.open_module(MODULE).panel
    host.wait_until(lambda: "No head" in panel.ui.scanLabel.text, SECONDS)
    host.screenshot(picture)


PICTURES = (
    opened,
    scoring,
    score,
    compare,
    preview,
    difference,
    predicted_against_true,
    history,
    failed,
    no_head,
)


def panel_with_scan(host: Host) -> Any:
    host.reset()
    host.load_scan(SCAN)
    panel = host.open_module(MODULE).panel
    host.wait_until(lambda: "head" in panel.ui.scanLabel.text, SECONDS)
    return panel


def score_it(host: Host, panel: Any) -> None:
    panel.ui.scoreButton.click()
    host.wait_until(lambda: not panel.score.scoring.busy, SECONDS)


def previewing(host: Host) -> Any:
    panel = panel_with_scan(host)
    panel.ui.scoreSection.collapsed = True
    panel.ui.simulateSection.collapsed = False
    panel.parameters.translation = panel.parameters.rotation = 3.5
    panel.ui.previewButton.click()
    host.wait_until(lambda: panel.ui.trueScoresLabel.text, SECONDS)
    refined(host, panel)
    return panel


def refined(host: Host, panel: Any) -> None:
    host.wait_until(lambda: "exact" in panel.ui.previewStatus.text, SECONDS)


def main() -> int:
    if not SCAN.is_file():
        print(f"no scan at {SCAN}: set MOTIONQC_DATA to the folder of real scans", file=sys.stderr)
        return 2
    folder, host = Path(sys.argv[1]), start()
    wanted = set(sys.argv[2:])
    for take in PICTURES:
        if not wanted or take.__name__ in wanted:
            take(host, folder / f"{take.__name__}.png")
            print(f"{take.__name__}: {(take.__doc__ or '').splitlines()[0]}", flush=True)
    failures = host.take_failures()
    print("\n".join(failures), file=sys.stderr)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
