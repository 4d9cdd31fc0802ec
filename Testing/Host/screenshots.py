"""Pictures of the module's states, taken off-screen in the test host.

Run by `make screenshots`, which names the folder to write into.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from slicerhost.host import Host, start

REPOSITORY = Path(__file__).resolve().parents[2]
MODULE = REPOSITORY / "MotionQC" / "MotionQC.py"
DATA = Path(os.environ.get("MOTIONQC_DATA", REPOSITORY.parent / "shared" / "data"))
SCAN = DATA / "ds000011" / "sub-03" / "anat" / "sub-03_T1w.nii.gz"
OTHER_SCAN = DATA / "ds002790" / "sub-0001" / "anat" / "sub-0001_T1w.nii.gz"
THIRD_SCAN = DATA / "ds000011" / "sub-06" / "anat" / "sub-06_T1w.nii.gz"
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
    pictures = panel.score.scale.pictures
    host.wait_until(lambda: all(not one.pixmap.isNull() for one in pictures), SECONDS)
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
    """Two scans in a row: the scores of a scene as a table."""
    panel = panel_with_scan(host)
    score_it(host, panel)
    panel.ui.scanSelector.setCurrentNode(host.load_scan(OTHER_SCAN))
    host.wait_until(lambda: not panel.ui.resultFrame.visible, SECONDS)
    score_it(host, panel)
    panel.ui.historyGroup.collapsed = False
    host.screenshot(picture)


def all_(host: Host, picture: Path) -> None:
    """While all volumes of a scene are scored, one of which is no scan."""
    import numpy as np
    import slicer

    panel = panel_with_scan(host)
    slicer.util.addVolumeFromArray(np.ones((1, 256, 256)), name="localizer")
    for scan in (OTHER_SCAN, THIRD_SCAN):
        host.load_scan(scan)
    slicer.util.setSliceViewerLayers(background=panel.parameters.scan)
    host.fit_views()
    panel.ui.scoreAllButton.click()
    host.wait_until(lambda: len(panel.score.table.rows()) == 3, SECONDS)
    host.wait_until(lambda: "network" in panel.ui.scoreMessage.text, SECONDS)
    host.screenshot(picture)
    host.wait_until(lambda: not panel.score.scoring.busy, SECONDS)


def folder(host: Host, picture: Path) -> None:
    """A folder that was scored: a file in it is no scan, and the row says so."""
    import shutil

    home = os.environ["HOME"]
    with tempfile.TemporaryDirectory() as place:
        study = Path(place) / "study"
        study.mkdir()
        for scan in (SCAN, OTHER_SCAN, THIRD_SCAN):
            shutil.copy(scan, study)
        (study / "sub-07_T1w.nii.gz").write_bytes(SCAN.read_bytes()[:100_000])
        os.environ["HOME"] = place
        try:
            panel = panel_with_scan(host)
            ui = panel.ui
            ui.folderGroup.collapsed = False
            ui.folderPath.currentPath, ui.folderOutput.currentPath = "~/study", "~/study-motionqc"
            ui.folderButton.click()
            host.wait_until(lambda: not panel.folder.scoring.busy, 4 * SECONDS)
            ui.folderTable.selectRow(0)
            host.wait(0.5)
            host.screenshot(picture)
        finally:
            os.environ["HOME"] = home


def failed(host: Host, picture: Path) -> None:
    """What is said when the computing process was killed from outside."""
    import signal

    panel = panel_with_scan(host)
    panel.ui.scoreButton.click()
    host.wait_until(lambda: panel.score.scoring.pid is not None, 20)
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


def stopped(host: Host, picture: Path) -> None:
    """After *Stop* in the middle."""
    panel = panel_with_scan(host)
    panel.ui.scoreButton.click()
    host.wait(1.0)
    panel.ui.scoreButton.click()
    host.wait_until(lambda: not panel.score.scoring.busy, SECONDS)
    host.screenshot(picture)


def without_openvino(host: Host, picture: Path) -> None:
    """A scan that cannot be scored, because installing OpenVINO was declined."""
    from MotionQCLib.gui import interpreter

    real = interpreter.missing_packages
    interpreter.missing_packages = lambda *_: ["openvino"]
    try:
        panel = panel_with_scan(host)
        host.packages.missing.add("openvino")
        host.answer(False)
        panel.ui.scoreButton.click()
        host.screenshot(picture)
    finally:
        interpreter.missing_packages = real


def damaged_model(host: Host, picture: Path) -> None:
    """A model whose file is not what its author made."""
    from MotionQCLib.models.registry import SHIPPED_FOLDER

    panel = panel_with_scan(host)
    with tempfile.TemporaryDirectory() as folder:
        weights = next(SHIPPED_FOLDER.glob("*.safetensors"))
        damaged = Path(folder) / weights.name
        damaged.write_bytes(weights.read_bytes()[:-100] + bytes(100))
        damaged.with_suffix(".json").write_bytes(weights.with_suffix(".json").read_bytes())
        panel.score.models.path = lambda: str(damaged)
        score_it(host, panel)
        host.screenshot(picture)


def oblique(host: Host, picture: Path) -> None:
    """The preview of a tilted scan: the views along its own axes."""
    import nibabel
    import numpy as np

    image = nibabel.load(SCAN)
    turn, angle = np.eye(4), np.radians(15)
    turn[1:3, 1:3] = [[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "tilted.nii.gz"
        nibabel.save(nibabel.Nifti1Image(np.asarray(image.dataobj), turn @ image.affine), path)
        panel = previewing(host, path)
        host.screenshot(picture)
        panel.ui.previewButton.click()


def coarse(host: Host, picture: Path) -> None:
    """The moment after a slider moved: the third view says that it is coarse."""
    panel = previewing(host)
    panel.parameters.translation = 4.5
    host.wait_until(lambda: "coarse" in panel.ui.previewStatus.text, SECONDS)
    host.wait(0.1)
    host.screenshot(picture)
    panel.ui.previewButton.click()


def applied(host: Host, picture: Path) -> None:
    """A motion applied to the whole volume."""
    panel = panel_with_scan(host)
    panel.ui.scoreSection.collapsed = True
    panel.ui.simulateSection.collapsed = False
    panel.parameters.translation = panel.parameters.rotation = 3.5
    panel.ui.applyButton.click()
    host.wait_until(lambda: panel.ui.saveMovedButton.enabled, SECONDS)
    host.screenshot(picture)


def reopened(host: Host, picture: Path) -> None:
    """A scored scene, saved, closed and loaded again."""
    panel = panel_with_scan(host)
    score_it(host, panel)
    with tempfile.TemporaryDirectory() as folder:
        host.save_scene(Path(folder) / "scene.mrb")
        host.load_scene(Path(folder) / "scene.mrb")
        host.wait_until(lambda: panel.ui.resultFrame.visible, SECONDS)
        panel.ui.historyGroup.collapsed = False
        host.wait(0.5)
        host.screenshot(picture)


def training(host: Host, picture: Path) -> None:
    """A pretraining under way on real scans, after a look at its manifest."""
    with training_panel(host) as panel:
        panel.ui.checkButton.click()
        host.wait_until(lambda: not panel.train.check.busy, 2 * SECONDS)
        panel.ui.trainButton.click()
        host.wait_until(lambda: len(panel.train.run.log.figures.get("val_r2", ())) > 3, 4 * SECONDS)
        host.wait(1.0)
        host.screenshot(picture)


def trained(host: Host, picture: Path) -> None:
    """A model fine-tuned on ratings: how good it is, and that Score now uses it."""
    from MotionQCLib.gui.parameters import Training

    with training_panel(host) as panel:
        panel.parameters.training = Training.FINETUNE
        panel.ui.trainConfig.currentPath = str(panel.train.form.manifest.with_name("rate.yaml"))
        panel.ui.trainName.text = "our-site"
        host.wait(0.5)
        panel.ui.trainButton.click()
        host.wait_until(lambda: panel.ui.trainResultFrame.visible, 4 * SECONDS)
        panel.ui.useModelButton.click()
        host.screenshot(picture)


PICTURES = (
    opened,
    scoring,
    score,
    compare,
    stopped,
    failed,
    no_head,
    without_openvino,
    damaged_model,
    history,
    all_,
    folder,
    reopened,
    preview,
    difference,
    coarse,
    oblique,
    applied,
    predicted_against_true,
    training,
    trained,
)


def panel_with_scan(host: Host, scan: Path = SCAN) -> Any:
    host.reset()
    host.load_scan(scan)
    panel = host.open_module(MODULE).panel
    host.wait_until(lambda: "head" in panel.ui.scanLabel.text, SECONDS)
    return panel


@contextmanager
def training_panel(host: Host) -> Iterator[Any]:
    """The panel with *Train* unfolded and real scans listed; what it trains is small and short.

    The ratings are not anyone's: they are given in turn, so that a picture has some.
    """
    from MotionQCLib.gui.parameters import Training

    scans = sorted(DATA.glob("ds000011/*/anat/*_T1w.nii.gz"))[:8]
    pretrain = (
        "{validation: 0.25, test: 0.25, validation_draws: 1, whole_volumes: 2, steps: 40, "
        "batch: 1, epoch: 5, warmup: 2, average: 0.5, grid: [64, 64, 64], "
        "samples: {crop: [32, 32, 32], ramp: 4}}"
    )
    rate = "{folds: 2, repeats: 2, inner: 2, least_scans: 3, least_subjects: 3}"
    with tempfile.TemporaryDirectory() as folder:
        manifest = Path(folder) / "scans.tsv"
        rows = [f"{scan}\t{scan.name[:6]}\tds000011\t{n % 2}" for n, scan in enumerate(scans)]
        manifest.write_text("\n".join(["path\tsubject\tsite\trating", *rows]) + "\n")
        (manifest.parent / "pretrain.yaml").write_text(pretrain)
        (manifest.parent / "rate.yaml").write_text(rate)
        os.environ["MOTIONQC_MODELS"] = str(manifest.parent / "models")
        panel = panel_with_scan(host)
        ui = panel.ui
        ui.scoreSection.collapsed = True
        ui.trainSection.collapsed = False
        panel.parameters.training = Training.PRETRAIN
        ui.trainConfig.currentPath = str(manifest.with_name("pretrain.yaml"))
        ui.trainManifest.currentPath = str(manifest)
        host.wait(1.0)
        yield panel
        if panel.train.run.own:
            ui.trainButton.click()
            ui.trainButton.click()
            host.wait_until(lambda: not panel.train.run.running, SECONDS)


def score_it(host: Host, panel: Any) -> None:
    panel.ui.scoreButton.click()
    host.wait_until(lambda: not panel.score.scoring.busy, SECONDS)


def previewing(host: Host, scan: Path = SCAN) -> Any:
    panel = panel_with_scan(host, scan)
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
    into, host = Path(sys.argv[1]), start()
    wanted = set(sys.argv[2:])
    for take in PICTURES:
        name = take.__name__.rstrip("_")
        if not wanted or name in wanted:
            take(host, into / f"{name}.png")
            print(f"{name}: {(take.__doc__ or '').splitlines()[0]}", flush=True)
    failures = host.take_failures()
    print("\n".join(failures), file=sys.stderr)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
