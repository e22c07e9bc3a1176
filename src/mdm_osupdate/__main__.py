"""``mdm-osupdate`` and ``python -m mdm_osupdate``."""

import sys


def main() -> int:
    """Run the command line; return its exit status."""
    try:
        from .cli import run
    except ModuleNotFoundError as error:
        if error.name not in ("click", "rich"):
            raise
        need = "the command line needs click and rich: pip install 'mdm-osupdate[cli]'"
        print(f"mdm-osupdate: {need}", file=sys.stderr)  # noqa: T201
        return 2
    except KeyboardInterrupt:
        print("mdm-osupdate: interrupted", file=sys.stderr)  # noqa: T201
        return 130  # as everywhere in the command line
    return run()


if __name__ == "__main__":
    sys.exit(main())
