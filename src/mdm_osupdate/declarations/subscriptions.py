"""The subscription to status items."""

from collections.abc import Sequence
from typing import ClassVar, Literal

from attrs import frozen

from mdm_osupdate.messages import Message, with_keys

from .activation import Configuration

_FOR_SOFTWARE_UPDATES = (
    "device.operating-system.build-version",
    "device.operating-system.supplemental.build-version",
    "device.operating-system.supplemental.extra-version",
    "device.operating-system.version",
    "softwareupdate.beta-enrollment",
    "softwareupdate.device-id",
    "softwareupdate.failure-reason",
    "softwareupdate.install-reason",
    "softwareupdate.install-state",
    "softwareupdate.pending-version",
)


@frozen(repr=False, eq=False, field_transformer=with_keys)
class SubscribedStatusItem(Message):
    """One status item of a subscription (``Payload.StatusItems[]``)."""

    _wire: ClassVar[Literal["plist", "json"]] = "json"

    name: str


@frozen(kw_only=True, repr=False, eq=False, field_transformer=with_keys)
class ManagementStatusSubscriptions(Configuration):
    """Request reports of status items: now, when one of them changes, and every 24 hours.

    Source: ``declarative/declarations/configurations/management.status-subscriptions.yaml``.
    """

    declaration_type: ClassVar[str] = "com.apple.configuration.management.status-subscriptions"

    status_items: Sequence[SubscribedStatusItem]

    @classmethod
    def for_software_updates(cls) -> "ManagementStatusSubscriptions":
        """Subscribe to the progress of updates and to the installed version and build.

        The report lists items that a device does not support yet as errors.
        """
        return cls(status_items=tuple(map(SubscribedStatusItem, _FOR_SOFTWARE_UPDATES)))
