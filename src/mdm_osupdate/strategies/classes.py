"""A strategy for each message class, any attribute of which can be replaced."""

from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from mdm_osupdate.messages import (
    AvailableOSUpdatesCommand,
    AvailableOSUpdatesItem,
    AvailableOSUpdatesResponse,
    OSUpdateStatusCommand,
    OSUpdateStatusItem,
    OSUpdateStatusResponse,
    ScheduleOSUpdateCommand,
    ScheduleOSUpdateResponse,
    ScheduleOSUpdateScanCommand,
    ScheduleOSUpdateScanResponse,
    UpdateResultsItem,
)

from .building import built
from .commands import updates_items


def schedule_os_update_commands(
    **attributes: SearchStrategy[Any],
) -> SearchStrategy[ScheduleOSUpdateCommand]:
    """Generate ``ScheduleOSUpdate`` commands.

    Args:
        attributes: strategies that replace those of attributes.

    Example:
        >>> find(osus.schedule_os_update_commands(command_uuid=st.just("0001")), bool).updates
        (UpdatesItem(install_action=InstallAction.DEFAULT, product_version='9.0'),)
    """
    usual = {"updates": st.lists(updates_items(), min_size=1, max_size=2).map(tuple)}
    return built(ScheduleOSUpdateCommand, **usual | attributes)


def schedule_os_update_scan_commands(
    **attributes: SearchStrategy[Any],
) -> SearchStrategy[ScheduleOSUpdateScanCommand]:
    """Generate ``ScheduleOSUpdateScan`` commands.

    Args:
        attributes: strategies that replace those of attributes.

    Example:
        >>> find(osus.schedule_os_update_scan_commands(command_uuid=st.just("0001")), bool)
        ScheduleOSUpdateScanCommand(command_uuid='0001')
    """
    return built(ScheduleOSUpdateScanCommand, **attributes)


def available_os_updates_commands(
    **attributes: SearchStrategy[Any],
) -> SearchStrategy[AvailableOSUpdatesCommand]:
    """Generate ``AvailableOSUpdates`` commands.

    Args:
        attributes: strategies that replace those of attributes.

    Example:
        >>> find(osus.available_os_updates_commands(command_uuid=st.just("0001")), bool)
        AvailableOSUpdatesCommand(command_uuid='0001')
    """
    return built(AvailableOSUpdatesCommand, **attributes)


def os_update_status_commands(
    **attributes: SearchStrategy[Any],
) -> SearchStrategy[OSUpdateStatusCommand]:
    """Generate ``OSUpdateStatus`` commands.

    Args:
        attributes: strategies that replace those of attributes.

    Example:
        >>> find(osus.os_update_status_commands(command_uuid=st.just("0001")), bool)
        OSUpdateStatusCommand(command_uuid='0001')
    """
    return built(OSUpdateStatusCommand, **attributes)


def schedule_os_update_responses(
    **attributes: SearchStrategy[Any],
) -> SearchStrategy[ScheduleOSUpdateResponse]:
    """Generate responses to ``ScheduleOSUpdate``. Each value is valid by itself.

    Args:
        attributes: strategies that replace those of attributes.

    Example:
        >>> find(osus.schedule_os_update_responses(status=st.just("NotNow")), bool).not_now
        True
    """
    return built(ScheduleOSUpdateResponse, **attributes)


def schedule_os_update_scan_responses(
    **attributes: SearchStrategy[Any],
) -> SearchStrategy[ScheduleOSUpdateScanResponse]:
    """Generate responses to ``ScheduleOSUpdateScan``. Each value is valid by itself.

    Args:
        attributes: strategies that replace those of attributes.

    Example:
        >>> found = find(osus.schedule_os_update_scan_responses(scan_initiated=st.just(True)), bool)
        >>> found.scan_initiated
        True
    """
    return built(ScheduleOSUpdateScanResponse, **attributes)


def available_os_updates_responses(
    **attributes: SearchStrategy[Any],
) -> SearchStrategy[AvailableOSUpdatesResponse]:
    """Generate responses to ``AvailableOSUpdates``. Each value is valid by itself.

    Args:
        attributes: strategies that replace those of attributes.

    Example:
        >>> none = osus.available_os_updates_responses(available_os_updates=st.just(()))
        >>> find(none, bool).available_os_updates
        ()
    """
    return built(AvailableOSUpdatesResponse, **attributes)


def os_update_status_responses(
    **attributes: SearchStrategy[Any],
) -> SearchStrategy[OSUpdateStatusResponse]:
    """Generate responses to ``OSUpdateStatus``. Each value is valid by itself.

    Args:
        attributes: strategies that replace those of attributes.

    Example:
        >>> found = find(osus.os_update_status_responses(os_update_status=st.just(())), bool)
        >>> found.os_update_status
        ()
    """
    return built(OSUpdateStatusResponse, **attributes)


def update_results_items(**attributes: SearchStrategy[Any]) -> SearchStrategy[UpdateResultsItem]:
    """Generate items of ``UpdateResults``.

    Args:
        attributes: strategies that replace those of attributes.

    Example:
        >>> find(osus.update_results_items(product_key=st.just("_MACOS_14.5")), bool)
        UpdateResultsItem(product_key='_MACOS_14.5')
    """
    return built(UpdateResultsItem, **attributes)


def available_os_updates_items(
    **attributes: SearchStrategy[Any],
) -> SearchStrategy[AvailableOSUpdatesItem]:
    """Generate items of ``AvailableOSUpdates``.

    Args:
        attributes: strategies that replace those of attributes.

    Example:
        >>> find(osus.available_os_updates_items(version=st.just("14.5")), bool)
        AvailableOSUpdatesItem(version='14.5')
    """
    return built(AvailableOSUpdatesItem, **attributes)


def os_update_status_items(**attributes: SearchStrategy[Any]) -> SearchStrategy[OSUpdateStatusItem]:
    """Generate items of ``OSUpdateStatus``.

    Args:
        attributes: strategies that replace those of attributes.

    Example:
        >>> find(osus.os_update_status_items(product_key=st.just("_MACOS_14.5")), bool)
        OSUpdateStatusItem(product_key='_MACOS_14.5')
    """
    return built(OSUpdateStatusItem, **attributes)
