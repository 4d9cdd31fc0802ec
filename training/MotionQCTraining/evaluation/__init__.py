"""Judging a model by a fixed protocol: scans, motions, guises and misuses never trained on."""
