"""The checks of commands that need nothing else."""

from __future__ import annotations

from mdm_osupdate.codec import closest, placeholder_hint
from mdm_osupdate.errors import show
from mdm_osupdate.messages import (
    VENDOR_ACTIONS,
    InstallAction,
    Priority,
    ScheduleOSUpdateCommand,
    UpdatesItem,
)
from mdm_osupdate.versions import exists, named_build, named_version, read_version

from .registry import Problem, Problems, check, given


@check("OSU201", UpdatesItem)
def action_is_documented(item: UpdatesItem) -> Problems:
    """Find an InstallAction that Apple does not document."""
    word = given(item.install_action)
    if word is None or isinstance(word, InstallAction):
        return
    plain = word.replace("_", "").replace(" ", "")
    near = VENDOR_ACTIONS.get(plain.lower()) or closest(plain, list(InstallAction))
    hint = f"Did you mean {near}?" if near else placeholder_hint(word)
    if near and near.lower() == word.lower():
        hint = f"Write {near}: iOS is reported to ignore case here, other systems do not."
    yield Problem("InstallAction", f"unknown InstallAction {show(word)}", hint)


@check("OSU202", UpdatesItem)
def priority_is_documented(item: UpdatesItem) -> Problems:
    """Find a Priority that Apple does not document."""
    if item.priority is not None and not isinstance(item.priority, Priority):
        near = closest(item.priority, list(Priority))
        hint = f"Did you mean {near}?" if near else placeholder_hint(item.priority)
        yield Problem("Priority", f"unknown Priority {show(item.priority)}", hint)


@check("OSU203", UpdatesItem)
def product_is_named(item: UpdatesItem) -> Problems:
    """Find an update without a product."""
    unusable = {"ProductKey", "ProductVersion"} & item.unknown.keys()  # reported as such
    if not item.product_key and item.product_version is None and not unusable:
        yield Problem("", "expected ProductKey or ProductVersion, got neither")


@check("OSU205", ScheduleOSUpdateCommand)
def updates_are_there(command: ScheduleOSUpdateCommand) -> Problems:
    """Find a command that schedules no update."""
    if command.updates == ():
        yield Problem("Updates", "Updates is empty")


@check("OSU206", UpdatesItem)
def product_is_one(item: UpdatesItem) -> Problems:
    """Find a product key and a version that contradict each other."""
    named, version = named_version(item.product_key or ""), read_version(item.product_version or "")
    if named is not None and version is not None and named != version:
        message = f"ProductVersion is {version}, but ProductKey {show(item.product_key)} is {named}"
        yield Problem("ProductVersion", message)


@check("OSU207", UpdatesItem)
def deferrals_need_install_later(item: UpdatesItem) -> Problems:
    """Find deferrals beside an action that does not count them."""
    counted = item.max_user_deferrals is not None or "MaxUserDeferrals" in item.unknown
    action = given(item.install_action)
    if counted and action is not None and action != InstallAction.INSTALL_LATER:
        message = f"MaxUserDeferrals has no effect with InstallAction {show(action)}"
        yield Problem("MaxUserDeferrals", message)


@check("OSU208", UpdatesItem)
def deferrals_are_not_negative(item: UpdatesItem) -> Problems:
    """Find a negative number of deferrals."""
    if item.max_user_deferrals is not None and item.max_user_deferrals < 0:
        yield Problem(
            "MaxUserDeferrals", f"expected 0 or more, got {show(item.max_user_deferrals)}"
        )


@check("OSU209", UpdatesItem)
def security_responses_go_by_key(item: UpdatesItem) -> Problems:
    """Find a security response that is named by its version."""
    version = read_version(item.product_version or "")
    if version is not None and version.extra and not item.product_key:
        yield Problem("ProductVersion", f"{version} is a security response")


@check("OSU210", UpdatesItem)
def version_is_readable(item: UpdatesItem) -> Problems:
    """Find a ProductVersion that is not a version."""
    text = item.product_version
    if text is not None and read_version(text) is None:
        is_key = named_version(text) or named_build(text)
        hint = "Write it as the ProductKey." if is_key else placeholder_hint(text)
        yield Problem("ProductVersion", f"invalid version {show(text)}", hint)


@check("OSU213", UpdatesItem)
def version_was_released(item: UpdatesItem) -> Problems:
    """Find a major version that no platform has."""
    version = read_version(item.product_version or "")
    if version is not None and not exists(version):
        yield Problem("ProductVersion", f"version {version} was never released")


@check("OSU211", UpdatesItem)
def product_key_is_filled_in(item: UpdatesItem) -> Problems:
    """Find an empty product key beside a version."""
    if item.product_key == "" and item.product_version is not None:
        yield Problem("ProductKey", "ProductKey is empty")


@check("OSU212", UpdatesItem)
def restart_is_intended(item: UpdatesItem) -> Problems:
    """Find an action that discards unsaved work."""
    if item.install_action == InstallAction.INSTALL_FORCE_RESTART:
        yield Problem("InstallAction", "InstallForceRestart discards unsaved work")
