"""What the module shows in 3D Slicer: the only folder that imports qt, ctk, slicer and vtk.

Each part of the panel has a view, which owns widgets, and a worker behind it, which knows none.
Nothing beyond what Slicer ships is imported into Slicer's own process.
"""
