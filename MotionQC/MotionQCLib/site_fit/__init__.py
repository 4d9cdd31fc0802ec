"""Fitting a site's own limits and reference to scans that the site has scored and rated."""

from MotionQCLib.site_fit.fit import ScoredScan, fit_site

__all__ = ["ScoredScan", "fit_site"]
