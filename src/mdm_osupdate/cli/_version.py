"""The version of this package."""

from __future__ import annotations


def version() -> str:
    """Return the version, or ``unknown`` if the package was not installed, but copied."""
    from importlib import metadata

    try:
        return metadata.version("mdm-osupdate")
    except metadata.PackageNotFoundError:
        return "unknown"
