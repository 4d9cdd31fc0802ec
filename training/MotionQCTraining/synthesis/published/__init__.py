"""The synthesis of two published systems, by TorchIO 1.2.1 on the CPU."""
