"""A small host for a Slicer module: PySide6 for the widgets, the real MRML core for the scene.

`slicerhost.host.start()` makes the modules `qt`, `ctk` and `slicer` importable, and answers the
host. Nothing here is 3D Slicer; `Testing/Host/README.md` says what it proves and what it cannot.
"""
