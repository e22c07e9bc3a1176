"""Measure, print the tables, and write them to the page: ``python tests/benchmarks [SUBJECT...]``.

Without a subject, all are measured. Needs the extra ``test`` and the dependency group ``bench``.
"""

from __future__ import annotations

import argparse
import datetime as dt
import importlib
import os
import platform
import sys
from importlib.metadata import version
from pathlib import Path
from types import ModuleType

ROOT = Path(__file__).parents[2]
sys.path[0] = str(ROOT / "tests")  # for modules of this folder, and the servers of the tests
PAGE = ROOT / "docs" / "explanation" / "benchmarks.md"
SUBJECTS = {
    "codec": "Reading and writing",
    "validate": "Validation",
    "starting": "Import and command line",
    "fleet": "Fleets",
    "attempts": "Conformance",
    "growth": "The worst inputs",
}
PACKAGES = ("attrs", "cattrs", "pydantic", "msgspec", "jsonschema", "check-jsonschema", "dask")


def section(name: str, small: bool) -> str:
    """Measure a subject."""
    begin = f"{SUBJECTS[name]}\n\n`python tests/benchmarks {name}`\n\n{machine()}\n"
    module: ModuleType = importlib.import_module(f"benchmarks.{name}")
    return "\n".join([begin, *(table.markdown() for table in module.tables(small))])


def machine() -> str:
    """Describe what the figures are measured on."""
    names = [f"{name} {version(name)}" for name in PACKAGES]
    python = f"{platform.python_implementation()} {platform.python_version()}"
    return (
        f"Measured on {dt.datetime.now(dt.timezone.utc):%Y-%m-%d} with {python}, "
        f"{', '.join(names)}, on {platform.system()} {platform.machine()} with "
        f"{os.cpu_count()} shared cores and a load of {os.getloadavg()[0]:.1f}."
    )


INTRODUCTION = """\
# Benchmarks

<!-- Written by tests/benchmarks. Do not edit. -->

The times depend on the machine. Each ratio is of two times from the same run, measured in turns, so
it is about the same on another machine. Where a target is missed, the tables of steps show what
takes the time.

Each section begins with the command that repeats it. To repeat all of them and write this page,
run:

```sh
pip install -e '.[test]' --group bench
python tests/benchmarks
```

"""


def written(sections: dict[str, str]) -> str:
    """Return the page with some sections replaced."""
    page = PAGE.read_text(encoding="utf-8") if PAGE.exists() else ""
    kept = {text.partition("\n")[0]: text for text in page.split("\n## ")[1:]}
    titles = SUBJECTS.items()
    texts = [sections.get(name) or kept.get(title, "").strip() + "\n" for name, title in titles]
    return INTRODUCTION + "\n".join(f"## {text}" for text in texts if text.strip())


def main() -> None:
    """Measure, print, and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("subjects", nargs="*", help=", ".join(SUBJECTS))
    parser.add_argument("--small", action="store_true", help="small sizes, to try; writes nothing")
    options = parser.parse_args()
    for name in options.subjects or SUBJECTS:
        text = section(name, options.small)
        print(text, flush=True)
        if not options.small:
            PAGE.write_text(written({name: text}), encoding="utf-8")


if __name__ == "__main__":
    main()
