"""Whole batches of moved and augmented volumes, made on the training device.

Large arrays live on the device and are worked on volume by volume; what is drawn (poses, moments,
shares, ranges) is small, is drawn on the CPU in float64, and goes over in one copy, so that the
device never waits for an answer.
"""
