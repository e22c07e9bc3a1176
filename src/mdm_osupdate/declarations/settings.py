"""The settings of software updates, which replace restrictions, a profile and a command.

Apple merges the settings of all active declarations key by key. The rule of each key is in the
metadata of its field.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from enum import Enum
from itertools import chain
from typing import Any, ClassVar, Literal, TypeVar

import attrs
from attrs import field, frozen

from mdm_osupdate.messages import (
    AutomaticAction,
    Message,
    ProgramEnrollment,
    RecommendedCadence,
    with_keys,
)

from .activation import Configuration
from .declaration import Declaration

M = TypeVar("M", bound=Message)


class Merge(Enum):
    """The rules for merging the values of one key in several declarations."""

    AND = "and"
    """True only if all are."""
    MAX = "max"
    """The largest."""
    FIRST = "first"
    LAST = "last"
    UNION = "union"
    """The items of all, each once."""
    KEYS = "keys"
    """Dictionaries, merged key by key."""


_AND, _MAX, _FIRST, _LAST, _UNION, _KEYS = ({"merge": rule} for rule in Merge)


@frozen(kw_only=True, repr=False, eq=False, field_transformer=with_keys)
class _Setting(Message):
    """The base of the dictionaries in the settings."""

    _wire: ClassVar[Literal["plist", "json"]] = "json"


@frozen(kw_only=True, repr=False, eq=False, field_transformer=with_keys)
class Deferrals(_Setting):
    """The number of days, from 1 to 90, that new updates are hidden from users (``Deferrals``).

    Deferrals do not delay an enforcement. Deferring an update also defers the security responses
    that need it.
    """

    combined_period_in_days: int | None = field(default=None, metadata=_MAX)
    """All updates. Not on macOS."""
    major_period_in_days: int | None = field(default=None, metadata=_MAX)
    """Upgrades to a new major version. macOS only."""
    minor_period_in_days: int | None = field(default=None, metadata=_MAX)
    """Updates within a major version. macOS only."""
    system_period_in_days: int | None = field(default=None, metadata=_MAX)
    """Updates that are not of the operating system, such as Safari's. macOS only."""


@frozen(kw_only=True, repr=False, eq=False, field_transformer=with_keys)
class AutomaticActions(_Setting):
    """The automatic actions of a device (``AutomaticActions``), each ``Allowed`` by default."""

    download: AutomaticAction | str | None = field(default=None, metadata=_LAST)
    """Not on tvOS."""
    install_os_updates: AutomaticAction | str | None = field(default=None, metadata=_LAST)
    """Only used while updates are downloaded automatically."""
    install_security_update: AutomaticAction | str | None = field(default=None, metadata=_LAST)
    """Only used while updates are downloaded automatically. Not on tvOS."""


@frozen(kw_only=True, repr=False, eq=False, field_transformer=with_keys)
class RapidSecurityResponse(_Setting):
    """Security responses (``RapidSecurityResponse``). iOS, iPadOS and macOS only."""

    enable: bool | None = field(default=None, metadata=_AND)
    """False hides responses from users. An enforcement still installs them. True by default."""
    enable_rollback: bool | None = field(default=None, metadata=_AND)
    """True if users may remove a response. True by default."""


@frozen(kw_only=True, repr=False, eq=False, field_transformer=with_keys)
class BetaProgram(_Setting):
    """A beta program of AppleSeed for IT (``OfferPrograms[]``, ``RequireProgram``)."""

    description: str
    """The name that users see."""
    token: str
    """The token of the organization for this program."""


@frozen(kw_only=True, repr=False, eq=False, field_transformer=with_keys)
class Beta(_Setting):
    """Beta programs (``Beta``). iOS, iPadOS and, from 15.4, macOS only."""

    program_enrollment: ProgramEnrollment | str | None = field(default=None, metadata=_LAST)
    """``Allowed`` by default."""
    offer_programs: Sequence[BetaProgram] | None = field(default=None, metadata=_UNION)
    """The programs that users may choose. Not with ``AlwaysOff`` or ``require_program``."""
    require_program: BetaProgram | None = field(default=None, metadata=_FIRST)
    """The program of the device. Only with ``AlwaysOn``, and not with ``offer_programs``."""


@frozen(kw_only=True, repr=False, eq=False, field_transformer=with_keys)
class SoftwareUpdateSettings(Configuration):
    """Control which updates a device shows, downloads and installs on its own, and when.

    Source: ``declarative/declarations/configurations/softwareupdate.settings.yaml``.
    """

    declaration_type: ClassVar[str] = "com.apple.configuration.softwareupdate.settings"

    notifications: bool | None = field(default=None, metadata=_AND)
    """False shows users no notification before the last hour of an enforcement. True by
    default."""
    deferrals: Deferrals | None = field(default=None, metadata=_KEYS)
    recommended_cadence: RecommendedCadence | str | None = field(default=None, metadata=_LAST)
    """Not on macOS and tvOS."""
    automatic_actions: AutomaticActions | None = field(default=None, metadata=_KEYS)
    rapid_security_response: RapidSecurityResponse | None = field(default=None, metadata=_KEYS)
    allow_standard_user_os_updates: bool | None = field(default=None, metadata=_AND)
    """True if users who are not administrators may install updates. macOS only. True by
    default."""
    beta: Beta | None = field(default=None, metadata=_KEYS)


def effective_settings(declarations: Iterable[Declaration]) -> SoftwareUpdateSettings:
    """Merge the settings that are active on a device, as the device does.

    Args:
        declarations: the active declarations of a device. Only settings count. Their order decides
            where Apple says "first" and "last".

    Returns:
        The settings that the device follows. ``None`` means Apple's default.
    """
    settings = [each for each in declarations if isinstance(each, SoftwareUpdateSettings)]
    return _merged(SoftwareUpdateSettings, settings)


def _merged(kind: type[M], messages: Sequence[M]) -> M:
    merged = {}
    for each in attrs.fields(kind):
        values = [getattr(message, each.name) for message in messages]
        given = [value for value in values if value is not None]
        if given and "merge" in each.metadata:
            merged[each.name] = _MERGE[each.metadata["merge"]](given)
    return kind(**merged)


_MERGE: Mapping[Merge, Callable[[list[Any]], Any]] = {
    Merge.AND: all,
    Merge.MAX: max,
    Merge.FIRST: lambda values: values[0],
    Merge.LAST: lambda values: values[-1],
    Merge.UNION: lambda values: tuple(dict.fromkeys(chain.from_iterable(values))),
    Merge.KEYS: lambda values: _merged(type(values[0]), values),
}
