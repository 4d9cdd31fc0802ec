"""The head and the routes that the physics is tested with."""

from ..motion.conftest import a_head, an_even_grid, each_route, rng

__all__ = ["a_head", "an_even_grid", "each_route", "rng"]
