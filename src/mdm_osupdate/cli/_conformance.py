"""``mdm-osupdate conformance``."""

from __future__ import annotations

import json
import random
from typing import Any
from xml.etree import ElementTree

import click

from ._identity_options import identity_options


@click.command()
@click.option("--url", metavar="URL", required=True, help="Where devices connect.")
@click.option("--check-in-url", metavar="URL", help="Where they check in, if it is another.")
@click.option(
    "--enqueue-url",
    metavar="URL",
    required=True,
    help="Where commands are queued; {udid} in it stands for the device.",
)
@click.option(
    "--enqueue-method", type=click.Choice(["PUT", "POST"]), default="PUT", show_default=True
)
@click.option("--enqueue-auth", metavar="NAME:PASSWORD", help="Basic authentication.")
@identity_options
@click.option(
    "--attempts",
    type=click.IntRange(1),
    default=50,
    show_default=True,
    metavar="N",
    help="How many orders of events to try.",
)
@click.option(
    "--steps",
    type=click.IntRange(1),
    default=25,
    show_default=True,
    metavar="N",
    help="How many events are in each.",
)
@click.option("--seed", type=int, metavar="N", help="Try the same orders as another run.")
@click.option(
    "--ignore",
    multiple=True,
    metavar="CODE",
    help="An obligation that the server need not keep, such as SRV09; can be repeated.",
)
@click.option(
    "--format",
    "fmt",
    type=click.Choice(["text", "json", "junit"]),
    default="text",
    show_default=True,
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
    """Hold an MDM server to what the protocol obliges it to.

    Simulated devices enrol with the server, commands are queued for them, and the devices connect,
    answer, put off, vanish and misbehave in ever new orders. Use a server for tests: it is left
    with many devices that nobody needs.

    \b
      mdm-osupdate conformance --url http://127.0.0.1:9000/mdm \\
        --enqueue-url 'http://127.0.0.1:9000/v1/enqueue/{udid}?nopush=1' \\
        --enqueue-auth nanomdm:SECRET --cert-header X-Client-Cert --ignore SRV09

    Exit status: 0 no obligation was violated, 1 one was, 2 the server could not be talked to.
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
    # With a seed of our own, hypothesis does not print one among the report.
    chosen = random.randrange(2**32) if seed is None else seed  # noqa: S311
    obligations = {c: o for c, o in suite.OBLIGATIONS.items() if c.startswith("SRV")}
    if unknown := sorted(set(ignore) - obligations.keys()):
        raise click.UsageError(f"there is no obligation {unknown[0]}")
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
        click.echo(f"mdm-osupdate: --seed {chosen} tries the same again", err=True)
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
    """One test case for each obligation; with a violation, nothing is known of the others."""
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
