"""Which scans there are, who is in them, and how they lie on disk while training."""
