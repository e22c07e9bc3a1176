"""The targets of fuzzing hold for some of the inputs that fuzzing begins with."""

from random import Random

import pytest
from fuzz import seeds
from fuzz.mutating import mutated
from fuzz.targets import TARGETS

MOST = 5
"""Inputs of a target that are tried here: fuzzing tries all, and many more."""


@pytest.mark.parametrize("name", TARGETS)
def test_target_holds(name: str) -> None:
    inputs = list(TARGETS[name].inputs())
    for data in inputs[:: max(1, len(inputs) // MOST)]:
        TARGETS[name].check(data)
        changed = mutated(data, Random(1), seeds.words())
        if changed is not None:
            TARGETS[name].check(changed)
