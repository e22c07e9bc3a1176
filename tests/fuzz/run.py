"""Fuzz targets one after the other, and print what was run.

::

    pip install -e '.[cli,testing]' --group fuzz
    PYTHONPATH=tests python -m fuzz.run --seconds 60

An input that breaks a promise ends its target, and is kept in the corpus folder as ``crash-...``.
With ``--corpus``, the next run begins with the inputs that this one has found.
"""

import argparse
import functools
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from fuzz.targets import TARGETS
from hypothesis import given, settings
from hypothesis import strategies as st

import mdm_osupdate as osu
from mdm_osupdate.strategies import declarations, status_reports, wire_documents


def main() -> int:
    parser = argparse.ArgumentParser(description="Fuzz the functions that read foreign data.")
    parser.add_argument("targets", nargs="*", metavar="TARGET", help="all by default")
    parser.add_argument("--seconds", type=int, default=60, help="for each target (default 60)")
    parser.add_argument("--corpus", type=Path, help="the folder in which inputs are kept")
    parser.add_argument("--seeds", type=Path, help="a folder with more inputs to begin with")
    options = parser.parse_args()
    if unknown := set(options.targets) - TARGETS.keys():
        parser.error(f"unknown target {', '.join(unknown)}: expected {', '.join(TARGETS)}")
    names = options.targets or list(TARGETS)
    with tempfile.TemporaryDirectory() as temporary:
        corpus = options.corpus or Path(temporary)
        held = [fuzz(name, corpus / name, options.seconds, options.seeds) for name in names]
    return 0 if all(held) else 1


def fuzz(name: str, folder: Path, seconds: int, more: Path | None) -> bool:
    """Fuzz one target, and return whether it held."""
    folder.mkdir(parents=True, exist_ok=True)
    for number, data in enumerate((*TARGETS[name].inputs(), *drawn())):
        (folder / f"seed-{number}").write_bytes(data)
    command = [sys.executable, "-m", "fuzz.process", name, str(folder)]
    command += [str(more)] if more is not None else []
    command += [f"-max_total_time={seconds}", "-timeout=60", "-rss_limit_mb=2048", "-max_len=16384"]
    command += ["-print_final_stats=1", f"-artifact_prefix={folder}/"]
    done = subprocess.run(command, capture_output=True, text=True, errors="replace", check=False)
    found = re.search(r"number_of_executed_units: *(\d+)", done.stderr)
    count = int(found[1]) if found else 0
    verdict = "FAILED" if done.returncode else "held"
    print(f"{name:20} {seconds:5} s {count:9,} inputs  {verdict}", flush=True)
    if done.returncode:
        print(done.stdout[-4000:], done.stderr[-1000:], sep="\n", flush=True)
    return done.returncode == 0


@functools.cache
def drawn() -> list[bytes]:
    """Draw documents as they arrive in practice, the same in each run."""
    documents: list[bytes] = []
    written = st.one_of(declarations(), status_reports()).map(osu.dumps)

    @settings(max_examples=60, derandomize=True, database=None, deadline=None)
    @given(st.one_of(wire_documents(), written))
    def keep(document: bytes) -> None:
        documents.append(document)

    keep()
    return documents


if __name__ == "__main__":
    sys.exit(main())
