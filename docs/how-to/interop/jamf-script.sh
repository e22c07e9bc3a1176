#!/bin/sh
# Makes the command for a Mac: jamf-script.sh UDID VERSION
cat > command.plist <<PLIST
<?xml version="1.0" encoding="UTF-8"?>
<plist version="1.0">
<dict>
    <key>Command</key>
    <dict>
        <key>RequestType</key>
        <string>ScheduleOSUpdate</string>
        <key>Updates</key>
        <array>
            <dict>
                <key>InstallAction</key>
                <string>INSTALL_LATER</string>
                <key>MaxUserDeferrals</key>
                <string>5</string>
                <key>ProductVersion</key>
                <string>$2</string>
            </dict>
        </array>
    </dict>
    <key>CommandUUID</key>
    <string>update_$1</string>
</dict>
</plist>
PLIST
