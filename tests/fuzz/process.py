"""Fuzz one target in this process.

``fuzz.run`` starts it as ``python -m fuzz.process TARGET FOLDER...``, with options of libFuzzer.
"""

import sys
import time
from random import Random

import atheris  # type: ignore[import-untyped,import-not-found,unused-ignore]

with atheris.instrument_imports(include=["mdm_osupdate", "plistlib"]):
    from fuzz import seeds
    from fuzz.mutating import mutated
    from fuzz.targets import TARGETS

    TARGET = TARGETS[sys.argv[1]]
    for document in TARGET.inputs():  # what is imported only when needed is instrumented, too
        TARGET.check(document)

_MOST_SECONDS = 5.0
"""Of processor time for one input of a few kilobytes, on a slow machine and instrumented."""


def _check(data: bytes) -> None:
    start = time.process_time()
    TARGET.check(data)
    seconds = time.process_time() - start
    assert seconds < _MOST_SECONDS, f"{len(data)} bytes took {seconds:.1f} s"


def _mutate(data: bytes, max_size: int, seed: int) -> bytes:
    random = Random(seed)
    if random.random() < 0.7:
        result = mutated(data, random, seeds.words())
        if result is not None and len(result) <= max_size:
            return result
    return bytes(atheris.Mutate(data, max_size))


if __name__ == "__main__":
    seeds.words()  # not while the first mutation is timed
    atheris.Setup([sys.argv[0], *sys.argv[2:]], _check, custom_mutator=_mutate)
    atheris.Fuzz()
