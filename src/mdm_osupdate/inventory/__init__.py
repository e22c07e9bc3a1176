"""Inventories: devices as management systems export them, and as devices describe themselves."""

from .reading import read_device

__all__ = ["read_device"]
