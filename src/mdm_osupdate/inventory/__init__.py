"""Inventories: devices as management systems export them, and as devices describe themselves."""

from .reading import Row, read_device, read_inventory

__all__ = ["Row", "read_device", "read_inventory"]
