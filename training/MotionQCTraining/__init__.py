"""Training of MotionQC's models: from a list of scans to a model file."""
