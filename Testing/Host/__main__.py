"""Open a module in the host: for a person at a screen, or off-screen by a script.

python Testing/Host MODULE.py [SCAN]           open it, with a scan loaded
python Testing/Host --script SCRIPT.py [...]   run a script off-screen; it starts the host
"""

from __future__ import annotations

import argparse
import runpy
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
REPOSITORY = HERE.parents[1]


def main() -> int:
    arguments = parse()
    sys.path[:0] = [str(HERE), str(REPOSITORY / "MotionQC"), str(REPOSITORY / "training")]
    if arguments.script:
        sys.argv = [arguments.script, *arguments.rest]
        runpy.run_path(arguments.script, run_name="__main__")
        return 0
    return open_for_a_person(arguments.rest)


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--script", help="a script to run off-screen")
    parser.add_argument("rest", nargs="*", help="the module's file and a scan; or the script's own")
    arguments = parser.parse_args()
    if not arguments.script and not 1 <= len(arguments.rest) <= 2:
        parser.error("name the module's file, and a scan if you like")
    return arguments


def open_for_a_person(arguments: list[str]) -> int:
    from slicerhost.host import start

    host = start(interactive=True)
    if len(arguments) > 1:
        host.load_scan(arguments[1])
    host.open_module(arguments[0])
    return host.run()


if __name__ == "__main__":
    sys.exit(main())
