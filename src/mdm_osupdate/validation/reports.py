"""The checks of status reports."""

from __future__ import annotations

from mdm_osupdate.declarations import (
    DeclarationStatus,
    FailureReasonStatus,
    SoftwareUpdateStatus,
    Status,
    is_inactive,
    reasons_given,
    reported_failure,
)
from mdm_osupdate.errors import show
from mdm_osupdate.messages import Validity

from .registry import Problem, Problems, check
from .responses import negative, undocumented_words


@check("OSU501", Status)
def words_are_documented(part: Status) -> Problems:
    """Find words that Apple does not document."""
    yield from undocumented_words(part)


@check("OSU502", FailureReasonStatus)
def failures_are_not_negative(status: FailureReasonStatus) -> Problems:
    """Find a negative number of failures."""
    yield from negative(count=status.count)


@check("OSU540", SoftwareUpdateStatus)
def update_has_not_failed(status: SoftwareUpdateStatus) -> Problems:
    """Find a failure of the pending update."""
    if failure := reported_failure(status):
        yield Problem("failure-reason" if status.failure_reason else "install-state", failure)


@check("OSU541", DeclarationStatus)
def declaration_is_in_force(status: DeclarationStatus) -> Problems:
    """Find a declaration that the device does not carry out."""
    if is_inactive(status):
        state = "invalid" if status.valid == Validity.INVALID else "inactive"
        message = f"declaration {show(status.identifier)} is {state}: {reasons_given(status)}"
        yield Problem("", message)
