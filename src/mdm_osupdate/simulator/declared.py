"""The part of a simulated device that follows declarations and reports its status."""

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import attrs
from attrs import define, field, frozen

from mdm_osupdate.codec import from_dict
from mdm_osupdate.declarations import (
    CANNOT_BE_APPLIED,
    ActivationSimple,
    Declaration,
    ManagementStatusSubscriptions,
    SoftwareUpdateEnforcementSpecific,
    StatusReport,
)
from mdm_osupdate.flow import offered_version
from mdm_osupdate.messages import (
    KNOWN_ERRORS,
    AvailableOSUpdatesItem,
    InstallReason,
    InstallState,
    ScheduledAction,
    Validity,
)
from mdm_osupdate.validation import validate
from mdm_osupdate.versions import OSVersion, is_at

from .behavior import PROMPT_TIME
from .offers import build_of
from .state import Progress, State

_NOT_REFERENCED = (
    "Info.NotReferencedByActivation",
    "Configuration is not referenced by an activation.",
)
_INVALID = "Error.ConfigurationIsInvalid"
_LISTS = {
    "activation": "activations",
    "asset": "assets",
    "configuration": "configurations",
    "management": "management",
}
"""The list of a report that has the declarations of a kind."""
_EXACT_SINCE = OSVersion("27.0")
"""Before, a target such as 26.1 meant the newest of 26.1, 26.1.1 and so on."""


@frozen
class OtherDeclaration:
    """A declaration that the simulator does not follow."""

    kind: str
    """``"activation"``, ``"asset"``, ``"configuration"`` or ``"management"``."""
    identifier: str
    server_token: str
    problem: str = ""
    """The reason why it cannot be read. Empty if it has another type."""


@define
class DeclarationClient:
    """The part of a device that follows declarations."""

    state: State
    declarations: tuple[Declaration, ...] = ()
    others: tuple[OtherDeclaration, ...] = ()
    reported: dict[str, Any] = field(factory=dict)
    """The status items of the last report, by name."""

    # -- following an enforcement ----------------------------------------------------------------

    def follow(self, now: dt.datetime) -> None:
        """Download the update that a declaration enforces, once no obstacle is left."""
        state = self.state
        enforced = self.enforced()
        state.device = attrs.evolve(state.device, declaration_managed=enforced is not None)
        update = None if enforced is None else self.offered(enforced)
        key = None if update is None else str(update.product_key)
        for other in [k for k, p in state.progress.items() if p.deadline and k != key]:
            del state.progress[other]  # no longer enforced
        if enforced is None or update is None or now < self.free_at():
            return
        key = str(update.product_key)
        deadline = enforced.target_local_date_time.datetime.replace(tzinfo=dt.timezone.utc)
        before = state.progress.get(key)
        if before is not None and before.deadline == deadline:
            return
        action = ScheduledAction.INSTALL_ASAP
        progress = Progress.begin(update, action, state.behavior, now, before)
        progress.asked = max(now, progress.prepared)
        progress.deferrals, progress.prompt = state.behavior.deferrals, PROMPT_TIME
        progress.deadline = deadline
        state.progress[key] = progress

    def enforced(self) -> SoftwareUpdateEnforcementSpecific | None:
        """Return the enforcement to process: the earliest one with a target above the version."""
        active = self._active()
        candidates = [
            declaration
            for declaration in self.declarations
            if isinstance(declaration, SoftwareUpdateEnforcementSpecific)
            and declaration.identifier in active
            and not self._why_invalid(declaration)
        ]
        return min(candidates, key=lambda d: d.target_local_date_time, default=None)

    def obstacle(self, declaration: Declaration) -> str:
        """Return why the device does not apply a declaration."""
        if str(declaration.identifier) not in self._active():
            return "no activation refers to it"
        reason = self._why_invalid(declaration)
        return reason[1] if reason is not None else "another one is processed first"

    def free_at(self) -> dt.datetime:
        """Return the time from which no obstacle prevents the download."""
        behavior = self.state.behavior
        first = self.state.first or dt.datetime.min.replace(tzinfo=dt.timezone.utc)
        return first + max(behavior.no_space, behavior.no_network)

    def _active(self) -> set[str]:
        activations = (d for d in self.declarations if isinstance(d, ActivationSimple))
        return {name for activation in activations for name in activation.standard_configurations}

    def offered(
        self, declaration: SoftwareUpdateEnforcementSpecific
    ) -> AvailableOSUpdatesItem | None:
        """Return the update that a declaration identifies by version and build, if offered.

        The version of a security response is that of its base.
        """
        target = OSVersion(declaration.target_os_version)
        build = declaration.target_build_version
        versions = list(_with_versions(self.state.updates))
        if build is not None:
            named = (u for version, u in versions if version.base == target)
            return next((u for u in named if build == _build(u)), None)
        exact = self.state.device.os_version >= _EXACT_SINCE
        matches = OSVersion.__eq__ if exact else _is_patch_of
        matching = [pair for pair in versions if matches(pair[0], target)]
        return max(matching, key=lambda pair: pair[0])[1] if matching else None

    def _why_invalid(self, declaration: Declaration) -> tuple[str, str] | None:
        """Return the code and the text of the reason to reject a declaration, if there is one."""
        device = self.state.device
        errors = validate(declaration, device).errors
        if errors:
            return _INVALID, errors[0].message
        if isinstance(declaration, SoftwareUpdateEnforcementSpecific):
            target = OSVersion(declaration.target_os_version)
            build = self._builds()[1]
            if is_at(target, declaration.target_build_version, device.os_version, build):
                text = f"target OS version ({target}) is not newer than current version"
                return CANNOT_BE_APPLIED, f"{text} ({device.os_version})"
        return None

    # -- reporting -------------------------------------------------------------------------------

    def report(self, now: dt.datetime) -> StatusReport | None:
        """Report the subscribed status items that have changed, or return ``None``."""
        items = {name: v for name, v in self._items(now).items() if self.reported.get(name) != v}
        self.reported |= items
        return _as_report(items) if items else None

    def _items(self, now: dt.datetime) -> dict[str, Any]:
        """Return the subscribed status items by name."""
        active = self._active()
        wanted = {
            item.name
            for declaration in self.declarations
            if isinstance(declaration, ManagementStatusSubscriptions)
            and declaration.identifier in active
            for item in declaration.status_items
        }
        items = self._update_items(now) | self._version_items()
        known = {name: value for name, value in items.items() if name in wanted}
        known["management.declarations"] = self._verdicts(active)
        return known

    def _verdicts(self, active: set[str]) -> dict[str, Any]:
        """Return what the device says about its declarations, by the lists of a report."""
        verdicts: dict[str, list[dict[str, Any]]] = {"activations": [], "configurations": []}
        for declaration in self.declarations:
            is_activation = isinstance(declaration, ActivationSimple)
            is_active = is_activation or str(declaration.identifier) in active
            reason = self._why_invalid(declaration) if is_active else _NOT_REFERENCED
            verdicts["activations" if is_activation else "configurations"].append(
                _verdict(
                    str(declaration.identifier), declaration.effective_token, is_active, reason
                )
            )
        for other in self.others:
            is_active = other.kind != "configuration" or other.identifier in active
            reason = (_INVALID, other.problem) if other.problem else None
            verdicts.setdefault(_LISTS[other.kind], []).append(
                _verdict(
                    other.identifier,
                    other.server_token,
                    is_active,
                    reason if is_active else _NOT_REFERENCED,
                )
            )
        return verdicts

    def _builds(self) -> tuple[str, str]:
        """Return the build of the base version, and that of the security response."""
        device = self.state.device
        build = device.build or build_of(device.platform, device.os_version)
        base = build_of(device.platform, device.os_version.base)
        return (base if device.os_version.extra else build), build

    def _version_items(self) -> dict[str, Any]:
        """Return the version items. The version never has the letter of a security response."""
        device = self.state.device
        build, supplemental = self._builds()
        prefix = "device.operating-system"
        items: dict[str, Any] = {
            f"{prefix}.version": str(device.os_version.base),
            f"{prefix}.build-version": build,
            f"{prefix}.supplemental.build-version": supplemental,
            f"{prefix}.supplemental.extra-version": device.os_version.extra,
        }
        if device.device_id is not None:
            items["softwareupdate.device-id"] = device.device_id
        return items

    def _update_items(self, now: dt.datetime) -> dict[str, Any]:
        """Return the four items of the pending update."""
        failures = self.state.failures
        failure: dict[str, Any] = {"count": failures}
        enforced = self.enforced()
        update = None if enforced is None else self.offered(enforced)
        if enforced is None or update is None:
            return {
                "softwareupdate.install-state": str(InstallState.NONE),
                "softwareupdate.install-reason": {"reason": []},
                "softwareupdate.pending-version": {"os-version": "", "build-version": ""},
                "softwareupdate.failure-reason": failure,
            }
        state, reason = self.state_of(update, now)
        if reason:
            failure = {"count": failures + 1, "reason": reason}
        elif failures:
            failure["reason"] = KNOWN_ERRORS["MCMDMErrorDomain", 12062].meaning
        return {
            "softwareupdate.install-state": str(state),
            "softwareupdate.install-reason": {
                "reason": [str(InstallReason.DECLARATION)],
                "declaration-id": enforced.identifier,
            },
            "softwareupdate.pending-version": {
                "os-version": enforced.target_os_version,
                "build-version": enforced.target_build_version or "",
                "target-local-date-time": str(enforced.target_local_date_time),
            },
            "softwareupdate.failure-reason": failure,
        }

    def state_of(
        self, update: AvailableOSUpdatesItem, now: dt.datetime
    ) -> tuple[InstallState, str]:
        """Return the state of an enforced update, and the obstacle or an empty string."""
        if now < self.free_at():
            space = self.state.still(self.state.behavior.no_space, now)
            code = 12054 if space else 12056
            return InstallState.WAITING, KNOWN_ERRORS["MCMDMErrorDomain", code].meaning
        progress = self.state.progress.get(str(update.product_key))
        if progress is None or now < progress.prepared:
            return InstallState.DOWNLOADING, ""
        return InstallState.PREPARED, ""


def _verdict(
    identifier: str, server_token: str, is_active: bool, reason: tuple[str, str] | None
) -> dict[str, Any]:
    """Return what the device says about a declaration; the reason is a code and a text."""
    validity = Validity.VALID if reason is None else Validity.INVALID
    if not is_active:
        validity = Validity.UNKNOWN
    verdict: dict[str, Any] = {
        "identifier": identifier,
        "server-token": server_token,
        "active": validity is Validity.VALID,
        "valid": str(validity),
    }
    if reason is not None:
        code, text = reason
        verdict["reasons"] = [{"code": code, "description": text, "details": {"Error": text}}]
    return verdict


def _build(update: AvailableOSUpdatesItem) -> str | None:
    return update.supplemental_build_version or update.build


def _is_patch_of(version: OSVersion, target: OSVersion) -> bool:
    """Return whether 26.1 means this version: 26.1, 26.1.1, and so on."""
    same = (version.major, version.minor) == (target.major, target.minor)
    return version == target or (same and target.patch == 0 and not version.extra)


def _with_versions(
    updates: Iterable[AvailableOSUpdatesItem],
) -> Iterator[tuple[OSVersion, AvailableOSUpdatesItem]]:
    for update in updates:
        version = offered_version(update)
        if version is not None:
            yield version, update


def _as_report(items: Mapping[str, Any]) -> StatusReport:
    """Create a report from items with dotted names."""
    nested: dict[str, Any] = {}
    for name, value in items.items():
        *path, last = name.split(".")
        inner = nested
        for step in path:
            inner = inner.setdefault(step, {})
        inner[last] = value
    return from_dict({"StatusItems": nested, "Errors": []}, StatusReport)
