"""The enforcement of one version by a deadline."""

from typing import ClassVar

from attrs import field, frozen

from mdm_osupdate.messages import with_keys
from mdm_osupdate.versions import LocalDateTime

from .activation import Configuration


@frozen(kw_only=True, repr=False, eq=False, field_transformer=with_keys)
class SoftwareUpdateEnforcementSpecific(Configuration):
    """Enforce a version by a deadline: the successor of ``ScheduleOSUpdate``.

    The device downloads and prepares the update on its own, lets its user install it before the
    deadline, and installs it at the deadline. A deadline in the past means now.

    Source: ``declarative/declarations/configurations/softwareupdate.enforcement.specific.yaml``.
    """

    declaration_type: ClassVar[str] = "com.apple.configuration.softwareupdate.enforcement.specific"

    target_os_version: str
    """The exact version, such as ``26.1``, without the letter of a security response. A security
    response is identified by ``target_build_version`` and the version that it is based on."""
    target_local_date_time: LocalDateTime = field(converter=LocalDateTime)
    """The deadline in the device's own time zone, as ``"2026-12-01T19:00:00"`` or a naive
    ``datetime``."""
    target_build_version: str | None = None
    """A build such as ``25B74``, or the build of a security response such as ``25D771280a``. It
    must belong to an update to the target version that Apple offers for the device."""
    details_url: str | None = None
    """A web page about the update, which the device shows as a link."""

    def _usual_identifier(self) -> str:
        word = "".join(c if c.isalnum() or c == "." else "-" for c in self.target_os_version)
        return f"softwareupdate.enforcement.{word.strip('-')}"
