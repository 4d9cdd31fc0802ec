"""The parts of a pretraining: scans, what is fed from them, the module, and what makes a model."""
