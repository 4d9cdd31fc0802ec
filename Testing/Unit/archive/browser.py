"""Opens a page in Chromium, without a screen: ``python browser.py PAGE SCRIPT``.

Prints one JSON object: ``value``, what the script's last expression gave; ``said``, all that the
page wrote on its console; ``asked``, every address that it asked for, its own among them. A process
of its own, because Chromium shares one badly with other users of Qt.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
# Containers run as root, where Chromium's sandbox cannot.
os.environ.setdefault("QTWEBENGINE_CHROMIUM_FLAGS", "--no-sandbox --disable-gpu")

from PySide6.QtCore import QUrl
from PySide6.QtWebEngineCore import (
    QWebEnginePage,
    QWebEngineProfile,
    QWebEngineUrlRequestInterceptor,
)
from PySide6.QtWidgets import QApplication


class Asked(QWebEngineUrlRequestInterceptor):
    """Lets every request pass, and remembers it."""

    def __init__(self) -> None:
        super().__init__()
        self.addresses: list[str] = []

    def interceptRequest(self, info: Any) -> None:  # noqa: N802
        """Remember one."""
        self.addresses.append(info.requestUrl().toString()[:200])


class Page(QWebEnginePage):
    """Keeps what the page says on its console."""

    def __init__(self, profile: QWebEngineProfile) -> None:
        super().__init__(profile)
        self.said: list[str] = []

    def javaScriptConsoleMessage(  # noqa: N802
        self, level: Any, message: str, line: int, source: str
    ) -> None:
        """Keep one message."""
        self.said.append(message)


def main(path: str, script: str) -> int:
    application = QApplication([])
    profile, asked = QWebEngineProfile(), Asked()
    profile.setUrlRequestInterceptor(asked)
    page = Page(profile)
    found: dict[str, Any] = {}

    def end(value: Any) -> None:
        found.update(value=value, said=page.said, asked=asked.addresses)
        application.quit()

    page.loadFinished.connect(lambda _: page.runJavaScript(script, end))
    page.load(QUrl.fromLocalFile(str(Path(path).resolve())))
    application.exec()
    print(json.dumps(found), flush=True)
    # Chromium's threads outlive the objects above; nothing is left to be done for them.
    os._exit(0)


if __name__ == "__main__":
    main(*sys.argv[1:])
