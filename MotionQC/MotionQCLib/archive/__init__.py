"""Scoring many scans: workers, what is done already, and what all of them together look like."""
