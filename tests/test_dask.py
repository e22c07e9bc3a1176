"""The example of the how-to 'Plan a fleet' for several machines, run on a local cluster."""

import datetime as dt

import pytest

import mdm_osupdate as osu
from mdm_osupdate.planning import plan


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")  # warnings of the cluster are not this library's
def test_plan_on_a_local_cluster() -> None:
    from dask import bag
    from distributed import Client

    devices = [osu.Device("macOS", f"{10 + n % 18}.{n % 7}", supervised=True) for n in range(500)]
    deadline = dt.datetime(2026, 12, 1, 19)
    cluster = Client(n_workers=1, threads_per_worker=1, dashboard_address=None)  # type: ignore[no-untyped-call]
    with cluster:
        fleet = bag.from_sequence(devices, npartitions=4)  # type: ignore[no-untyped-call]
        plans = fleet.map(plan, "26.1", deadline)
        methods = dict(plans.map(lambda plan: plan.method).frequencies().compute())
        some = plans.take(3)
    expected = [plan(device, "26.1", deadline) for device in devices]
    assert methods == {method: sum(p.method == method for p in expected) for method in methods}
    assert sum(methods.values()) == 500
    assert [plan.method for plan in some] == [plan.method for plan in expected[:3]]
