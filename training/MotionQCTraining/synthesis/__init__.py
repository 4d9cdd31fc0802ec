"""Moved and augmented samples of still scans."""
