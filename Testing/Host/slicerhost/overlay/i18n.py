"""`slicer.i18n` of the host: texts stay as they are written."""

from __future__ import annotations

__all__ = ["getContext", "tr", "translate"]


def getContext(source: str) -> str:
    """The context of a source file: the module's name."""
    return source.replace("\\", "/").rpartition("/")[2].removesuffix(".py")


def tr(text: str) -> str:
    """Translate a text of the module that calls."""
    return translate("", text)


def translate(context: str, text: str) -> str:
    """Translate a text of a context. Only texts can be: a value put in beforehand is none."""
    if not isinstance(text, str):
        raise TypeError(f"translate takes a text, not {text!r}")
    return text
