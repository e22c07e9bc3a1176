"""The rules about the form of documents, whatever they say."""

from mdm_osupdate.errors import Severity

from .examples import (
    DTD,
    ENVELOPE,
    GOOD,
    GOOD_XML,
    JSON,
    OURS,
    PLIST,
    SCAN,
    SCHEMA,
    TARGET,
    command_of,
    enforcement,
    members,
    response,
    schedule,
    xml,
)
from .rule import Rule

DOCUMENTS = (
    Rule(
        code="OSU101",
        slug="malformed",
        severity=Severity.ERROR,
        summary="The document is not a property list, or is damaged.",
        explanation=(
            "An unreadable document cannot be checked, and a device responds with "
            "CommandFormatError at best. Typical causes are a placeholder left in a template "
            "(<<UUID()>>), a truncated file, and a document of another kind."
        ),
        hint="Run `plutil -lint` on it, and let a property-list library write the document.",
        source=PLIST,
        example=xml(GOOD_XML.replace("0001", "<<UUID()>>")),
        corrected=GOOD,
    ),
    Rule(
        code="OSU102",
        slug="space-before-declaration",
        severity=Severity.ERROR,
        summary="White space precedes the XML declaration.",
        explanation=(
            "XML requires `<?xml` to be the very first characters of a document that has a "
            "declaration. A template that begins with an empty line breaks this, and strict "
            "parsers then reject the whole document."
        ),
        hint="Delete everything before `<?xml`.",
        source="W3C, XML 1.0, section 2.8",
        example=xml(GOOD_XML, before="\n"),
        corrected=GOOD,
    ),
    Rule(
        code="OSU103",
        slug="empty-document",
        severity=Severity.ERROR,
        summary="The document is empty.",
        explanation=(
            "As the body of a server's reply, zero bytes mean that there are no more commands. "
            "As a command or a response, they mean nothing."
        ),
        hint=(
            "If this was meant as 'no more commands', there is nothing to check. Otherwise find "
            "out why nothing was written."
        ),
        source=ENVELOPE,
        example="\n",
        corrected=GOOD,
    ),
    Rule(
        code="OSU104",
        slug="limit-exceeded",
        severity=Severity.ERROR,
        summary="The document is larger, deeper or holds more values than a limit allows.",
        explanation=(
            "Messages of these commands have a few kilobytes, five levels and a few hundred "
            "values. A document far beyond that is a mistake or an attack: a binary property "
            "list of 3 KB can stand for two million values."
        ),
        hint=(
            "Look at what the document holds. If it is legitimate, read it with larger `limits`, "
            "or split the file."
        ),
        source=OURS,
        example=xml("<array>" * 40 + "</array>" * 40),
        corrected=GOOD,
    ),
    Rule(
        code="OSU105",
        slug="entity-declaration",
        severity=Severity.ERROR,
        summary="The document declares an XML entity, or uses one that is not declared.",
        explanation=(
            "Property lists need no entity declarations. A few of them can make a parser fill "
            "the memory or read files, and an undeclared entity such as &nbsp; is silently "
            "dropped. Documents with either are rejected before they are read."
        ),
        hint="Replace the entity with its text, and delete the declaration.",
        source=DTD,
        example=xml(GOOD_XML, doctype='<!DOCTYPE plist [<!ENTITY id "0001">]>\n'),
        corrected=GOOD,
    ),
    Rule(
        code="OSU106",
        slug="unwritable-value",
        severity=Severity.ERROR,
        summary="A value cannot be written, or would be read back as another one.",
        explanation=(
            "Integers have 64 bits. Dates are in UTC and in whole seconds. XML has no control "
            "characters and turns a carriage return into a newline. Binary property lists can "
            "hold null, UIDs and keys that are not strings, which no MDM message has. Such "
            "values are rejected because they would change silently."
        ),
        hint="Use a value that property lists can hold.",
        source=PLIST,
        example=xml("<dict><key>Status</key><integer>99999999999999999999</integer></dict>"),
        corrected=GOOD,
    ),
    Rule(
        code="OSU107",
        slug="duplicate-key",
        severity=Severity.WARNING,
        summary="A key occurs twice in one dictionary.",
        explanation=(
            "Parsers silently keep one of the two values and drop the other. Not every parser "
            "keeps the same one."
        ),
        hint="Delete one of the two.",
        source=PLIST,
        example=xml(
            GOOD_XML.replace(
                "</string>\n</dict>",
                "</string>\n    <key>CommandUUID</key>\n    <string>0002</string>\n</dict>",
            )
        ),
        corrected=GOOD,
    ),
    Rule(
        code="OSU108",
        slug="second-root",
        severity=Severity.ERROR,
        summary="The <plist> element has more than one value.",
        explanation=(
            "A property list holds one value. Apple's parser rejects a second one. Others keep "
            "the last and silently drop the first."
        ),
        hint="Put each message into a document of its own.",
        source=DTD,
        example=xml("<string>left over</string>\n" + GOOD_XML),
        corrected=GOOD,
    ),
    Rule(
        code="OSU109",
        slug="unexpected-content",
        severity=Severity.ERROR,
        summary="The document has an element or a text that property lists do not have.",
        explanation=(
            "Some parsers skip what they do not know, and the value is lost. Apple's parser "
            "rejects the document."
        ),
        hint=(
            "Use one of dict, array, key, string, integer, real, true, false, date and data, or "
            "a comment."
        ),
        source=DTD,
        example=xml(
            GOOD_XML.replace("<dict>\n    <key>Command<", "<dict>\n    <note/>\n    <key>Command<")
        ),
        corrected=GOOD,
    ),
    Rule(
        code="OSU110",
        slug="not-a-dictionary",
        severity=Severity.ERROR,
        summary="The document is not a dictionary.",
        explanation=(
            "Every MDM message is one dictionary. A list of commands is not a message: a reply "
            "carries one command."
        ),
        hint=(
            "Put each command into a document of its own, as a dictionary with CommandUUID and "
            "Command."
        ),
        source=ENVELOPE,
        example=xml("<array>\n" + GOOD_XML + "\n</array>"),
        corrected=GOOD,
    ),
    Rule(
        code="OSU111",
        slug="bare-command",
        severity=Severity.ERROR,
        summary="The document is only the inner dictionary of a command.",
        explanation=(
            "A device looks for CommandUUID and Command at the top level, and for RequestType "
            "and its keys inside Command. Some servers accept the inner dictionary and wrap it "
            "themselves. A device does not."
        ),
        hint=(
            "Put this dictionary under the key Command, and add a CommandUUID beside it, unless "
            "your server does, as Workspace ONE."
        ),
        source=ENVELOPE,
        example={"RequestType": "OSUpdateStatus"},
        corrected=command_of(RequestType="OSUpdateStatus"),
    ),
    Rule(
        code="OSU112",
        slug="other-command",
        severity=Severity.INFO,
        summary="This is an MDM command, but not one of the software-update commands.",
        explanation=(
            "Only ScheduleOSUpdate, ScheduleOSUpdateScan, AvailableOSUpdates and OSUpdateStatus "
            "are checked. Nothing in this command was checked."
        ),
        hint="Nothing needs to change.",
        source=SCHEMA,
        example=command_of(RequestType="DeviceInformation", Queries=["OSVersion"]),
        corrected=command_of(RequestType="OSUpdateStatus"),
    ),
    Rule(
        code="OSU113",
        slug="not-a-message",
        severity=Severity.ERROR,
        summary="The document is a property list, but neither a command nor a response.",
        explanation=(
            "A command has Command and CommandUUID at the top level, and a response has Status. "
            "This document has none of them. It may be a profile or a file of settings."
        ),
        hint="Check messages only, or add the missing keys: Command and CommandUUID, or Status.",
        source=ENVELOPE,
        example={"PayloadType": "Configuration"},
        corrected=command_of(RequestType="OSUpdateStatus"),
    ),
    Rule(
        code="OSU114",
        slug="nested-command",
        severity=Severity.ERROR,
        summary="Command contains another Command.",
        explanation=(
            "A server that wraps what it receives has wrapped a complete command again. The "
            "device then finds no RequestType where it looks for one."
        ),
        hint=(
            "Keep one Command: either give the server the inner dictionary, or send the outer "
            "one as it is."
        ),
        source=ENVELOPE,
        example=command_of(Command={"RequestType": "OSUpdateStatus"}),
        corrected=command_of(RequestType="OSUpdateStatus"),
    ),
    Rule(
        code="OSU115",
        slug="command-uuid-missing",
        severity=Severity.WARNING,
        summary="The command has no CommandUUID.",
        explanation=(
            "A device needs a CommandUUID, and repeats it in its response. Some servers add it "
            "to what they queue, so a template may be right without it."
        ),
        hint="Add a unique CommandUUID, unless your server adds it.",
        source=ENVELOPE,
        example={"Command": {"RequestType": "OSUpdateStatus"}},
        corrected=command_of(RequestType="OSUpdateStatus"),
    ),
    Rule(
        code="OSU116",
        slug="command-uuid-empty",
        severity=Severity.ERROR,
        summary="CommandUUID is empty.",
        explanation=(
            "The response to a command is recognized by its CommandUUID. With an empty one, two "
            "commands cannot be told apart."
        ),
        hint="Use any unique text, such as the output of `uuidgen`.",
        source=ENVELOPE,
        example={"Command": {"RequestType": "OSUpdateStatus"}, "CommandUUID": ""},
        corrected=command_of(RequestType="OSUpdateStatus"),
    ),
    Rule(
        code="OSU117",
        slug="misspelled-request-type",
        severity=Severity.ERROR,
        summary="RequestType is almost the name of a software-update command.",
        explanation=(
            "A device responds to an unknown request type with Status Error and "
            "MCMDMErrorDomain 12021."
        ),
        hint="Use ScheduleOSUpdate, ScheduleOSUpdateScan, AvailableOSUpdates or OSUpdateStatus.",
        source=SCHEMA,
        example=command_of(RequestType="ScheduleOsUpdates", Updates=[]),
        corrected=schedule(InstallAction="Default", ProductVersion="17.4.1"),
    ),
    Rule(
        code="OSU120",
        slug="key-missing",
        severity=Severity.ERROR,
        summary="A required key is missing.",
        explanation=(
            "Few keys are needed to understand a message: RequestType in a command, "
            "InstallAction in each of its updates, Status in a response. One of them is "
            "missing."
        ),
        hint="Add the key.",
        source=SCHEMA,
        example=schedule(ProductVersion="17.4.1"),
        corrected=schedule(ProductVersion="17.4.1", InstallAction="Default"),
    ),
    Rule(
        code="OSU121",
        slug="wrong-type",
        severity=Severity.ERROR,
        summary="A value has the wrong type for its key.",
        explanation=(
            "Property lists have types: <string>5</string> is not the number 5. Several tools "
            "write MaxUserDeferrals as text, and devices then reject the command or ignore the "
            "key. Reading keeps such a value unchanged in `unknown`."
        ),
        hint="Write the value with the type that the key has.",
        source=SCHEMA,
        example=schedule(ProductVersion="14.5", InstallAction="InstallLater", MaxUserDeferrals="5"),
        corrected=schedule(ProductVersion="14.5", InstallAction="InstallLater", MaxUserDeferrals=5),
    ),
    Rule(
        code="OSU122",
        slug="type-converted",
        severity=Severity.WARNING,
        summary="A number has another type than its key, and is converted.",
        explanation=(
            "Old devices send 0 and 1 for booleans, and reals for integers. They are converted "
            "on reading, and written as Apple documents them. A stricter reader rejects them."
        ),
        hint="Write the value with the type that the key has.",
        source=SCHEMA,
        example=command_of(RequestType="ScheduleOSUpdateScan", Force=1),
        corrected=command_of(RequestType="ScheduleOSUpdateScan", Force=True),
    ),
    Rule(
        code="OSU123",
        slug="unknown-key",
        severity=Severity.WARNING,
        summary="The key is not documented in this place.",
        explanation=(
            "Devices silently ignore keys that they do not know. A misspelled key, or one at "
            "the wrong level, therefore does nothing. Reading keeps it in `unknown`."
        ),
        hint="Delete the key, or check its spelling and its place.",
        source=SCHEMA,
        example=schedule(ProductVersion="14.5", InstallAction="InstallLater", MaxUserDeferral=5),
        corrected=schedule(ProductVersion="14.5", InstallAction="InstallLater", MaxUserDeferrals=5),
    ),
    Rule(
        code="OSU124",
        slug="misspelled-in-sample",
        severity=Severity.WARNING,
        summary="The key is spelled as in an Apple sample or page, not as devices read it.",
        explanation=(
            "Apple's own sample of ScheduleOSUpdateScan has ForceUpdateScan in the command and "
            "ScanInititated in the response, but the schema, the older reference and the Mac "
            "itself have Force and ScanInitiated. A Mac ignores ForceUpdateScan, and scans at a "
            "time of its own choice. Both are read as the correct key."
        ),
        hint="Use the documented spelling.",
        source=SCAN,
        example=command_of(RequestType="ScheduleOSUpdateScan", ForceUpdateScan=True),
        corrected=command_of(RequestType="ScheduleOSUpdateScan", Force=True),
    ),
    Rule(
        code="OSU125",
        slug="undocumented-key",
        severity=Severity.INFO,
        summary="The key is not documented for this message, but is known to occur.",
        explanation=(
            "Devices and clients use keys that Apple's description of these messages omits. "
            "They are kept in `unknown`, and do no harm."
        ),
        hint="Nothing needs to change.",
        source="captured responses of devices, and published analyses of Apple's client code",
        example=response(RequestType="OSUpdateStatus", OSUpdateStatus=[]),
        corrected=response(OSUpdateStatus=[]),
    ),
    Rule(
        code="OSU126",
        slug="readable-only",
        severity=Severity.WARNING,
        summary="The value can be read, but cannot be written again in this format.",
        explanation=(
            "XML can hold a carriage return as a character reference, which a property-list "
            "library writes as a plain one and reads back as a newline. A real can be NaN, and "
            "a date in a binary document can have a fraction of a second. Such values are kept "
            "as they are, but `dumps` rejects them because they would be read back as something "
            "else."
        ),
        hint="Change the value before you write it.",
        source=PLIST,
        example=xml(GOOD_XML.replace("0001", "a&#13;b")),
        corrected=GOOD,
    ),
    Rule(
        code="OSU127",
        slug="inside-another-document",
        severity=Severity.INFO,
        summary="The message is inside another document, and was checked there.",
        explanation=(
            "Servers log and forward messages inside their own documents, and scripts, "
            "collections of requests and pages of documentation contain them. They are extracted "
            "and checked. Lines and columns refer to the outer document if the message is plain "
            "text in it. If it is encoded, as in base64, they are those of the encoded text."
        ),
        hint="Nothing needs to change.",
        source="Apple, Device Management documentation: DeclarativeManagement check-in",
        example={
            "MessageType": "DeclarativeManagement",
            "Endpoint": "status",
            "UDID": "0000-0001",
            "Data": b'{"StatusItems": {}, "Errors": []}',
        },
        corrected='{"StatusItems": {}, "Errors": []}',
    ),
    Rule(
        code="OSU128",
        slug="other-protocol-message",
        severity=Severity.INFO,
        summary="This is another message of the MDM protocol, and was not checked.",
        explanation=(
            "Check-in messages and responses to commands other than the software-update commands "
            "are recognized, so they are not reported as errors. Nothing in them is checked."
        ),
        hint="Nothing needs to change.",
        source="Apple, Device Management documentation: check-in and responses",
        example={"MessageType": "CheckOut", "UDID": "0000-0001", "Topic": "com.apple.mgmt"},
        corrected=response(ScanInitiated=True),
    ),
    Rule(
        code="OSU129",
        slug="not-the-message-itself",
        severity=Severity.ERROR,
        summary="The document describes a message, but is not the message itself.",
        explanation=(
            "Logs print dictionaries in their own format, servers have their own requests, and a "
            "declaration is JSON, not a property list. A device accepts none of these. A "
            "configuration profile is not a message either: 27 removed its keys about updates."
        ),
        hint="Get the message itself.",
        source="Apple, Device Management documentation: commands, declarations, status reports",
        example='2026-03-02 server: report {\n    "install-state" = waiting;\n}\n',
        corrected='{"StatusItems": {"softwareupdate": {"install-state": "waiting"}}, "Errors": []}',
    ),
    Rule(
        code="OSU601",
        slug="malformed-json",
        severity=Severity.ERROR,
        summary="The document begins like JSON but is malformed.",
        explanation=(
            "Declarations and status reports are JSON. An extra comma, a key without quotes, "
            "NaN, or a truncated text makes the document unreadable, and a device accepts none "
            "of it."
        ),
        hint=(
            "Let a JSON library write the document. `python3 -m json.tool` shows where it is "
            "malformed."
        ),
        source=JSON,
        example=enforcement().replace('"1",', '"1"'),
        corrected=enforcement(),
    ),
    Rule(
        code="OSU603",
        slug="not-a-declaration",
        severity=Severity.ERROR,
        summary="The document is JSON, but neither a declaration nor a status report.",
        explanation=(
            "A declaration has Type, Identifier and Payload, and its server adds ServerToken. A "
            "status report has StatusItems. Files in which a management product keeps its own "
            "settings are neither, nor is a Payload alone."
        ),
        hint=(
            "Check the declaration that is sent: Type, Identifier, ServerToken and Payload. "
            "Commands and their responses are property lists: `mdm-osupdate convert --to xml` "
            "turns JSON back."
        ),
        source="Apple, device-management schema: declarative/declarations/declarationbase.yaml",
        example=f"{{\n{members(TARGET, 4)}\n}}",
        corrected=enforcement(),
    ),
)
