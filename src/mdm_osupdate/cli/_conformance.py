"""``mdm-osupdate conformance``."""

from __future__ import annotations

import json
import random
from typing import Any
from xml.etree import ElementTree

import click

from ._identity_options import identity_options


@click.command()
@click.option("--url", metavar="URL", required=True, help="URL that devices connect to.")
@click.option("--check-in-url", metavar="URL", help="URL for checking in. Default: --url.")
@click.option(
    "--enqueue-url",
    metavar="URL",
    required=True,
    help="URL for queueing a command. {udid} stands for the device.",
)
@click.option(
    "--enqueue-method",
    type=click.Choice(["PUT", "POST"]),
    default="PUT",
    show_default=True,
    help="HTTP method for queueing a command.",
)
@click.option(
    "--enqueue-auth", metavar="NAME:PASSWORD", help="Credentials for queueing (HTTP Basic)."
)
@identity_options
@click.option(
    "--attempts",
    type=click.IntRange(1),
    default=50,
    show_default=True,
    metavar="N",
    help="Number of event sequences to try.",
)
@click.option(
    "--steps",
    type=click.IntRange(1),
    default=25,
    show_default=True,
    metavar="N",
    help="Number of events in each sequence.",
)
@click.option(
    "--seed",
    type=int,
    metavar="N",
    help="Seed of the sequences, to repeat a run. Random by default.",
)
@click.option(
    "--ignore",
    multiple=True,
    metavar="CODE",
    help="Obligation that the server need not keep, such as SRV09. Can be repeated.",
)
@click.option(
    "--format",
    "fmt",
    type=click.Choice(["text", "json", "junit"]),
    default="text",
    show_default=True,
    help="Output format.",
)
@click.pass_context
def conformance(
    ctx: click.Context,
    /,
    attempts: int,
    steps: int,
    seed: int | None,
    ignore: tuple[str, ...],
    fmt: str,
    **options: Any,
) -> None:
    """Test whether an MDM server keeps to the protocol.

    Simulated devices enroll with the server. Commands are queued for them, and the devices connect,
    respond, answer NotNow, disappear and misbehave in many different sequences. Use a test server:
    the simulated devices stay enrolled.

    \b
      mdm-osupdate conformance --url http://127.0.0.1:9000/mdm \\
        --enqueue-url 'http://127.0.0.1:9000/v1/enqueue/{udid}?nopush=1' \\
        --enqueue-auth nanomdm:SECRET --cert-header X-Client-Cert --ignore SRV09

    Exit status: 0 no violation found, 1 violation found, 2 the server could not be reached.
    """
    try:
        from hypothesis import settings

        from mdm_osupdate import conformance as suite

        from ._adapter import Adapter, Unreachable
    except ModuleNotFoundError as error:
        raise click.UsageError(
            f"this needs {error.name}: pip install 'mdm-osupdate[cli,testing,simulate]'"
        ) from None
    how = settings(
        suite.ServerConformance.settings,
        max_examples=attempts,
        stateful_step_count=steps,
        database=None,
    )
    # Given a seed, hypothesis does not print one of its own.
    chosen = random.randrange(2**32) if seed is None else seed  # noqa: S311
    obligations = {c: o for c, o in suite.OBLIGATIONS.items() if c.startswith("SRV")}
    if unknown := sorted(set(ignore) - obligations.keys()):
        raise click.UsageError(f"unknown obligation {unknown[0]!r}")
    violation: suite.ViolationError | None = None
    tried: frozenset[str] = frozenset()
    with Adapter(**options) as adapter:
        try:
            adapter.probe()
            tried = suite.check_server(adapter.anew, how, seed=chosen, ignore=ignore)
        except suite.ViolationError as error:
            violation = error
        except Unreachable as error:
            click.echo(f"mdm-osupdate: {error}", err=True)
            ctx.exit(2)
    report = {"text": _text, "json": _json, "junit": _junit}[fmt]
    click.echo(report(violation, tried, obligations))
    if violation is not None and seed is None:
        click.echo(f"mdm-osupdate: use --seed {chosen} to repeat this run", err=True)
    ctx.exit(1 if violation else 0)


def _text(violation: Any, tried: frozenset[str], obligations: Any) -> str:
    if violation is not None:
        return str(violation)
    skipped = "".join(
        f"\n{code} was not tried: {obligation.text}"
        for code, obligation in obligations.items()
        if code not in tried
    )
    return f"{len(tried)} obligations, none violated{skipped}"


def _json(violation: Any, tried: frozenset[str], obligations: Any) -> str:
    told = {
        "violated": violation.obligation.code if violation else None,
        "text": violation.obligation.text if violation else None,
        "source": violation.obligation.source if violation else None,
        "what": violation.what if violation else None,
        "story": list(violation.story) if violation else [],
        "kept": sorted(tried),
    }
    return json.dumps(told, ensure_ascii=False)


def _junit(violation: Any, tried: frozenset[str], obligations: Any) -> str:
    """Write one test case per obligation. After a violation, the others are unknown."""
    violated = violation.obligation.code if violation else None
    suite = ElementTree.Element(
        "testsuite",
        name="mdm-osupdate conformance",
        tests=str(len(obligations)),
        failures=str(int(violation is not None)),
        skipped=str(len(obligations.keys() - tried - {violated})),
    )
    why = "another obligation is violated" if violation else "not tried"
    for code, obligation in obligations.items():
        name = f"{code} {obligation.text}"
        case = ElementTree.SubElement(suite, "testcase", classname="conformance", name=name)
        if code == violated:
            failure = ElementTree.SubElement(case, "failure", message=violation.what)
            failure.text = str(violation)
        elif code not in tried:
            ElementTree.SubElement(case, "skipped", message=why)
    return ElementTree.tostring(suite, encoding="unicode")
