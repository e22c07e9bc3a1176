"""What type checkers must refuse; read by mypy and pyright, not run.

Both report a comment that hides no error, so each line here must be one.
"""

# pyright: reportUnnecessaryTypeIgnoreComment=true

import mdm_osupdate as osu


def misspelled_import() -> object:
    from mdm_osupdate import DecodError  # type: ignore[attr-defined]

    return DecodError


def misspelled_attributes() -> object:
    found = osu.Severty  # type: ignore[attr-defined]
    version = osu.Device("macOS", "15.0").os_verson  # type: ignore[attr-defined]
    return found, version


def wrong_types() -> None:
    osu.Device(3, "15.0")  # type: ignore[arg-type]
    osu.Device("macOS", None)  # type: ignore[arg-type]
    osu.Device("macOS", "15.0", supervised="yes")  # type: ignore[arg-type]
    osu.Device("macOS", "15.0", enrollment=4)  # type: ignore[arg-type]
    osu.Device("macOS", "15.0", access_rights="all")  # type: ignore[arg-type]
    osu.Device("macOS", "15.0", True)  # type: ignore[call-arg]
    osu.validate(5)  # type: ignore[arg-type]
    osu.loads(b"", str)  # type: ignore[type-var]
    osu.dumps({})  # type: ignore[arg-type]
    osu.UpdatesItem(install_action=5)  # type: ignore[arg-type]
