"""Releases that Apple offers, read from its software lookup service and from SOFA."""

from .catalog import Kind, Release, Releases
from .reading import ReleasesError, load_releases

__all__ = ["Kind", "Release", "Releases", "ReleasesError", "load_releases"]
