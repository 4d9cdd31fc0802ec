"""The picture of a confusion matrix is a picture, whatever the classes are called."""

from __future__ import annotations

import io
import warnings

import numpy as np
import pytest
from PIL import Image

from MotionQCTraining.judging.confusion_figure import confusion_figure


@pytest.mark.parametrize("names", [("good", "bad"), ("mäßig", "不可用", "a_{2}$ $")])
def test_it_is_a_png_without_a_warning(names: tuple[str, ...]) -> None:
    table = np.eye(len(names)) * 12 + 1
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        content = confusion_figure(table.tolist(), names, "a title")
    with Image.open(io.BytesIO(content)) as picture:
        assert picture.format == "PNG"
        assert min(picture.size) > 200


def test_a_class_without_a_scan_is_drawn_empty() -> None:
    assert confusion_figure([[3, 1], [0, 0]], ("a", "b"), "").startswith(b"\x89PNG")
