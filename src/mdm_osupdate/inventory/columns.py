"""The columns: what each management system calls the attributes of a device.

To add a vendor, add a row to ``VENDORS``. Names match in any case, with or without blanks,
underscores and hyphens. A dot leads into an object: ``hardware.modelIdentifier``.
"""

import difflib
import re
from collections.abc import Mapping

Columns = Mapping[str, str]
"""Attribute to the column that has it."""

VENDORS: Mapping[str, tuple[Columns, ...]] = {
    "mdm-osupdate": (
        {
            "name": "name",
            "platform": "platform",
            "os_version": "os_version",
            "build": "build",
            "letter": "supplemental_os_version_extra",
            "supplemental_build": "supplemental_build",
            "supervised": "supervised",
            "enrollment": "enrollment",
            "channel": "channel",
            "shared_ipad": "shared_ipad",
            "access_rights": "access_rights",
            "declaration_managed": "declaration_managed",
            "product": "model",
            "device_id": "device_id",
        },
    ),
    "Jamf Pro, exports": (
        {
            "name": "Computer Name",
            "platform": "Operating System",
            "os_version": "Operating System Version",
            "build": "Operating System Build",
            "letter": "Operating System Rapid Security Response",
            "supplemental_build": "Operating System Supplemental Build Version",
            "product": "Model Identifier",
            "supervised": "Supervised",
            "automated": "Enrolled via Automated Device Enrollment",
        },
        {
            "name": "Display Name",
            "os_version": "OS Version",
            "build": "OS Build",
            "letter": "OS Rapid Security Response",
            "supplemental_build": "OS Supplemental Build Version",
            "shared_ipad": "Shared iPad",
        },
    ),
    "Jamf Pro, API": (
        {
            "name": "general.name",
            "platform": "general.platform",
            "supervised": "general.supervised",
            "automated": "general.enrolledViaAutomatedDeviceEnrollment",
            "os_version": "operatingSystem.version",
            "build": "operatingSystem.build",
            "letter": "operatingSystem.rapidSecurityResponse",
            "supplemental_build": "operatingSystem.supplementalBuildVersion",
            "product": "hardware.modelIdentifier",
            "device_id": "operatingSystem.softwareUpdateDeviceId",
        },
        {
            "name": "general.displayName",
            "os_version": "general.osVersion",
            "build": "general.osBuild",
            "letter": "general.osRapidSecurityResponse",
            "supplemental_build": "general.osSupplementalBuildVersion",
            "shared_ipad": "general.sharedIpad",
        },
        {"product": "modelIdentifier"},
    ),
    "Fleet": (
        {
            "name": "display_name",
            "platform": "platform",
            "os_version": "os_version",
            "build": "build",
            "product": "hardware_model",
            "enrollment": "mdm.enrollment_status",
        },
        {"name": "computer_name"},
        {"name": "hostname"},
    ),
    "SimpleMDM": (
        {
            "name": "name",
            "os_version": "os_version",
            "build": "build_version",
            "letter": "supplemental_os_version_extra",
            "supplemental_build": "supplemental_build_version",
            "product": "product_name",
            "supervised": "is_supervised",
            "automated": "is_dep_enrollment",
        },
        {"name": "device_name", "product": "model_name"},
    ),
    "Kandji, Iru": (
        {
            "name": "device_name",
            "product": "model_identifier",
            "supplemental_build": "supplemental_build_version",
        },
    ),
    "Intune": (
        {
            "name": "deviceName",
            "platform": "operatingSystem",
            "os_version": "osVersion",
            "supervised": "isSupervised",
            "enrollment": "deviceEnrollmentType",
        },
        {"platform": "OS"},
    ),
    "Apple Profile Manager": (
        {"name": "DeviceName", "product": "ProductName", "os_version": "OSVersion"},
    ),
    "Apple Business Manager": (
        {"product": "productType"},
        {"product": "Product Type"},
        {"product": "productFamily"},
    ),
    "Munki": (
        {"name": "hostname", "os_version": "os_vers", "build": "os_build_number"},
        {"product": "machine_model"},
    ),
    "sw_vers": (
        {
            "product": "ProductName",
            "os_version": "ProductVersion",
            "letter": "ProductVersionExtra",
            "build": "BuildVersion",
        },
    ),
    "DeviceInformation and SecurityInfo": (
        {
            "name": "DeviceName",
            "os_version": "OSVersion",
            "build": "BuildVersion",
            "letter": "SupplementalOSVersionExtra",
            "supplemental_build": "SupplementalBuildVersion",
            "product": "ProductName",
            "device_id": "SoftwareUpdateDeviceID",
            "supervised": "IsSupervised",
            "shared_ipad": "IsMultiUser",
            "automated": "EnrolledViaDEP",
            "user_enrolled": "IsUserEnrollment",
        },
        {"product": "Model"},
        {"product": "ModelName"},
    ),
    "MachineInfo": (
        {
            "os_version": "OS_VERSION",
            "version_or_build": "VERSION",
            "letter": "SUPPLEMENTAL_OS_VERSION_EXTRA",
            "supplemental_build": "SUPPLEMENTAL_BUILD_VERSION",
            "product": "PRODUCT",
            "device_id": "SOFTWARE_UPDATE_DEVICE_ID",
        },
    ),
    "status reports": (
        {
            "platform": "device.operating-system.family",
            "os_version": "device.operating-system.version",
            "build": "device.operating-system.build-version",
            "letter": "device.operating-system.supplemental.extra-version",
            "supplemental_build": "device.operating-system.supplemental.build-version",
            "product": "device.model.identifier",
            "device_id": "softwareupdate.device-id",
            "enrollment": "mdm.enrollment-type",
            "shared_ipad": "mdm.is-shared-ipad",
        },
        {"product": "device.model.family"},
    ),
    "any": (
        {"name": "serial_number"},
        {"name": "hardware_serial"},
        {"name": "SERIAL"},
        {"name": "udid"},
    ),
}
"""The columns of each vendor, by attribute. If several are listed, the first with a value counts.

``product`` is a product name or a marketing name, ``letter`` that of a security response,
``automated`` and ``user_enrolled`` are flags of the enrollment, and ``version_or_build`` is what
its value looks like.
"""

_IGNORED = frozenset(
    {"osqueryversion", "modelnumber", "productid", "devicetype", "osname", "serialno", "buildid"}
)
"""Columns that are near a known one, and mean something else."""


def normalized(column: str) -> str:
    """Return the form in which names of columns are compared."""
    return re.sub(r"[\s_-]+", "", column).casefold()


ATTRIBUTES: Mapping[str, str] = {
    normalized(column): attribute
    for rows in VENDORS.values()
    for row in rows
    for attribute, column in row.items()
}
"""The attribute of each column, by its normalized name; the order is that of preference."""


def nearest(column: str) -> str | None:
    """Return the attribute that a misspelled column probably means, or ``None``."""
    name = normalized(column)
    if name in _IGNORED or len(name) > 60:
        return None
    alike = [known for known in ATTRIBUTES if known.count(".") == name.count(".")]
    near = difflib.get_close_matches(name, alike, n=1, cutoff=0.85)
    return ATTRIBUTES[near[0]] if near else None
