"""Pictures of the module's states, taken off-screen in the test host.

Run by `make screenshots`, which names the folder to write into.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from slicerhost.host import Host, start

REPOSITORY = Path(__file__).resolve().parents[2]
MODULE = REPOSITORY / "MotionQC" / "MotionQC.py"
DATA = Path(os.environ.get("MOTIONQC_DATA", REPOSITORY.parent / "shared" / "data"))
SCAN = DATA / "ds000011" / "sub-01" / "anat" / "sub-01_T1w.nii.gz"


def opened(host: Host, folder: Path) -> None:
    """The panel as it opens, with a scan in the views."""
    host.reset()
    host.load_scan(SCAN)
    host.open_module(MODULE)
    host.screenshot(folder / "opened.png")


PICTURES = (opened,)


def main() -> int:
    if not SCAN.is_file():
        print(f"no scan at {SCAN}: set MOTIONQC_DATA to the folder of real scans", file=sys.stderr)
        return 2
    folder, host = Path(sys.argv[1]), start()
    for take in PICTURES:
        take(host, folder)
        print(f"{take.__name__}: {(take.__doc__ or '').splitlines()[0]}")
    failures = host.take_failures()
    print("\n".join(failures), file=sys.stderr)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
