"""The module `qt`: the Qt classes that the module uses, under PythonQt's one roof.

A name that is not listed does not exist: add it here when the module comes to need it, after a look
at what PythonQt makes of it.
"""

from __future__ import annotations

import sys
from types import ModuleType

from PySide6 import QtCore, QtGui, QtWidgets

from slicerhost import dialogs
from slicerhost.pythonqt import attributes
from slicerhost.pythonqt.bool_result import BoolResult
from slicerhost.pythonqt.timers import single_shot
from slicerhost.ui_loader import UiLoader

CORE = """
    QByteArray QCoreApplication QDate QDateTime QDir QEvent QEventLoop QFile QFileInfo QLocale
    QObject QPoint QPointF QRect QRectF QSettings QSignalBlocker QSize QSizeF QStandardPaths
    QSysInfo QTime QTimer QUrl Qt
"""
GUI = """
    QAction QBrush QColor QCursor QDesktopServices QFont QFontMetrics QIcon QImage QKeySequence
    QPainter QPainterPath QPalette QPen QPixmap QPolygonF QShortcut
"""
WIDGETS = """
    QAbstractButton QAbstractItemView QAbstractSlider QAbstractSpinBox QApplication QButtonGroup
    QCheckBox QComboBox QDialog QDialogButtonBox QDoubleSpinBox QFileDialog QFormLayout QFrame
    QGridLayout QGroupBox QHBoxLayout QHeaderView QInputDialog QLabel QLayout QLineEdit QMainWindow
    QMenu QMessageBox QProgressBar QPushButton QRadioButton QScrollArea QSizePolicy QSlider
    QSpacerItem QSpinBox QSplitter QStackedWidget QStatusBar QStyle QTabWidget QTableView
    QTableWidget QTableWidgetItem QTextBrowser QTextEdit QToolButton QToolTip QVBoxLayout QWidget
"""


def install() -> ModuleType:
    """Make `qt` and `PythonQt` importable and Qt's classes behave as PythonQt's."""
    qt = ModuleType("qt", __doc__)
    for source, names in ((QtCore, CORE), (QtGui, GUI), (QtWidgets, WIDGETS)):
        for name in names.split():
            setattr(qt, name, getattr(source, name))
    attributes.patch(all_bases(vars(qt).values()))
    qt.QTimer.singleShot = staticmethod(single_shot)
    qt.QUiLoader = UiLoader
    dialogs.install(qt)
    sys.modules["qt"] = qt
    sys.modules["PythonQt"] = pythonqt_module()
    return qt


def all_bases(values: object) -> list[type]:
    """The listed classes and Qt's classes that they derive from, bases first."""
    listed = [value for value in values if isinstance(value, type) and attributes.is_qt(value)]
    found = {
        base for cls in listed for base in cls.__mro__ if base.__module__.startswith("PySide6")
    }
    return sorted((c for c in found if "__init__" in c.__dict__), key=lambda c: len(c.__mro__))


def pythonqt_module() -> ModuleType:
    module = ModuleType("PythonQt")
    module.BoolResult = BoolResult
    return module
