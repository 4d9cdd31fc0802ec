"""How good a model is: its measures, and the floor that it must beat."""
