"""PySide6 made to behave as PythonQt does: properties, connections, arguments.

Sources of the behaviour: `PythonQtInstanceWrapper.cpp`, `PythonQtSignalReceiver.cpp`,
`PythonQtConversion.cpp` and `PythonQtSignal.cpp` of PythonQt.
"""
