"""The checks of the settings of software updates."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from enum import Enum

from mdm_osupdate.availability import Availability, look_up
from mdm_osupdate.codec import closest
from mdm_osupdate.declarations import (
    AutomaticActions,
    Beta,
    Deferrals,
    SoftwareUpdateSettings,
)
from mdm_osupdate.errors import join, show
from mdm_osupdate.messages import AutomaticAction, Message, ProgramEnrollment

from .registry import KnownDevice, Problem, Problems, check, check_support, keys_of

_DAYS = range(1, 91)


@check("OSU630", SoftwareUpdateSettings, AutomaticActions, Beta)
def values_are_listed(part: Message) -> Problems:
    """Find a value that the schema does not list."""
    for key in keys_of(type(part)):
        if issubclass(key.kind, Enum):
            value = getattr(part, key.attribute)
            if value is not None and not isinstance(value, key.kind):
                words = [str(word) for word in key.kind]
                near = closest(value, words)
                hint = f"Did you mean {near}?" if near else f"Write {' or '.join(words)}."
                yield Problem(key.name, f"unknown {key.name} {show(value)}", hint)


@check("OSU631", Deferrals)
def deferrals_are_in_range(deferrals: Deferrals) -> Problems:
    """Find a deferral of less than 1 or more than 90 days."""
    for key in keys_of(Deferrals):
        days = getattr(deferrals, key.attribute)
        if days is not None and days not in _DAYS:
            yield Problem(key.name, f"expected 1 to 90 days, got {show(days)}")


def _keys_that(
    fail: Callable[[Availability | None], bool],
    part: Message,
    device: KnownDevice,
    subject: str = "SoftwareUpdateSettings",
    path: str = "",
) -> Iterator[tuple[str, str, Availability | None]]:
    """Find the keys whose availability on the platform fails a test, each with its path.

    Where a dictionary fails, its keys are left out.
    """
    for key in keys_of(type(part)):
        value = getattr(part, key.attribute)
        name, at = f"{subject}.{key.name}", join(path, key.name)
        if value is None or key.name in ("Identifier", "ServerToken"):
            continue
        where = look_up(name, device.platform)
        if fail(where):
            yield key.name, at, where
        elif isinstance(value, Message):
            yield from _keys_that(fail, value, device, name, at)


@check_support("OSU632", SoftwareUpdateSettings)
def platform_has_the_setting(
    settings: SoftwareUpdateSettings, device: KnownDevice, _: Availability
) -> Problems:
    """Find a key that the platform does not support."""
    for name, at, _where in _keys_that(lambda where: where is None, settings, device):
        yield Problem(at, f"{device.platform} does not support {name}")


@check_support("OSU633", SoftwareUpdateSettings)
def version_has_the_setting(
    settings: SoftwareUpdateSettings, device: KnownDevice, _: Availability
) -> Problems:
    """Find a key that is newer than the device."""

    def too_new(where: Availability | None) -> bool:
        return where is not None and device.os_version < where.introduced

    for name, at, where in _keys_that(too_new, settings, device):
        since = f", introduced in {where.introduced}" if where else ""
        yield Problem(at, f"{device} does not support {name}{since}")


@check_support("OSU634", SoftwareUpdateSettings)
def setting_works_unsupervised(
    settings: SoftwareUpdateSettings, device: KnownDevice, whole: Availability
) -> Problems:
    """Find a key that needs supervision though the declaration itself does not."""

    def needs_supervision(where: Availability | None) -> bool:
        return where is not None and where.supervised and not device.supervised

    if not whole.supervised:
        for name, at, _where in _keys_that(needs_supervision, settings, device):
            yield Problem(at, f"{name} requires supervision on {device.platform}")


@check("OSU635", Beta)
def beta_programs_agree(beta: Beta) -> Problems:
    """Find keys of Beta that contradict each other."""
    enrollment = beta.program_enrollment or ProgramEnrollment.ALLOWED
    if not isinstance(enrollment, ProgramEnrollment):
        return
    if beta.offer_programs is not None and beta.require_program is not None:
        yield Problem("OfferPrograms", "OfferPrograms and RequireProgram exclude each other")
    elif beta.offer_programs is not None and enrollment is ProgramEnrollment.ALWAYS_OFF:
        message = f"OfferPrograms needs ProgramEnrollment Allowed or AlwaysOn, got {enrollment}"
        yield Problem("OfferPrograms", message)
    if beta.require_program is not None and enrollment is not ProgramEnrollment.ALWAYS_ON:
        message = f"RequireProgram needs ProgramEnrollment AlwaysOn, got {enrollment}"
        yield Problem("ProgramEnrollment", message)


@check("OSU636", AutomaticActions)
def downloads_precede_installation(actions: AutomaticActions) -> Problems:
    """Find automatic installation without automatic downloads."""
    if actions.download != AutomaticAction.ALWAYS_OFF:
        return
    for name, action in (
        ("InstallOSUpdates", actions.install_os_updates),
        ("InstallSecurityUpdate", actions.install_security_update),
    ):
        if action == AutomaticAction.ALWAYS_ON:
            yield Problem(name, f"{name} is AlwaysOn, but Download is AlwaysOff")
