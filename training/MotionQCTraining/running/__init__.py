"""How a training runs: devices, steps, checkpoints, progress, stops and faults of any stage."""
