"""Hypothesis strategies for the messages, for devices, and for documents that break a rule.

Every strategy shrinks to a message with as few keys as the protocol allows, and prints as code
that can be pasted. Importing this module registers the types with hypothesis, so that
``st.from_type`` and ``st.builds`` support them, too.

>>> from hypothesis import find, given, strategies as st
>>> import mdm_osupdate as osu
>>> from mdm_osupdate import strategies as osus
>>> @given(osus.commands(device=osu.Device("macOS", "14.4", supervised=True)))
... def test_a_mac_supports_them(command):
...     assert osu.validate(command, osu.Device("macOS", "14.4", supervised=True)).ok
>>> test_a_mac_supports_them()

The examples of the strategies use ``find``, which returns the simplest value that fits.
"""

from .classes import (
    available_os_updates_commands,
    available_os_updates_items,
    available_os_updates_responses,
    os_update_status_commands,
    os_update_status_items,
    os_update_status_responses,
    schedule_os_update_commands,
    schedule_os_update_responses,
    schedule_os_update_scan_commands,
    schedule_os_update_scan_responses,
    update_results_items,
)
from .commands import command_types, commands, updates_items
from .declarations import declarations, status_reports
from .devices import devices
from .documents import dictionaries, messages
from .registration import register
from .responses import error_chain_items, responses
from .values import command_uuids, os_versions, plist_values, product_keys
from .violations import Broken, rule_violations
from .wire import ODDITIES, wire_documents

__all__ = [
    "ODDITIES",
    "Broken",
    "available_os_updates_commands",
    "available_os_updates_items",
    "available_os_updates_responses",
    "command_types",
    "command_uuids",
    "commands",
    "declarations",
    "devices",
    "dictionaries",
    "error_chain_items",
    "messages",
    "os_update_status_commands",
    "os_update_status_items",
    "os_update_status_responses",
    "os_versions",
    "plist_values",
    "product_keys",
    "responses",
    "rule_violations",
    "schedule_os_update_commands",
    "schedule_os_update_responses",
    "schedule_os_update_scan_commands",
    "schedule_os_update_scan_responses",
    "status_reports",
    "update_results_items",
    "updates_items",
    "wire_documents",
]

register()
