"""``mdm-osupdate conformance``."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree

import attrs
import click

from ._command import color_option, command, option, output_option
from ._printable import printable
from ._progress import Progress
from ._server_options import server_options

if TYPE_CHECKING:
    from mdm_osupdate.conformance import ConformanceReport, Obligation, ViolationError


_NOT_IN_XML = re.compile("[\ufffe\uffff]")


@command()
@server_options
@option(
    "--enqueue-url",
    metavar="URL",
    group="Commands",
    help="URL for queueing a command. {udid} stands for the device. Needed without --server.",
)
@option(
    "--enqueue-method",
    type=click.Choice(["PUT", "POST"]),
    group="Commands",
    help="HTTP method for queueing a command. Default: PUT, or that of --server.",
)
@option(
    "--enqueue-auth",
    metavar="[NAME:]PASSWORD",
    envvar="MDM_OSUPDATE_ENQUEUE_AUTH",
    show_envvar=True,
    group="Commands",
    help="Credentials for queueing (HTTP Basic). The name can be left out with --server. Other "
    "users of this computer can see options, but not environment variables.",
)
@option(
    "--settle",
    type=click.FloatRange(0, 60),
    metavar="SECONDS",
    group="Commands",
    help="Time that a queued command takes to reach its queue. Default: 0, or that of --server.",
)
@option(
    "--declare-url",
    metavar="URL",
    group="Declarations",
    help="Base URL of KMFDDM behind the server, to test declarations, too.",
)
@option(
    "--declare-auth",
    metavar="[NAME:]PASSWORD",
    envvar="MDM_OSUPDATE_DECLARE_AUTH",
    show_envvar=True,
    group="Declarations",
    help="Credentials of KMFDDM's API (HTTP Basic).",
)
@option(
    "--restart",
    metavar="COMMAND",
    group="Run",
    help="Command that restarts the server, such as 'docker restart mdm'. Runs many times, and "
    "without a shell.",
)
@option(
    "--timeout",
    type=click.FloatRange(1, 86400),
    default=1800,
    show_default=True,
    metavar="SECONDS",
    group="Run",
    help="Maximum time of the run. The report then has what was found until then. Each request has "
    "30 seconds.",
)
@option(
    "--attempts",
    type=click.IntRange(1),
    default=50,
    show_default=True,
    metavar="N",
    group="Run",
    help="Number of event sequences to try.",
)
@option(
    "--steps",
    type=click.IntRange(1),
    default=25,
    show_default=True,
    metavar="N",
    group="Run",
    help="Number of events in each sequence.",
)
@option(
    "--seed",
    type=int,
    metavar="N",
    group="Run",
    help="Seed of the sequences, to repeat a run. Random by default.",
)
@option(
    "--ignore",
    multiple=True,
    metavar="CODE",
    group="Run",
    help="Obligation that the server need not keep, such as SRV09, or one row of it, such as "
    "SRV18:and-unknown-keys. Can be repeated.",
)
@option("--strict", is_flag=True, group="Run", help="Treat recommendations as obligations.")
@option(
    "--format",
    "fmt",
    type=click.Choice(["text", "json", "junit"]),
    default="text",
    show_default=True,
    group="Output",
    help="Output format.",
)
@output_option
@color_option()
@click.pass_context
def conformance(
    ctx: click.Context,
    /,
    attempts: int,
    steps: int,
    seed: int | None,
    ignore: tuple[str, ...],
    strict: bool,
    fmt: str,
    **options: Any,
) -> None:
    """Test whether an MDM server keeps to the protocol.

    Simulated devices enroll with the server. Commands are queued for them, and the devices connect,
    respond, answer NotNow, disappear and misbehave in many different sequences. Use a test server:
    the simulated devices stay enrolled.

    \b
      mdm-osupdate conformance --server nanomdm --url http://127.0.0.1:9000
      mdm-osupdate conformance --url https://mdm.example/mdm \\
        --enqueue-url 'https://mdm.example/api/commands/{udid}'

    Exit status: 0 no violation found, 1 violation found, 2 the server could not be reached, or the
    time was up before a violation was found.
    """
    try:
        from hypothesis import settings

        from mdm_osupdate import conformance as suite

        from ._adapter import Unreachable, open_adapters
    except ModuleNotFoundError as error:
        raise click.UsageError(
            f"this needs {error.name}: pip install 'mdm-osupdate[cli,testing,simulate]'"
        ) from None
    obligations = {c: o for c, o in suite.OBLIGATIONS.items() if c.startswith("SRV")}
    name = f"{options['url']} {options['enqueue_url'] or options['server']}"
    adapter, progress = open_adapters(options), Progress("attempts")
    try:
        asyncio.run(adapter().probe())
        report = suite.check_server(
            adapter,
            settings(max_examples=attempts, stateful_step_count=steps),
            seed=seed,
            waive=ignore,
            strict=strict,
            name=name,
            progress=progress.show,
        )
    except Unreachable as error:
        progress.clear()
        click.echo(f"mdm-osupdate: {error}", err=True)
        ctx.exit(2)
    except ValueError as error:
        raise click.UsageError(str(error)) from None
    progress.clear()
    not_tried = {code: _WITHOUT_OPTION.get(why, why) for code, why in report.not_tried.items()}
    report = attrs.evolve(report, not_tried=not_tried)
    click.echo({"text": _text, "json": _json, "junit": _junit}[fmt](report, obligations))
    for note in _notes(report, seed):
        click.echo(f"mdm-osupdate: {note}", err=True)
    ctx.exit(1 if report.violations else 2 if report.stopped else 0)


_WITHOUT_OPTION = {
    "the adapter has no restart()": "--restart was not given",
    "the adapter has no declarative() and no declare()": "--declare-url was not given",
}
"""Why an obligation was not tried, in the words of this command."""


def _notes(report: ConformanceReport, seed: int | None) -> Iterator[str]:
    if not report.ok and seed is None:
        yield f"use --seed {report.seed} to repeat this run"
    if report.stopped is not None:
        more = "use fewer --attempts or a longer --timeout"
        yield f"{report.stopped} before all sequences were tried; {more}"


def _text(report: ConformanceReport, obligations: Mapping[str, Obligation]) -> str:
    lines = [f"{violation}\n" for violation in report.violations]
    lines += [f"recommendation {violation}\n" for violation in report.recommendations]
    lines += [
        f"{code} was not tried ({why}): {obligations[code].text}"
        for code, why in report.not_tried.items()
    ]
    counts = {
        "kept": len(report.kept),
        "violated": len(report.violations),
        "recommended": len(report.recommendations),
        "not tried": len(report.not_tried),
        "waived": len(report.waived),
    }
    lines.append(", ".join(f"{number} {verdict}" for verdict, number in counts.items() if number))
    return _shown("\n".join(lines))


def _shown(text: str) -> str:
    """Escape what a server said that a terminal or XML cannot show, in each line."""
    text = "\n".join(map(printable, text.split("\n")))
    return _NOT_IN_XML.sub(lambda match: match[0].encode("unicode_escape").decode(), text)


def _json(report: ConformanceReport, obligations: Mapping[str, Obligation]) -> str:
    document = {
        "version": 1,
        "seed": report.seed,
        "violations": [_as_mapping(violation) for violation in report.violations],
        "recommendations": [_as_mapping(violation) for violation in report.recommendations],
        "kept": sorted(report.kept),
        "not_tried": dict(report.not_tried),
        "waived": sorted(report.waived),
    }
    return json.dumps(document)


def _as_mapping(violation: ViolationError) -> dict[str, Any]:
    return {
        "code": violation.obligation.code,
        "text": violation.obligation.text,
        "reason": violation.obligation.reason,
        "source": violation.obligation.source,
        "what": violation.what,
        "story": list(violation.story),
    }


def _junit(report: ConformanceReport, obligations: Mapping[str, Obligation]) -> str:
    """Return one test case per obligation."""
    violated = {violation.obligation.code: violation for violation in report.violations}
    skipped = {**report.not_tried, **dict.fromkeys(report.waived & obligations.keys(), "waived")}
    skipped |= {v.obligation.code: f"recommendation: {v.what}" for v in report.recommendations}
    suite = ElementTree.Element(
        "testsuite",
        name="mdm-osupdate conformance",
        tests=str(len(obligations)),
        failures=str(len(violated)),
        skipped=str(len(skipped)),
    )
    for code, obligation in obligations.items():
        name = f"{code} {obligation.text}"
        case = ElementTree.SubElement(suite, "testcase", classname="conformance", name=name)
        if code in violated:
            failure = ElementTree.SubElement(case, "failure", message=_shown(violated[code].what))
            failure.text = _shown(str(violated[code]))
        elif code in skipped:
            ElementTree.SubElement(case, "skipped", message=_shown(skipped[code]))
    return ElementTree.tostring(suite, encoding="unicode")
