"""Human ratings: which scans have them, heads fitted to them, what those are worth."""
