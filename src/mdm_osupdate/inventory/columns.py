"""The names of device attributes in each management system.

To add a vendor, add a row to ``VENDORS``. Names match in any case, with or without blanks,
underscores and hyphens between words. A dot leads into an object: ``hardware.modelIdentifier``. The
names of objects in ``OPENED`` are left out, and ``.value`` at the end.
"""

import difflib
import re
from collections.abc import Mapping

Columns = Mapping[str, str]
"""Attribute to the column that has it."""

VENDORS: Mapping[str, tuple[Columns, ...]] = {
    "osquery, results of Fleet": ({"name": "host_display_name"}, {"name": "host_hostname"}),
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
            "enrollment": "Enrollment Method",
            "device_id": "Software Update Device ID",
            "serial": "Serial Number",
            "udid": "UDID",
        },
        {
            "name": "Display Name",
            "platform": "Operating System Name",
            "os_version": "OS Version",
            "build": "OS Build",
            "letter": "OS Rapid Security Response",
            "supplemental_build": "OS Supplemental Build Version",
            "enrollment": "Device Ownership Type",
            "shared_ipad": "Shared iPad",
        },
        {"platform": "OS Type", "automated": "Enrolled via DEP"},
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
            "serial": "hardware.serialNumber",
        },
        {
            "name": "general.displayName",
            "os_version": "general.osVersion",
            "build": "general.osBuild",
            "letter": "general.osRapidSecurityResponse",
            "supplemental_build": "general.osSupplementalBuildVersion",
            "device_id": "general.softwareUpdateDeviceId",
            "enrollment": "general.deviceOwnershipType",
            "shared_ipad": "general.sharedIpad",
            "platform": "deviceType",
            "udid": "general.udid",
        },
        {
            "platform": "operatingSystem.name",
            "product": "modelIdentifier",
            "supervised": "ios.supervised",
            "shared_ipad": "ios.shared",
        },
        {"product": "ios.modelIdentifier", "supervised": "tvos.supervised"},
        {"product": "tvos.modelIdentifier", "supervised": "visionos.supervised"},
        {"product": "visionos.modelIdentifier", "supervised": "hardware.supervised"},
        {
            "platform": "general.os_type",
            "product": "general.model_identifier",
            "serial": "general.serial_number",
        },
        {
            "platform": "hardware.os_name",
            "product": "hardware.model_identifier",
            "os_version": "hardware.os_version",
            "build": "hardware.os_build",
            "automated": "general.enrolled_via_dep",
        },
        {"product": "hardware.model"},
    ),
    "Fleet": (
        {
            "name": "display_name",
            "platform": "platform",
            "os_version": "os_version",
            "build": "build",
            "product": "hardware_model",
            "enrollment": "mdm.enrollment_status",
            "serial": "hardware_serial",
            "udid": "uuid",
        },
        {"name": "computer_name", "enrollment": "mdm_enrollment_status"},
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
            "user_enrolled": "user_enrollment",
            "serial": "serial_number",
            "udid": "unique_identifier",
        },
        {"name": "device_name", "product": "model_name"},
    ),
    "Kandji, Iru": (
        {
            "name": "device_name",
            "product": "model_identifier",
            "supplemental_build": "supplemental_build_version",
        },
        {
            "name": "general.device_name",
            "platform": "general.platform",
            "os_version": "general.os_version",
            "supplemental_build": "general.supplemental_build_version",
            "letter": "general.supplemental_os_version_extra",
            "product": "hardware_overview.model_identifier",
            "serial": "hardware_overview.serial_number",
            "supervised": "mdm.supervised",
            "automated": "automated_device_enrollment.auto_enrolled",
        },
        {"platform": "device__family", "product": "general.model", "name": "device__name"},
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
    "Jamf School": (
        {
            "platform": "os.prefix",
            "os_version": "os.version",
            "product": "model.identifier",
            "enrollment": "deviceEnrollType",
        },
    ),
    "Mosyle": (
        {"platform": "os", "product": "device_model", "enrollment": "enrollment_type"},
        {"udid": "deviceudid"},
    ),
    "Workspace ONE": (
        {"name": "DeviceReportedName", "platform": "device_platform"},
        {
            "name": "DeviceFriendlyName",
            "os_version": "device_os_version",
            "serial": "device_serial_number",
        },
        {"name": "Friendly Name"},
    ),
    "Meraki, Hexnode, ManageEngine": (
        {"platform": "osName", "product": "systemModel"},
        {"platform": "platform_type"},
    ),
    "Zentral": (
        {
            "platform": "os_version.name",
            "major": "os_version.major",
            "minor": "os_version.minor",
            "patch": "os_version.patch",
            "build": "os_version.build",
            "automated": "dep_enrollment",
            "serial": "SN",
        },
    ),
    "Snipe-IT": (
        {
            "name": "Asset Name",
            "os_version": "OS Version",
            "product": "model.name",
            "serial": "Serial",
        },
    ),
    "Apple Profile Manager": (
        {"name": "DeviceName", "product": "ProductName", "os_version": "OSVersion"},
    ),
    "Apple Business Manager": (
        {"product": "productType"},
        {"product": "productFamily"},
        {"product": "deviceModel"},
    ),
    "Munki": (
        {
            "name": "hostname",
            "os_version": "os_vers",
            "build": "os_build_number",
            "product": "machine_model",
        },
        {
            "name": "machine.computer_name",
            "os_version": "machine.os_version",
            "build": "machine.buildversion",
            "product": "machine.machine_model",
            "serial": "reportdata.serial_number",
        },
        {"serial": "machine.serial_number"},
    ),
    "cfgutil of Apple Configurator": ({"os_version": "firmwareVersion"},),
    "system_profiler": (
        {
            "name": "local_host_name",
            "os_version": "os_version",
            "product": "machine_model",
            "serial": "serial_number",
        },
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
            "enrollment_id": "EnrollmentID",
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
            "serial": "SERIAL",
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
            "serial": "device.identifier.serial-number",
            "udid": "device.identifier.udid",
        },
        {"product": "device.model.family"},
    ),
    "tables in German": (
        {
            "name": "Gerätename",
            "platform": "Betriebssystem",
            "os_version": "Betriebssystemversion",
            "serial": "Seriennummer",
            "product": "Modell",
            "supervised": "Betreut",
        },
    ),
    "tables in French": (
        {
            "name": "Nom de l'appareil",
            "platform": "Système d'exploitation",
            "os_version": "Version du système d'exploitation",
            "serial": "Numéro de série",
            "product": "Modèle",
            "supervised": "Supervisé",
        },
        {"os_version": "Version du système"},
    ),
    "tables in Spanish": (
        {
            "name": "Nombre del dispositivo",
            "platform": "Sistema operativo",
            "os_version": "Versión del sistema operativo",
            "serial": "Número de serie",
            "product": "Modelo",
            "supervised": "Supervisado",
        },
        {"os_version": "Versión del SO"},
    ),
}
"""The columns of each vendor, by attribute. If several are listed, the first with a value counts.

``product`` is a product name or a marketing name, ``letter`` that of a security response,
``automated`` and ``user_enrolled`` are flags of the enrollment, and ``version_or_build`` is what
its value looks like. ``major``, ``minor`` and ``patch`` are the numbers of a version. ``serial``,
``udid`` and ``enrollment_id`` identify the device.
"""

IDENTIFIERS = ("serial", "udid", "enrollment_id")

READ_FOR: Mapping[str, str] = {
    "letter": "os_version",
    "version_or_build": "build",
    "major": "os_version",
    "minor": "os_version",
    "patch": "os_version",
    "supplemental_build": "build",
    "product": "model",
    "automated": "enrollment",
    "user_enrolled": "enrollment",
    "serial": "identifiers",
    "udid": "identifiers",
    "enrollment_id": "identifiers",
}
"""The attributes of a device that columns belong to, where the names differ."""

OPENED = frozenset(
    (
        "attributes",
        "fields",
        "queryresponses",
        "securityinfo",
        "managementstatus",
        "statusitems",
        "machineinfo",
        "systeminfo",
        "deviceinformation",
        "host",
        "computer",
        "customfields",
        "facts",
        "mobiledevice",
        "data",
        "spsoftwaredatatype",
        "sphardwaredatatype",
    )
)
"""Objects whose keys count as the record's own, by their normalized names."""

_OTHERS = frozenset(
    (
        "osqueryversion",
        "modelnumber",
        "productid",
        "enrollmentstatus",
        "enrollmentdate",
        "enrollmenttime",
        "osbuildlastcomponent",
        "osversmajor",
        "osversminor",
        "serialno",
        "buildid",
        "buildingid",
        "supervisedidentity",
        "_name",
    )
)
"""Columns whose names resemble a known one but that mean something else."""

_LONGEST = 100
"""The maximum length of a column's name. Longer ones are ignored."""


def normalized(column: str) -> str:
    """Normalize the name of a column for comparisons."""
    # The _name of system_profiler is that of a section, so a first underscore counts.
    return re.sub(r"(?<!^)[\s_-]+", "", column.strip().replace("\u2019", "'")).casefold()


_VALUE = ".value"
"""The end of the path to a value that stands beside its type, as in Addigy and Snipe-IT."""


def _path(column: str) -> str:
    *objects, name = normalized(column[:_LONGEST].removesuffix(_VALUE)).split(".")
    return ".".join([*(each for each in objects if each not in OPENED), name])


ATTRIBUTES: Mapping[str, str] = {
    normalized(column): attribute
    for rows in VENDORS.values()
    for row in rows
    for attribute, column in row.items()
}
"""The attribute of each column, by its normalized name; the order is that of preference."""

_RANK = {name: rank for rank, name in enumerate(ATTRIBUTES)}


_IN_OBJECTS: dict[str, dict[str, str]] = {}
"""The attributes by the objects that a column is in, and by its last name."""
for _column, _attribute in ATTRIBUTES.items():
    _objects, _name = _column.rpartition(".")[::2]
    _IN_OBJECTS.setdefault(_objects, {})[_name] = _attribute


def attribute_of(column: str) -> str | None:
    """Return the attribute in a column, or ``None`` if the column is unknown."""
    return ATTRIBUTES.get(_path(column))


def preference(column: str) -> int:
    """Return a number that orders the known columns of one attribute, the preferred one first."""
    return _RANK[_path(column)]


def nearest(column: str) -> str | None:
    """Return the attribute that a misspelled column probably means, or ``None``."""
    path = _path(column)
    if path in _OTHERS:
        return None
    objects, _, name = path.rpartition(".")
    alike = _IN_OBJECTS.get(objects, {})
    near = difflib.get_close_matches(name, alike, n=1, cutoff=0.85)
    return READ_FOR.get(alike[near[0]], alike[near[0]]) if near else None
