"""Published systems, each from scans to the tables and figures of its paper."""
