"""A volume on another grid, or seen in another pose: interpolation on every route."""
