"""The rules: what can be wrong with a message, why, and how it is put right. Data only.

Codes are never reused. Hundreds are families: 1xx the document, 2xx its values, 3xx the device,
4xx the life cycle, 5xx answers, 6xx declarations.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from attrs import frozen

from mdm_osupdate.errors import Finding, Severity

Example = str | Mapping[str, Any]
"""A document as text, or as the dictionary that it holds."""


@frozen(kw_only=True)
class Rule:
    """One thing that can be wrong."""

    code: str
    """Such as ``OSU203``; stable."""
    slug: str
    """The rule's name for people."""
    severity: Severity
    summary: str
    """What is wrong, in one line."""
    explanation: str
    """Why it matters, in a paragraph."""
    hint: str
    """What to do instead, where the case in hand does not call for something more exact."""
    source: str
    """Who says so."""
    example: Example
    """The smallest document that breaks the rule."""
    corrected: Example
    """The same document, put right."""
    device: Mapping[str, Any] | None = None
    """The arguments of the ``Device`` that the example needs."""
    corrected_device: Mapping[str, Any] | None = None
    """The device of the corrected example, where it is the device that is put right."""
    command: Mapping[str, Any] | None = None
    """The command that the example answers, or whose place it takes."""
    corrected_command: Mapping[str, Any] | None = None
    """The command of the corrected example, where it is the command that is put right."""

    def finding(self, path: str, message: str, hint: str | None = None) -> Finding:
        """Make a finding of this rule; ``hint`` replaces the rule's own."""
        return Finding(self.code, self.severity, path, message, hint or self.hint, self.source)


_DTD = "Apple, PropertyList-1.0.dtd"
_PLIST = "Apple, property list formats (CoreFoundation)"
_ENVELOPE = "Apple, Device Management documentation: the command and its response"
_SCHEDULE = "Apple, device-management schema: system.update.schedule.yaml"
_SCAN = "Apple, device-management schema: system.update.scan.yaml"
_STATUS = "Apple, device-management schema: system.update.status.yaml"
_SCHEMA = "Apple, device-management schema: mdm/commands/system.update.*.yaml"
_OURS = "this library's limit for what comes from a network"


def _command(**keys: Any) -> dict[str, Any]:
    return {"Command": keys, "CommandUUID": "0001"}


def _schedule(**item: Any) -> dict[str, Any]:
    return _command(RequestType="ScheduleOSUpdate", Updates=[item])


_MAC = {"platform": "macOS", "os_version": "14.4", "supervised": True, "enrollment": "automated"}
_IPHONE = {"platform": "iOS", "os_version": "17.3", "supervised": True, "access_rights": 8191}
_ASAP = {"InstallAction": "InstallASAP"}


def _answer(**keys: Any) -> dict[str, Any]:
    return {"CommandUUID": "0001", "Status": "Acknowledged", "UDID": "0000-0001"} | keys


_ASKED = _schedule(ProductKey="iOSUpdate21E236", InstallAction="InstallASAP")
_STARTED = {
    "ProductKey": "iOSUpdate21E236",
    "InstallAction": "InstallASAP",
    "Status": "Installing",
}


def _progress(**item: Any) -> dict[str, Any]:
    return _answer(OSUpdateStatus=[{"ProductKey": "iOSUpdate21E236"} | item])


def _xml(body: str, before: str = "", doctype: str = "") -> str:
    header = f'{before}<?xml version="1.0" encoding="UTF-8"?>\n{doctype}'
    return f'{header}<plist version="1.0">\n{body}\n</plist>\n'


_GOOD_XML = """<dict>
    <key>Command</key>
    <dict>
        <key>RequestType</key>
        <string>OSUpdateStatus</string>
    </dict>
    <key>CommandUUID</key>
    <string>0001</string>
</dict>"""
_GOOD = _xml(_GOOD_XML)

_ENFORCEMENT = (
    "Apple, device-management schema: "
    "declarative/declarations/configurations/softwareupdate.enforcement.specific.yaml"
)
_JSON = "RFC 8259"
_TARGET = {"TargetOSVersion": "26.1", "TargetLocalDateTime": "2026-12-01T19:00:00"}


def _members(members: Mapping[str, str], indent: int) -> str:
    lines = (f'{" " * indent}"{name}": "{value}"' for name, value in members.items())
    return ",\n".join(lines)


def _enforcement(**payload: str) -> str:
    envelope = {
        "Type": "com.apple.configuration.softwareupdate.enforcement.specific",
        "Identifier": "softwareupdate.enforcement.26.1",
        "ServerToken": "1",
    }
    inside = _members(_TARGET | payload, 8)
    return f'{{\n{_members(envelope, 4)},\n    "Payload": {{\n{inside}\n    }}\n}}'


_RULES = (
    # -- 1xx: the document -----------------------------------------------------------------------
    Rule(
        code="OSU101",
        slug="malformed",
        severity=Severity.ERROR,
        summary="The document is no property list, or a damaged one.",
        explanation="What cannot be read cannot be checked, and a device answers it with CommandFormatError at best. Templates with a placeholder left in (<<UUID()>>), files cut off on the way and documents of another kind end here.",
        hint="Compare with `plutil -lint`; let a property-list library write the document.",
        source=_PLIST,
        example=_xml(_GOOD_XML.replace("0001", "<<UUID()>>")),
        corrected=_GOOD,
    ),
    Rule(
        code="OSU102",
        slug="space-before-declaration",
        severity=Severity.ERROR,
        summary="White space stands before the XML declaration.",
        explanation="XML wants `<?xml` to be the very first characters of a document that has a declaration. A template that begins with an empty line breaks this, and strict parsers then refuse all of it.",
        hint="Delete everything before `<?xml`.",
        source="W3C, XML 1.0, section 2.8",
        example=_xml(_GOOD_XML, before="\n"),
        corrected=_GOOD,
    ),
    Rule(
        code="OSU103",
        slug="empty-document",
        severity=Severity.ERROR,
        summary="The document is empty.",
        explanation="As the body of a server's reply, zero bytes mean that there are no more commands; as a command or an answer they mean nothing.",
        hint="If this was meant as 'no more commands', there is nothing to check; otherwise find out why nothing was written.",
        source=_ENVELOPE,
        example="\n",
        corrected=_GOOD,
    ),
    Rule(
        code="OSU104",
        slug="past-a-limit",
        severity=Severity.ERROR,
        summary="The document is larger, deeper or holds more values than a limit allows.",
        explanation="The messages of these commands have some kilobytes, five levels and a few hundred values. What goes far beyond is a mistake or an attack: a binary property list of 3 KB can stand for two million values.",
        hint="Look at what the document holds; if it is honest, read it with larger `limits`.",
        source=_OURS,
        example=_xml("<array>" * 40 + "</array>" * 40),
        corrected=_GOOD,
    ),
    Rule(
        code="OSU105",
        slug="entity-declaration",
        severity=Severity.ERROR,
        summary="The document declares an XML entity, or refers to one that nobody declares.",
        explanation="Property lists need none. A few declarations can make a parser fill the memory or read files, and an entity without one, such as &nbsp;, is dropped without a word. Documents with either are refused unread.",
        hint="Write the text out where the entity stands, and delete the declaration.",
        source=_DTD,
        example=_xml(_GOOD_XML, doctype='<!DOCTYPE plist [<!ENTITY id "0001">]>\n'),
        corrected=_GOOD,
    ),
    Rule(
        code="OSU106",
        slug="unwritable-value",
        severity=Severity.ERROR,
        summary="A value cannot stand in a property list, or would come back as another one.",
        explanation="Integers have 64 bits. Dates are in UTC and in whole seconds. XML has no control characters and turns a carriage return into a newline. Binary property lists can hold null, UIDs and keys that are no strings, which no MDM message has. Such values are refused, for otherwise they would change without a word.",
        hint="Change the value into one that property lists hold.",
        source=_PLIST,
        example=_xml("<dict><key>Status</key><integer>99999999999999999999</integer></dict>"),
        corrected=_GOOD,
    ),
    Rule(
        code="OSU107",
        slug="duplicate-key",
        severity=Severity.WARNING,
        summary="A key stands twice in one dictionary.",
        explanation="Parsers keep one of the two values and drop the other without a word, and not every parser keeps the same one.",
        hint="Delete one of the two.",
        source=_PLIST,
        example=_xml(
            _GOOD_XML.replace(
                "</string>\n</dict>",
                "</string>\n    <key>CommandUUID</key>\n    <string>0002</string>\n</dict>",
            )
        ),
        corrected=_GOOD,
    ),
    Rule(
        code="OSU108",
        slug="second-root",
        severity=Severity.ERROR,
        summary="More than one value stands in <plist>.",
        explanation="A property list holds one value. Apple's parser refuses a second one; others keep the last and drop the first without a word.",
        hint="Put each message into a document of its own.",
        source=_DTD,
        example=_xml("<string>left over</string>\n" + _GOOD_XML),
        corrected=_GOOD,
    ),
    Rule(
        code="OSU109",
        slug="foreign-content",
        severity=Severity.ERROR,
        summary="An element or a text stands where property lists have none.",
        explanation="Some parsers skip what they do not know, and the value is lost; Apple's refuses the document.",
        hint="Property lists have dict, array, key, string, integer, real, true, false, date and data; use one of them, or a comment.",
        source=_DTD,
        example=_xml(
            _GOOD_XML.replace("<dict>\n    <key>Command<", "<dict>\n    <note/>\n    <key>Command<")
        ),
        corrected=_GOOD,
    ),
    Rule(
        code="OSU110",
        slug="not-a-dictionary",
        severity=Severity.ERROR,
        summary="The document is not a dictionary.",
        explanation="Every MDM message is one dictionary. A list of commands is no message: a reply carries one command.",
        hint="Put each command into a document of its own, as a dictionary with CommandUUID and Command.",
        source=_ENVELOPE,
        example=_xml("<array>\n" + _GOOD_XML + "\n</array>"),
        corrected=_GOOD,
    ),
    Rule(
        code="OSU111",
        slug="bare-command",
        severity=Severity.ERROR,
        summary="The document is only the inside of a command.",
        explanation="A device looks for CommandUUID and Command at the top, and RequestType and its keys inside Command. Some servers take the inner dictionary and wrap it themselves; a device does not.",
        hint="Put this dictionary under the key Command, and a CommandUUID beside it.",
        source=_ENVELOPE,
        example={"RequestType": "OSUpdateStatus"},
        corrected=_command(RequestType="OSUpdateStatus"),
    ),
    Rule(
        code="OSU112",
        slug="other-command",
        severity=Severity.INFO,
        summary="This is a command of MDM, but none of the software-update commands.",
        explanation="Only ScheduleOSUpdate, ScheduleOSUpdateScan, AvailableOSUpdates and OSUpdateStatus are known here, so nothing of this command was checked.",
        hint="Nothing needs to change.",
        source=_SCHEMA,
        example=_command(RequestType="DeviceInformation", Queries=["OSVersion"]),
        corrected=_command(RequestType="OSUpdateStatus"),
    ),
    Rule(
        code="OSU113",
        slug="no-message",
        severity=Severity.ERROR,
        summary="The document is a property list, but neither a command nor an answer.",
        explanation="A command has Command and CommandUUID at the top, an answer has Status. This document has neither; it may be a profile or a file of settings.",
        hint="Give the messages only; or add what is missing: Command and CommandUUID, or Status.",
        source=_ENVELOPE,
        example={"PayloadType": "Configuration"},
        corrected=_command(RequestType="OSUpdateStatus"),
    ),
    Rule(
        code="OSU114",
        slug="nested-command",
        severity=Severity.ERROR,
        summary="A Command stands in a Command.",
        explanation="A server that wraps what it is given wraps a whole command once more, and the device then finds no RequestType where it looks for one.",
        hint="Keep one Command: either give the server the inner dictionary, or send the outer one as it is.",
        source=_ENVELOPE,
        example=_command(Command={"RequestType": "OSUpdateStatus"}),
        corrected=_command(RequestType="OSUpdateStatus"),
    ),
    Rule(
        code="OSU115",
        slug="command-uuid-missing",
        severity=Severity.WARNING,
        summary="The command has no CommandUUID.",
        explanation="A device needs one, and names it in its answer. Some servers add it to what they queue, so this may be right for a template.",
        hint="Add a CommandUUID of any text that is unique, unless your server adds it.",
        source=_ENVELOPE,
        example={"Command": {"RequestType": "OSUpdateStatus"}},
        corrected=_command(RequestType="OSUpdateStatus"),
    ),
    Rule(
        code="OSU116",
        slug="command-uuid-empty",
        severity=Severity.ERROR,
        summary="CommandUUID is empty.",
        explanation="The answer to a command is recognised by its CommandUUID; with an empty one no two commands can be told apart.",
        hint="Use any text that is unique, such as the output of `uuidgen`.",
        source=_ENVELOPE,
        example={"Command": {"RequestType": "OSUpdateStatus"}, "CommandUUID": ""},
        corrected=_command(RequestType="OSUpdateStatus"),
    ),
    Rule(
        code="OSU117",
        slug="misspelt-request-type",
        severity=Severity.ERROR,
        summary="RequestType is almost, but not quite, that of a software-update command.",
        explanation="A device answers a request type that it does not know with Status Error, MCMDMErrorDomain 12021.",
        hint="Use ScheduleOSUpdate, ScheduleOSUpdateScan, AvailableOSUpdates or OSUpdateStatus.",
        source=_SCHEMA,
        example=_command(RequestType="ScheduleOsUpdates", Updates=[]),
        corrected=_schedule(InstallAction="Default", ProductVersion="17.4.1"),
    ),
    Rule(
        code="OSU120",
        slug="key-missing",
        severity=Severity.ERROR,
        summary="A key is missing without which the message cannot be understood.",
        explanation="Few keys are needed to read a message: RequestType in a command, InstallAction in each of its updates, Status in an answer. One of them is not there.",
        hint="Add the key.",
        source=_SCHEMA,
        example=_schedule(ProductVersion="17.4.1"),
        corrected=_schedule(ProductVersion="17.4.1", InstallAction="Default"),
    ),
    Rule(
        code="OSU121",
        slug="wrong-type",
        severity=Severity.ERROR,
        summary="A key's value is of a type that the key does not take.",
        explanation="A property list has types: <string>5</string> is not the number 5. Several tools write MaxUserDeferrals as text, and devices then refuse the command or ignore the key. Reading keeps such a value in `unknown`, as it came.",
        hint="Write the value with the type that the key takes.",
        source=_SCHEMA,
        example=_schedule(
            ProductVersion="14.5", InstallAction="InstallLater", MaxUserDeferrals="5"
        ),
        corrected=_schedule(
            ProductVersion="14.5", InstallAction="InstallLater", MaxUserDeferrals=5
        ),
    ),
    Rule(
        code="OSU122",
        slug="read-differently",
        severity=Severity.WARNING,
        summary="A number stands for a value of another type, and is read as that.",
        explanation="Old devices send 0 and 1 for booleans, and reals for integers. They are understood here, and written as Apple documents them; a stricter reader refuses them.",
        hint="Write the value with the type that the key takes.",
        source=_SCHEMA,
        example=_command(RequestType="ScheduleOSUpdateScan", Force=1),
        corrected=_command(RequestType="ScheduleOSUpdateScan", Force=True),
    ),
    Rule(
        code="OSU123",
        slug="unknown-key",
        severity=Severity.WARNING,
        summary="A key is not documented at the place where it stands.",
        explanation="Devices ignore keys that they do not know. So a misspelt key, or one at the wrong level, does nothing, and nobody says so. Reading keeps it in `unknown`.",
        hint="Delete the key, or check its spelling and its place.",
        source=_SCHEMA,
        example=_schedule(ProductVersion="14.5", InstallAction="InstallLater", MaxUserDeferral=5),
        corrected=_schedule(
            ProductVersion="14.5", InstallAction="InstallLater", MaxUserDeferrals=5
        ),
    ),
    Rule(
        code="OSU124",
        slug="misspelt-in-sample",
        severity=Severity.WARNING,
        summary="The key is spelt as in Apple's sample, not as devices read it.",
        explanation="Apple's own sample of ScheduleOSUpdateScan has ForceUpdateScan; the schema, the older reference and the Mac itself have Force. A Mac ignores the former, and scans when it likes.",
        hint="Write Force.",
        source=_SCAN,
        example=_command(RequestType="ScheduleOSUpdateScan", ForceUpdateScan=True),
        corrected=_command(RequestType="ScheduleOSUpdateScan", Force=True),
    ),
    Rule(
        code="OSU125",
        slug="undocumented-key",
        severity=Severity.INFO,
        summary="The key is not documented for this message, but known to occur.",
        explanation="Devices and clients have keys that Apple's description of these messages leaves out. They are kept in `unknown`, and do no harm.",
        hint="Nothing needs to change.",
        source="devices' answers, captured, and published readings of Apple's client code",
        example=_answer(RequestType="OSUpdateStatus", OSUpdateStatus=[]),
        corrected=_answer(OSUpdateStatus=[]),
    ),
    Rule(
        code="OSU126",
        slug="kept-for-reading-only",
        severity=Severity.WARNING,
        summary="A value is read as it stands, and cannot be written again in this format.",
        explanation="XML can hold a carriage return as a character reference, which a property-list library writes as a plain one and reads back as a newline; a real can be NaN, and a date in a binary document can have a fraction of a second. They are kept as they are; `dumps` refuses to write what would come back as something else.",
        hint="Expect the value as it stands here, and change it before you write it.",
        source=_PLIST,
        example=_xml(_GOOD_XML.replace("0001", "a&#13;b")),
        corrected=_GOOD,
    ),
    # -- 2xx: the values of a command ------------------------------------------------------------
    Rule(
        code="OSU201",
        slug="unknown-install-action",
        severity=Severity.ERROR,
        summary="InstallAction is none of the six words that Apple documents.",
        explanation="By report, iOS refuses a command with an action that it does not know, and macOS logs it and proceeds as with Default, which is hardly what was meant. Servers with their own vocabulary (INSTALL_ASAP) have to translate it.",
        hint="Use Default, DownloadOnly, InstallASAP, NotifyOnly, InstallLater or InstallForceRestart.",
        source=_SCHEDULE,
        example=_schedule(ProductVersion="17.4.1", InstallAction="INSTALL_ASAP"),
        corrected=_schedule(ProductVersion="17.4.1", InstallAction="InstallASAP"),
    ),
    Rule(
        code="OSU202",
        slug="unknown-priority",
        severity=Severity.ERROR,
        summary="Priority is neither Low nor High.",
        explanation="Apple documents two priorities for download and preparation, and Low is what a Mac takes without the key.",
        hint="Use Low or High, or leave the key out.",
        source=_SCHEDULE,
        example=_schedule(ProductVersion="14.5", InstallAction="Default", Priority="Urgent"),
        corrected=_schedule(ProductVersion="14.5", InstallAction="Default", Priority="High"),
    ),
    Rule(
        code="OSU203",
        slug="product-missing",
        severity=Severity.ERROR,
        summary="An update names neither a ProductKey nor a ProductVersion.",
        explanation="The device must be told which update is meant: by the key that AvailableOSUpdates gave, by a version, or by both. A Mac answers with an error; of iOS it is reported that it takes its newest update, which nobody should rely on.",
        hint="Add ProductVersion (iOS 11.3, macOS 12.0, tvOS 12.2 and newer), or the ProductKey that AvailableOSUpdates gives.",
        source=_SCHEDULE,
        example=_schedule(InstallAction="Default"),
        corrected=_schedule(InstallAction="Default", ProductVersion="17.4.1"),
    ),
    Rule(
        code="OSU204",
        slug="updates-missing",
        severity=Severity.WARNING,
        summary="A ScheduleOSUpdate command has no Updates.",
        explanation="The schema requires the key; its prose says what a device does without it: take the newest update, with Default. Say what you mean instead.",
        hint="Add Updates, an array of at least one dictionary with InstallAction and a product.",
        source=_SCHEDULE,
        example=_command(RequestType="ScheduleOSUpdate"),
        corrected=_schedule(InstallAction="Default", ProductVersion="17.4.1"),
    ),
    Rule(
        code="OSU205",
        slug="updates-empty",
        severity=Severity.WARNING,
        summary="Updates is empty.",
        explanation="Nothing is asked for by name. What a device makes of it is documented nowhere; a Mac is reported to scan and to take all that it finds.",
        hint="Add at least one update with InstallAction and a product.",
        source=_SCHEDULE,
        example=_command(RequestType="ScheduleOSUpdate", Updates=[]),
        corrected=_schedule(InstallAction="Default", ProductVersion="17.4.1"),
    ),
    Rule(
        code="OSU206",
        slug="product-mismatch",
        severity=Severity.WARNING,
        summary="ProductKey and ProductVersion name different releases.",
        explanation="Both may be given. When they contradict each other, one of them was left from an earlier command, and Apple does not say which one wins.",
        hint="Delete the one that is out of date.",
        source=_SCHEDULE,
        example=_schedule(
            ProductKey="_MACOS_14.4.1", ProductVersion="14.5", InstallAction="Default"
        ),
        corrected=_schedule(
            ProductKey="_MACOS_14.5", ProductVersion="14.5", InstallAction="Default"
        ),
    ),
    Rule(
        code="OSU207",
        slug="deferrals-without-install-later",
        severity=Severity.WARNING,
        summary="MaxUserDeferrals stands beside another action than InstallLater.",
        explanation="Only InstallLater lets a user put the update off, so only there is it counted how often. Beside other actions the key does nothing.",
        hint="Use InstallLater, or delete MaxUserDeferrals.",
        source=_SCHEDULE,
        example=_schedule(ProductVersion="14.5", InstallAction="InstallASAP", MaxUserDeferrals=3),
        corrected=_schedule(
            ProductVersion="14.5", InstallAction="InstallLater", MaxUserDeferrals=3
        ),
    ),
    Rule(
        code="OSU208",
        slug="negative-deferrals",
        severity=Severity.ERROR,
        summary="MaxUserDeferrals is negative.",
        explanation="The key counts how often the user may put the update off. Apple gives no upper bound and no meaning for a negative number.",
        hint="Use 0 or more; without the key the user decides.",
        source=_SCHEDULE,
        example=_schedule(ProductVersion="14.5", InstallAction="InstallLater", MaxUserDeferrals=-1),
        corrected=_schedule(
            ProductVersion="14.5", InstallAction="InstallLater", MaxUserDeferrals=1
        ),
    ),
    Rule(
        code="OSU209",
        slug="security-response-by-version",
        severity=Severity.WARNING,
        summary="A security response is asked for by version.",
        explanation="A Rapid Security Response (since 26 a Background Security Improvement) such as 13.4.1 (a) cannot be addressed by ProductVersion, only by the ProductKey that AvailableOSUpdates lists.",
        hint="Give the ProductKey of the response instead of its version.",
        source=_SCHEDULE,
        example=_schedule(ProductVersion="13.4.1 (a)", InstallAction="InstallASAP"),
        corrected=_schedule(
            ProductKey="MSU_UPDATE_22F770820d_patch_13.4.1_rsr", InstallAction="InstallASAP"
        ),
    ),
    Rule(
        code="OSU210",
        slug="unreadable-version",
        severity=Severity.WARNING,
        summary="ProductVersion is no version.",
        explanation="A device compares ProductVersion with the versions of the updates that it finds, such as 17.4.1. A build, a name or the word 'latest' matches none of them.",
        hint="Write one to three numbers joined by points.",
        source=_SCHEDULE,
        example=_schedule(ProductVersion="latest", InstallAction="Default"),
        corrected=_schedule(ProductVersion="17.4.1", InstallAction="Default"),
    ),
    Rule(
        code="OSU211",
        slug="empty-product-key",
        severity=Severity.WARNING,
        summary="ProductKey is empty.",
        explanation="An empty key names no update; it is what a template writes when it has nothing to fill in.",
        hint="Delete the key if there is a ProductVersion, or fill it in.",
        source=_SCHEDULE,
        example=_schedule(ProductKey="", ProductVersion="17.4.1", InstallAction="Default"),
        corrected=_schedule(ProductVersion="17.4.1", InstallAction="Default"),
    ),
    Rule(
        code="OSU212",
        slug="forced-restart",
        severity=Severity.WARNING,
        summary="InstallForceRestart restarts the Mac whatever is open.",
        explanation="The Mac updates as with Default and then restarts without asking, so what a user has not saved is lost. That can be what you want; nobody should be surprised by it.",
        hint="Use InstallLater with MaxUserDeferrals to give users a last chance, or keep it and tell them.",
        source=_SCHEDULE,
        example=_schedule(ProductVersion="14.5", InstallAction="InstallForceRestart"),
        corrected=_schedule(
            ProductVersion="14.5", InstallAction="InstallLater", MaxUserDeferrals=3
        ),
    ),
    # -- 3xx: the device -------------------------------------------------------------------------
    Rule(
        code="OSU301",
        slug="command-not-on-platform",
        severity=Severity.ERROR,
        summary="The platform has no such command.",
        explanation="ScheduleOSUpdateScan is for Macs alone; watchOS and visionOS have none of the four commands. A device answers a command that it does not know with Status Error, MCMDMErrorDomain 12021.",
        hint="Do not send it to this platform.",
        source=_SCHEMA,
        example=_command(RequestType="ScheduleOSUpdateScan"),
        corrected=_command(RequestType="ScheduleOSUpdateScan"),
        device={"platform": "iOS", "os_version": "17.4"},
        corrected_device=_MAC,
    ),
    Rule(
        code="OSU302",
        slug="command-too-new",
        severity=Severity.ERROR,
        summary="The device's version is older than the command.",
        explanation="A device answers a command that its version does not know with Status Error, MCMDMErrorDomain 12021.",
        hint="Update the device by other means first.",
        source=_SCHEMA,
        example=_command(RequestType="OSUpdateStatus"),
        corrected=_command(RequestType="OSUpdateStatus"),
        device=_MAC | {"os_version": "10.11"},
        corrected_device=_MAC | {"os_version": "10.14"},
    ),
    Rule(
        code="OSU303",
        slug="key-not-on-platform",
        severity=Severity.ERROR,
        summary="The platform has no such key.",
        explanation="MaxUserDeferrals and Priority are for Macs alone. Other platforms ignore them, so an iPhone's user is not limited in the way that the command seems to say.",
        hint="Delete the key from what goes to this platform.",
        source=_SCHEDULE,
        example=_schedule(ProductVersion="17.4.1", InstallAction="InstallASAP", Priority="High"),
        corrected=_schedule(ProductVersion="17.4.1", InstallAction="InstallASAP"),
        device=_IPHONE,
    ),
    Rule(
        code="OSU304",
        slug="key-too-new",
        severity=Severity.ERROR,
        summary="The device's version is older than the key.",
        explanation="Keys were added over the years, such as ProductVersion in iOS 11.3 and macOS 12.0, Priority in macOS 12.3. An older device ignores what it does not know.",
        hint="Leave the key out; for ProductVersion, give the ProductKey instead.",
        source=_SCHEDULE,
        example=_schedule(ProductVersion="12.5", InstallAction="InstallASAP"),
        corrected=_schedule(ProductKey="_MACOS_12.5", InstallAction="InstallASAP"),
        device=_MAC | {"os_version": "11.7"},
    ),
    Rule(
        code="OSU305",
        slug="minor-updates-only",
        severity=Severity.WARNING,
        summary="MaxUserDeferrals or Priority stands beside a major upgrade.",
        explanation="Both keys work for minor updates only: from 12.x to 12.y, not from 12 to 13. Beside a major upgrade they do nothing.",
        hint="Delete the key, or update within the major version first.",
        source=_SCHEDULE,
        example=_schedule(ProductVersion="14.5", InstallAction="InstallLater", MaxUserDeferrals=3),
        corrected=_schedule(
            ProductVersion="13.7", InstallAction="InstallLater", MaxUserDeferrals=3
        ),
        device=_MAC | {"os_version": "13.6"},
    ),
    Rule(
        code="OSU306",
        slug="value-not-on-platform",
        severity=Severity.ERROR,
        summary="The platform does not know this value.",
        explanation="NotifyOnly, InstallLater and InstallForceRestart are for Macs alone. By report, iOS refuses a command with another action than Default, DownloadOnly and InstallASAP.",
        hint="Use Default, DownloadOnly or InstallASAP.",
        source=_SCHEDULE,
        example=_schedule(ProductVersion="17.4.1", InstallAction="InstallLater"),
        corrected=_schedule(ProductVersion="17.4.1", InstallAction="InstallASAP"),
        device=_IPHONE,
    ),
    Rule(
        code="OSU307",
        slug="value-too-new",
        severity=Severity.ERROR,
        summary="The device's version is older than the value.",
        explanation="Macs know DownloadOnly and InstallForceRestart since macOS 11.0. An older Mac proceeds as with Default, by report.",
        hint="Use Default, InstallASAP, NotifyOnly or InstallLater.",
        source=_SCHEDULE,
        example=_schedule(ProductKey="091-09590", InstallAction="DownloadOnly"),
        corrected=_schedule(ProductKey="091-09590", InstallAction="InstallASAP"),
        device=_MAC | {"os_version": "10.15"},
    ),
    Rule(
        code="OSU310",
        slug="unsupervised",
        severity=Severity.ERROR,
        summary="The command is for supervised devices, and this one is not.",
        explanation="Software-update commands need supervision, but for AvailableOSUpdates on a Mac. A device that is not supervised refuses them.",
        hint="Supervise the device: enrol it by Automated Device Enrollment or with Apple Configurator.",
        source=_SCHEMA,
        example=_schedule(ProductVersion="17.4.1", InstallAction="InstallASAP"),
        corrected=_schedule(ProductVersion="17.4.1", InstallAction="InstallASAP"),
        device=_IPHONE | {"supervised": False},
        corrected_device=_IPHONE,
    ),
    Rule(
        code="OSU311",
        slug="user-channel",
        severity=Severity.ERROR,
        summary="The command is sent on a user channel.",
        explanation="All four commands work on the device channel only.",
        hint="Send it to the device, not to one of its users.",
        source=_SCHEMA,
        example=_command(RequestType="OSUpdateStatus"),
        corrected=_command(RequestType="OSUpdateStatus"),
        device=_MAC | {"channel": "user"},
        corrected_device=_MAC,
    ),
    Rule(
        code="OSU312",
        slug="user-enrollment",
        severity=Severity.ERROR,
        summary="The device is under User Enrollment.",
        explanation="Under User Enrollment the device belongs to its user, and a server cannot update it.",
        hint="Ask the user to update, or enrol the device as the organisation's.",
        source=_SCHEMA,
        example=_command(RequestType="OSUpdateStatus"),
        corrected=_command(RequestType="OSUpdateStatus"),
        device=_MAC | {"enrollment": "user"},
        corrected_device=_MAC | {"enrollment": "device"},
    ),
    Rule(
        code="OSU313",
        slug="access-right-missing",
        severity=Severity.ERROR,
        summary="The MDM profile lacks an access right that the command needs.",
        explanation="On iOS, iPadOS and tvOS the commands need the right to manage apps, bit 4096 of AccessRights in the MDM profile. On a Mac they need none.",
        hint="Enrol the device with a profile that has the right: an update of a profile cannot add it.",
        source=_SCHEMA,
        example=_command(RequestType="OSUpdateStatus"),
        corrected=_command(RequestType="OSUpdateStatus"),
        device=_IPHONE | {"access_rights": 4095},
        corrected_device=_IPHONE | {"access_rights": 8191},
    ),
    Rule(
        code="OSU314",
        slug="shared-ipad",
        severity=Severity.WARNING,
        summary="A Shared iPad refuses while a user is logged in.",
        explanation="On a Shared iPad the command fails with MCMDMErrorDomain 12077 as long as somebody is logged in.",
        hint="Log the user out first (LogOutUser), or send it when nobody is.",
        source="Apple, MDM Protocol Reference (2017)",
        example=_schedule(ProductVersion="17.4.1", InstallAction="InstallASAP"),
        corrected=_schedule(ProductVersion="17.4.1", InstallAction="InstallASAP"),
        device=_IPHONE | {"platform": "iPadOS", "shared_ipad": True},
        corrected_device=_IPHONE | {"platform": "iPadOS", "shared_ipad": False},
    ),
    Rule(
        code="OSU315",
        slug="more-than-one-update",
        severity=Severity.WARNING,
        summary="Updates has more than one item, and the device takes one.",
        explanation="An iPhone, an iPad and an Apple TV install one update at a time. By report they refuse a command with more, with MCMDMErrorDomain 12008.",
        hint="Keep the item of the newest version.",
        source="published readings of Apple's client code",
        example=_command(
            RequestType="ScheduleOSUpdate",
            Updates=[_ASAP | {"ProductVersion": "17.4"}, _ASAP | {"ProductVersion": "17.4.1"}],
        ),
        corrected=_command(
            RequestType="ScheduleOSUpdate", Updates=[_ASAP | {"ProductVersion": "17.4.1"}]
        ),
        device=_IPHONE,
    ),
    Rule(
        code="OSU316",
        slug="not-newer",
        severity=Severity.WARNING,
        summary="The version asked for is not newer than the device's own.",
        explanation="There is nothing to update. By report a Mac refuses a version older than its own.",
        hint="Ask for a newer version, or leave the device in peace.",
        source="published readings of Apple's client code",
        example=_schedule(ProductVersion="17.3", InstallAction="InstallASAP"),
        corrected=_schedule(ProductVersion="17.4.1", InstallAction="InstallASAP"),
        device=_IPHONE,
    ),
    Rule(
        code="OSU317",
        slug="old-mac-without-automated-enrollment",
        severity=Severity.WARNING,
        summary="A Mac this old was updated only after Automated Device Enrollment.",
        explanation="Apple's reference of 2017 wants Macs to be enrolled by Automated Device Enrollment (DEP) for ScheduleOSUpdate; today's schema does not. No source says which version changed it; Macs with 10.13 still refused.",
        hint="Re-enrol the Mac by Automated Device Enrollment, or update it by hand.",
        source="Apple, MDM Protocol Reference (2017)",
        example=_schedule(ProductKey="091-09590", InstallAction="InstallASAP"),
        corrected=_schedule(ProductKey="091-09590", InstallAction="InstallASAP"),
        device=_MAC | {"os_version": "10.13.6", "enrollment": "device"},
        corrected_device=_MAC | {"os_version": "10.13.6", "enrollment": "automated"},
    ),
    Rule(
        code="OSU318",
        slug="download-is-half-the-way",
        severity=Severity.WARNING,
        summary="DownloadOnly downloads, and one more command installs.",
        explanation="On iOS, iPadOS and tvOS an update takes two commands: one that downloads, and one that installs what is downloaded. After DownloadOnly nothing is installed until that second command comes, or the user decides to.",
        hint="Send InstallASAP once the download is complete; or use Default for both.",
        source=_SCHEDULE,
        example=_schedule(ProductVersion="17.4.1", InstallAction="DownloadOnly"),
        corrected=_schedule(ProductVersion="17.4.1", InstallAction="Default"),
        device=_IPHONE,
    ),
    # -- 4xx: the life cycle ---------------------------------------------------------------------
    Rule(
        code="OSU401",
        slug="deprecated",
        severity=Severity.WARNING,
        summary="The command is deprecated since 26.",
        explanation="The four commands still work on 26, and are gone on 27. Their successor is the declaration com.apple.configuration.softwareupdate.enforcement.specific, which devices understand since iOS and iPadOS 17.0, macOS 14.0, tvOS 18.4.",
        hint="Send the declaration com.apple.configuration.softwareupdate.enforcement.specific instead.",
        source="Apple, device-management schema of release 26.0",
        example=_schedule(ProductVersion="26.1", InstallAction="InstallASAP"),
        corrected=_enforcement(),
        device=_MAC | {"os_version": "26.0", "declaration_managed": False},
    ),
    Rule(
        code="OSU402",
        slug="removed",
        severity=Severity.ERROR,
        summary="The command was removed in 27.",
        explanation="A device on 27 or newer does not know the four commands. Their successor is the declaration com.apple.configuration.softwareupdate.enforcement.specific; what OSUpdateStatus told, the status item softwareupdate.install-state tells.",
        hint="Send the declaration com.apple.configuration.softwareupdate.enforcement.specific instead.",
        source="Apple, device-management schema of release 27.0 (seed)",
        example=_schedule(ProductVersion="27.1", InstallAction="InstallASAP"),
        corrected=_enforcement(TargetOSVersion="27.1"),
        device=_MAC | {"os_version": "27.0"},
    ),
    Rule(
        code="OSU403",
        slug="declaration-wins",
        severity=Severity.WARNING,
        summary="A declaration manages the device's updates, and wins.",
        explanation="While a softwareupdate.enforcement.specific declaration is active, the device ignores ScheduleOSUpdate and answers with an informational error; AvailableOSUpdates and OSUpdateStatus leave the managed update out.",
        hint="Change the declaration instead, or remove it first.",
        source="Apple, device-management schema of release 18.0",
        example=_schedule(ProductVersion="14.5", InstallAction="InstallASAP"),
        corrected=_schedule(ProductVersion="14.5", InstallAction="InstallASAP"),
        device=_MAC | {"declaration_managed": True},
        corrected_device=_MAC | {"declaration_managed": False},
    ),
    Rule(
        code="OSU410",
        slug="not-carried-over",
        severity=Severity.WARNING,
        summary="The command says something that no declaration can say.",
        explanation="A declaration has a version and a time, and always installs: it cannot only notify or only download, it counts no deferrals (a user may put the update off until its time), it has no priority, and it is about one version. What a command says beyond that is lost when a declaration takes its place.",
        hint="Decide whether the declaration will do without it; otherwise keep sending the command as long as the device takes it.",
        source=_ENFORCEMENT,
        example=_enforcement(),
        corrected=_enforcement(),
        command=_schedule(ProductVersion="26.1", InstallAction="NotifyOnly"),
        corrected_command=_schedule(ProductVersion="26.1", InstallAction="InstallASAP"),
    ),
    Rule(
        code="OSU411",
        slug="other-target",
        severity=Severity.ERROR,
        summary="The declaration does not enforce the version that the command asks for.",
        explanation="A declaration names a version, and a command may name a product key instead. Many keys tell no version (iOSUpdate23B74, 091-09590): then nobody can say from the command alone which version was meant.",
        hint="Put the version that the command means into TargetOSVersion.",
        source=_ENFORCEMENT,
        example=_enforcement(),
        corrected=_enforcement(),
        command=_schedule(ProductVersion="26.2", InstallAction="InstallASAP"),
        corrected_command=_schedule(ProductVersion="26.1", InstallAction="InstallASAP"),
    ),
    # -- 5xx: answers ----------------------------------------------------------------------------
    Rule(
        code="OSU501",
        slug="unknown-word",
        severity=Severity.WARNING,
        summary="An answer has a word that Apple does not document for this key.",
        explanation="The word is kept as it came. A server that expects only documented words stumbles over it; a simulator should not send it.",
        hint="Treat the word as one that may come; in a simulator, use a documented one.",
        source=_SCHEMA,
        example=_answer(
            UpdateResults=[{"ProductKey": "iOSUpdate21E236", "Status": "UpdateAvailable"}]
        ),
        corrected=_answer(UpdateResults=[{"ProductKey": "iOSUpdate21E236", "Status": "Idle"}]),
    ),
    Rule(
        code="OSU502",
        slug="negative-number",
        severity=Severity.ERROR,
        summary="A size or a count in an answer is negative.",
        explanation="Sizes are bytes, counts are counts; a negative one is a mistake of the sender, often an overflow.",
        hint="Do not calculate with it; in a simulator, send 0 or more.",
        source=_SCHEMA,
        example=_progress(MaxDeferrals=-1),
        corrected=_progress(MaxDeferrals=1),
    ),
    Rule(
        code="OSU503",
        slug="percent-out-of-range",
        severity=Severity.ERROR,
        summary="DownloadPercentComplete is not between 0.0 and 1.0.",
        explanation="Whatever its name says, the key holds a fraction: 0.5 is half.",
        hint="Send a fraction from 0.0 to 1.0.",
        source=_STATUS,
        example=_progress(DownloadPercentComplete=50.0),
        corrected=_progress(DownloadPercentComplete=0.5),
    ),
    Rule(
        code="OSU504",
        slug="sender-missing",
        severity=Severity.INFO,
        summary="An answer has neither UDID nor EnrollmentID.",
        explanation="Devices name themselves by UDID, or by EnrollmentID under User Enrollment. Without either a server has only the device's certificate to go by.",
        hint="In a simulator, send UDID.",
        source=_ENVELOPE,
        example={"Status": "Idle"},
        corrected={"Status": "Idle", "UDID": "0000-0001"},
    ),
    Rule(
        code="OSU505",
        slug="answer-without-command-uuid",
        severity=Severity.WARNING,
        summary="An answer other than Idle has no CommandUUID.",
        explanation="A server knows by CommandUUID which command is answered. Only Idle answers none.",
        hint="Send the CommandUUID of the command that is answered.",
        source=_ENVELOPE,
        example={"Status": "Acknowledged", "UDID": "0000-0001"},
        corrected=_answer(),
    ),
    Rule(
        code="OSU506",
        slug="more-deferrals-left-than-allowed",
        severity=Severity.WARNING,
        summary="DeferralsRemaining is greater than MaxDeferrals.",
        explanation="A user cannot have more deferrals left than there were.",
        hint="Trust neither number; in a simulator, count down from MaxDeferrals.",
        source=_STATUS,
        example=_progress(MaxDeferrals=3, DeferralsRemaining=4),
        corrected=_progress(MaxDeferrals=3, DeferralsRemaining=2),
    ),
    Rule(
        code="OSU510",
        slug="answer-key-not-on-device",
        severity=Severity.WARNING,
        summary="An answer has a key that such a device does not send.",
        explanation="The key is documented for another platform or for newer versions. The device is another one than the server believes, or the answer comes from a simulator that does not know.",
        hint="Look at what the device says of itself; in a simulator, leave the key out.",
        source=_SCHEMA,
        example=_progress(MaxDeferrals=3),
        corrected=_progress(),
        device=_IPHONE,
    ),
    Rule(
        code="OSU511",
        slug="answer-word-not-on-device",
        severity=Severity.WARNING,
        summary="An answer has a word that such a device does not send.",
        explanation="The word is documented for another platform or for newer versions, such as DownloadRequiresComputer, which only iOS says.",
        hint="Look at what the device says of itself; in a simulator, use another word.",
        source=_SCHEDULE,
        example=_answer(
            UpdateResults=[
                {
                    "ProductKey": "_MACOS_14.5",
                    "InstallAction": "InstallASAP",
                    "Status": "DownloadRequiresComputer",
                }
            ]
        ),
        corrected=_answer(
            UpdateResults=[
                {
                    "ProductKey": "_MACOS_14.5",
                    "InstallAction": "InstallASAP",
                    "Status": "DownloadFailed",
                }
            ]
        ),
        device=_MAC,
    ),
    Rule(
        code="OSU520",
        slug="another-action",
        severity=Severity.WARNING,
        summary="The device scheduled another action than the one asked for.",
        explanation="Apple allows it: a device chooses what its state makes possible. The server should go by what the answer says, not by what it asked for. After Default every action is as asked.",
        hint="Go by the action in the answer.",
        source=_SCHEDULE,
        example=_answer(UpdateResults=[_STARTED | {"InstallAction": "DownloadOnly"}]),
        corrected=_answer(UpdateResults=[_STARTED]),
        command=_ASKED,
    ),
    Rule(
        code="OSU521",
        slug="product-not-asked-for",
        severity=Severity.WARNING,
        summary="The answer is about a product that the command does not name.",
        explanation="Each item of UpdateResults is about an update that the command asked for; here every update was asked for by key, and this key is none of them.",
        hint="Find out which command this answers.",
        source=_SCHEDULE,
        example=_answer(UpdateResults=[_STARTED | {"ProductKey": "iOSUpdate21F79"}]),
        corrected=_answer(UpdateResults=[_STARTED]),
        command=_ASKED,
    ),
    Rule(
        code="OSU522",
        slug="results-missing",
        severity=Severity.INFO,
        summary="The device acknowledges the command and says nothing of its updates.",
        explanation="That is right after a restart: the answer was lost in it, the server sent the command again, and the device has nothing left to do. It does not mean that something failed.",
        hint="Ask for the device's version, to see whether the update is installed.",
        source="Apple, Device Management documentation: Schedule an OS Update",
        example=_answer(),
        corrected=_answer(UpdateResults=[_STARTED]),
        command=_ASKED,
    ),
    Rule(
        code="OSU523",
        slug="answers-another-command",
        severity=Severity.ERROR,
        summary="The answer's CommandUUID is not the command's.",
        explanation="Answers are matched to commands by CommandUUID, and by nothing else.",
        hint="Look the command up by the answer's CommandUUID.",
        source=_ENVELOPE,
        example=_answer(CommandUUID="0002", UpdateResults=[_STARTED]),
        corrected=_answer(UpdateResults=[_STARTED]),
        command=_ASKED,
    ),
    Rule(
        code="OSU524",
        slug="answer-of-another-kind",
        severity=Severity.ERROR,
        summary="The answer has the keys of another command's answer.",
        explanation="The command and the answer carry the same CommandUUID, yet the answer is one to another request type: one of the two was mixed up.",
        hint="Find out which command this answers.",
        source=_ENVELOPE,
        example=_answer(OSUpdateStatus=[]),
        corrected=_answer(UpdateResults=[_STARTED]),
        command=_ASKED,
    ),
    # -- 6xx: declarations -----------------------------------------------------------------------
    Rule(
        code="OSU601",
        slug="malformed-json",
        severity=Severity.ERROR,
        summary="The document begins as JSON does, and is none.",
        explanation="Declarations and status reports are JSON. A comma too many, a key without quotes, NaN, or a text cut off on the way makes it unreadable, and a device takes nothing of it.",
        hint="Let a JSON library write the document; `python3 -m json.tool` shows where it breaks off.",
        source=_JSON,
        example=_enforcement().replace('"1",', '"1"'),
        corrected=_enforcement(),
    ),
    Rule(
        code="OSU602",
        slug="other-declaration",
        severity=Severity.INFO,
        summary="This is a declaration, but none that is known here.",
        explanation="Four declarations are checked: the enforcement of a version, the settings of software updates, the activation that makes them active, and the subscription to status items. Others are not checked.",
        hint="Nothing needs to change.",
        source="this library",
        example=_enforcement().replace("softwareupdate.enforcement.specific", "passcode.settings"),
        corrected=_enforcement(),
    ),
    Rule(
        code="OSU603",
        slug="no-declaration",
        severity=Severity.ERROR,
        summary="The document is JSON, but neither a declaration nor a status report.",
        explanation="A declaration has Type, Identifier, ServerToken and Payload, a status report StatusItems. Servers that take only the Payload add the rest themselves; such a document cannot be told from any other.",
        hint="Add what is missing: Type, Identifier, ServerToken and Payload. Commands and their answers are property lists: `mdm-osupdate convert --to xml` turns JSON back.",
        source="Apple, device-management schema: declarative/declarations/declarationbase.yaml",
        example=f"{{\n{_members(_TARGET, 4)}\n}}",
        corrected=_enforcement(),
    ),
    Rule(
        code="OSU610",
        slug="unreadable-target",
        severity=Severity.ERROR,
        summary="TargetOSVersion is no version.",
        explanation="A version is one to three numbers with points between them, such as 26.1, and perhaps the letter of a security response, such as 26.1 (a). Builds (23B74) belong into TargetBuildVersion.",
        hint="Write a version such as 26.1 or 26.1.1.",
        source=_ENFORCEMENT,
        example=_enforcement(TargetOSVersion="macOS 26.1"),
        corrected=_enforcement(),
    ),
    Rule(
        code="OSU611",
        slug="no-local-time",
        severity=Severity.ERROR,
        summary="TargetLocalDateTime is not in Apple's format.",
        explanation="The format is yyyy-mm-ddThh:mm:ss, to the second and without a zone: each device takes it in its own. A Z or an offset at its end, or missing seconds, make the declaration invalid.",
        hint="Write a time such as 2026-12-01T19:00:00.",
        source=_ENFORCEMENT,
        example=_enforcement(TargetLocalDateTime="2026-12-01T19:00:00Z"),
        corrected=_enforcement(),
    ),
    Rule(
        code="OSU612",
        slug="no-web-page",
        severity=Severity.WARNING,
        summary="DetailsURL is the address of no web page.",
        explanation="The device shows its user a link to the page, in the notification of the update and in Settings.",
        hint="Write an address that begins with https://, or delete the key.",
        source=_ENFORCEMENT,
        example=_enforcement(DetailsURL="it.example.org/updates"),
        corrected=_enforcement(DetailsURL="https://it.example.org/updates"),
    ),
    Rule(
        code="OSU613",
        slug="unreadable-build",
        severity=Severity.WARNING,
        summary="TargetBuildVersion does not look like a build.",
        explanation="A build is a number, a letter and a number, such as 23B74 or 23B5044l. If it does not go with TargetOSVersion, the device follows TargetOSVersion.",
        hint="Delete the key, unless you test a seed.",
        source=_ENFORCEMENT,
        example=_enforcement(TargetBuildVersion="26.1.0"),
        corrected=_enforcement(TargetBuildVersion="23B74"),
    ),
    Rule(
        code="OSU620",
        slug="declaration-not-on-platform",
        severity=Severity.ERROR,
        summary="The platform does not enforce versions by declaration.",
        explanation="The declaration is for iOS, iPadOS, macOS, tvOS and visionOS; an Apple Watch takes neither it nor any of the commands.",
        hint="Have the update installed by hand; an Apple Watch is updated with its iPhone.",
        source=_ENFORCEMENT,
        example=_enforcement(),
        corrected=_enforcement(),
        device={
            "platform": "watchOS",
            "os_version": "11.0",
            "supervised": True,
            "enrollment": "device",
        },
        corrected_device=_MAC | {"os_version": "26.0"},
    ),
    Rule(
        code="OSU621",
        slug="declaration-too-new",
        severity=Severity.ERROR,
        summary="The device's version is older than the declaration.",
        explanation="The declaration came with iOS and iPadOS 17.0, macOS 14.0, tvOS 18.4 and visionOS 26.0. An older device calls it invalid, and reports so.",
        hint="Send ScheduleOSUpdate while the device has that; from then on, declarations.",
        source=_ENFORCEMENT,
        example=_enforcement(),
        corrected=_enforcement(),
        device=_MAC | {"os_version": "13.6"},
        corrected_device=_MAC | {"os_version": "14.0"},
    ),
    Rule(
        code="OSU622",
        slug="declaration-unsupervised",
        severity=Severity.ERROR,
        summary="On a Mac the declaration is for supervised ones, and this one is not.",
        explanation="An iPhone, an iPad, an Apple TV and a Vision Pro take the declaration under Device Enrollment, too; a Mac must be supervised.",
        hint="Supervise the Mac: enrol it by Automated Device Enrollment, or have its user approve the MDM profile.",
        source=_ENFORCEMENT,
        example=_enforcement(),
        corrected=_enforcement(),
        device=_MAC | {"os_version": "26.0", "supervised": False},
        corrected_device=_MAC | {"os_version": "26.0"},
    ),
    Rule(
        code="OSU623",
        slug="declaration-in-user-scope",
        severity=Severity.ERROR,
        summary="The declaration is sent on a user channel.",
        explanation="The declaration works in the system scope only, which the device channel serves.",
        hint="Send it to the device, not to one of its users.",
        source=_ENFORCEMENT,
        example=_enforcement(),
        corrected=_enforcement(),
        device=_MAC | {"os_version": "26.0", "channel": "user"},
        corrected_device=_MAC | {"os_version": "26.0"},
    ),
    Rule(
        code="OSU624",
        slug="declaration-in-user-enrollment",
        severity=Severity.ERROR,
        summary="The device is under User Enrollment, which does not allow the declaration.",
        explanation="Under User Enrollment the device belongs to its user, and a server cannot have it updated.",
        hint="Ask the user to update, or enrol the device as the organisation's.",
        source=_ENFORCEMENT,
        example=_enforcement(),
        corrected=_enforcement(),
        device=_IPHONE | {"os_version": "26.0", "enrollment": "user"},
        corrected_device=_IPHONE | {"os_version": "26.0", "enrollment": "device"},
    ),
    Rule(
        code="OSU625",
        slug="target-not-newer",
        severity=Severity.WARNING,
        summary="The device has the version already, or a newer one.",
        explanation="A device is never taken back to an older version, and one that has the version reports that nothing is pending.",
        hint="Enforce a newer version, or remove the declaration.",
        source=_ENFORCEMENT,
        example=_enforcement(),
        corrected=_enforcement(),
        device=_MAC | {"os_version": "26.1.1"},
        corrected_device=_MAC | {"os_version": "26.0.1"},
    ),
    Rule(
        code="OSU626",
        slug="base-version-missing",
        severity=Severity.ERROR,
        summary="A security response is enforced on a device that does not have its base version.",
        explanation="A security response such as 26.1 (a) can only be installed where 26.1 is; a device with 26.0 cannot install it.",
        hint="Enforce the base version first, by a declaration of its own.",
        source=_ENFORCEMENT,
        example=_enforcement(TargetOSVersion="26.1 (a)"),
        corrected=_enforcement(TargetOSVersion="26.1 (a)"),
        device=_MAC | {"os_version": "26.0"},
        corrected_device=_MAC | {"os_version": "26.1"},
    ),
)

RULES: Mapping[str, Rule] = MappingProxyType({rule.code: rule for rule in _RULES})
"""Every rule, by its code."""
