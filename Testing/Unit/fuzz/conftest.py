"""The fuzzing command is made of scripts of one folder that import each other by plain names."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parents[2] / "Fuzz"))
