"""`python -m MotionQCLib.cli`: the shell where the console script is not installed."""

import sys

from MotionQCLib.cli.shell import main

sys.exit(main())
