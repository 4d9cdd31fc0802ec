"""Getting a scan in: files to :class:`Scan`, where the head is, a model's grid, plausibility.

Importing this costs numpy and scipy only: nibabel, pydicom and SimpleITK are loaded inside the
functions that need them.
"""

from .checks import INFORMING, check_scan
from .conform import Conformed, conform
from .head import Head, brain_center, find_head
from .read import expand_inputs, read_scan
from .scan import Scan
from .score_warning import ScoreWarning

__all__ = [
    "INFORMING",
    "Conformed",
    "Head",
    "Scan",
    "ScoreWarning",
    "brain_center",
    "check_scan",
    "conform",
    "expand_inputs",
    "find_head",
    "read_scan",
]
