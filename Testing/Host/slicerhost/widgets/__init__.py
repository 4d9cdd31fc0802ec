"""Stand-ins for the widgets of CTK and Slicer that the module uses, and for no others."""
