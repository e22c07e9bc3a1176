"""The frame of every command: options in groups, ``--output``, ``--color``."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import Any, TextIO

import click
from click.core import ParameterSource
from click.shell_completion import CompletionItem

_OTHERS = "Options"
_WIDTH = 22
"""The maximum width of the first column of the help. Longer options have their text below."""
_PATHS = ("FILE", "DIR")
"""The metavars of options that name files and directories."""
_OUTPUT = f"{__name__}.output"
CONFIG = f"{__name__}.config"
"""The key of ``ctx.meta`` for the path of the configuration that gives options their defaults."""


class Words(click.Choice[str]):
    """One of several words, in any case."""

    def __init__(self, words: Iterable[str]) -> None:
        super().__init__([str(word) for word in words], case_sensitive=False)

    def get_metavar(self, param: click.Parameter, ctx: click.Context | None = None) -> str:
        """Return the words as they are written, not in lower case."""
        return f"[{'|'.join(self.choices)}]"

    def get_invalid_choice_message(self, value: object, ctx: click.Context | None) -> str:
        """Return the words as they are written, not in lower case."""
        return f"{value!r} is not one of {', '.join(self.choices)}"

    def get_missing_message(self, param: click.Parameter, ctx: click.Context | None) -> str:
        """Return the words on one line."""
        return f"Expected one of {', '.join(self.choices)}"

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        """Return the words that begin as typed, as they are written."""
        begun = incomplete.lower()
        return [CompletionItem(word) for word in self.choices if word.lower().startswith(begun)]


class Option(click.Option):
    """An option that belongs to a group, under whose title the help shows it."""

    def __init__(self, *arguments: Any, group: str = _OTHERS, **given: Any) -> None:
        if given.get("metavar") in _PATHS:
            given.setdefault("type", click.Path())  # which shells complete
        super().__init__(*arguments, **given)
        self.group = group


class Command(click.Command):
    """A command whose help shows its options in groups, and which may write to a file."""

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the options group by group, in the order of their first options."""
        format_groups(ctx, formatter)

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parse the arguments. An error in a configured value names the configuration."""
        try:
            return super().parse_args(ctx, args)
        except click.BadParameter as error:
            name = (error.param and error.param.name) or ""
            if ctx.get_parameter_source(name) is not ParameterSource.DEFAULT_MAP:
                raise
            message = f"{error.message} (in {ctx.meta[CONFIG]})"
            raise click.BadParameter(message, ctx, error.param) from None

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command, with standard output redirected to the file of ``--output``."""
        path = output_file(ctx)
        if path is None or path == "-":
            return super().invoke(ctx)
        with replacing(path) as file, contextlib.redirect_stdout(file):
            return super().invoke(ctx)


class Group(click.Group):
    """A command with more commands, whose help shows its options in groups."""

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the options group by group, then the commands with their descriptions."""
        format_groups(ctx, formatter)
        with formatter.section("Commands"):
            # click would cut the descriptions off after 45 characters.
            rows = [(name, self.commands[name].get_short_help_str(1000)) for name in self.commands]
            formatter.write_dl(rows)


def format_groups(ctx: click.Context, formatter: click.HelpFormatter) -> None:
    """Write the options of a command group by group, in the order of their first options."""
    groups = {
        title: [record for each in options if (record := each.get_help_record(ctx)) is not None]
        for title, options in grouped(ctx).items()
    }
    names = [name for records in groups.values() for name, _ in records if len(name) <= _WIDTH]
    width = max(map(len, names))
    for title, records in groups.items():
        with formatter.section(title):
            formatter.write_dl([(f"{name:{width}}", text) for name, text in records], width)


def grouped(ctx: click.Context) -> dict[str, list[click.Option]]:
    """Return the options of a command by group, in the order of the first options."""
    groups: dict[str, list[click.Option]] = {}
    for param in ctx.command.get_params(ctx):
        if isinstance(param, click.Option):
            groups.setdefault(getattr(param, "group", _OTHERS), []).append(param)
    groups[_OTHERS] = groups.pop(_OTHERS)  # they come last, and have at least --help
    return groups


option = partial(click.option, cls=Option)
"""Like ``click.option``, with ``group``."""
command = partial(click.command, cls=Command)
"""Like ``click.command``, with options in groups."""


def output_option(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add ``-o FILE``, which redirects the output to a file."""
    return option(
        "-o",
        "--output",
        type=click.Path(dir_okay=False),
        metavar="FILE",
        group="Output",
        expose_value=False,
        callback=_keep,
        help="Write to a file instead of standard output.",
    )(function)


def output_file(ctx: click.Context) -> str | None:
    """Return the file of ``--output``, or ``None`` without the option."""
    path: str | None = ctx.meta.get(_OUTPUT)
    return path


def _keep(ctx: click.Context, _: click.Parameter, path: str | None) -> None:
    if path is not None:
        ctx.meta[_OUTPUT] = path


@contextlib.contextmanager
def replacing(path: str) -> Iterator[TextIO]:
    """Open a file for writing. A regular file is replaced only when everything is written.

    A command can therefore read the file that it writes.
    """
    if os.path.exists(path) and not os.path.isfile(path):  # such as /dev/stderr
        with open(path, "w", encoding="utf-8", errors="backslashreplace") as file:
            yield file
        return
    path = os.path.realpath(path)
    beside = f"{path}.{os.getpid()}"
    try:
        with open(beside, "x", encoding="utf-8", errors="backslashreplace") as file:
            status: click.exceptions.Exit | None = None
            try:
                yield file
            except click.exceptions.Exit as exit:  # the command sets an exit status
                status = exit
        os.replace(beside, path)
        if status is not None:
            raise status
    finally:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(beside)


def color_option(group: str = "Output") -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Return a decorator that adds ``--color``."""
    return option(
        "--color",
        type=Words(["auto", "always", "never"]),
        default="auto",
        show_default=True,
        group=group,
        expose_value=False,
        callback=_set_color,
        help="Use colors. By default only on terminals, and not if NO_COLOR is set.",
    )


def _set_color(ctx: click.Context, _: click.Parameter, choice: str) -> None:
    if choice != "auto":
        ctx.color = choice == "always"
    elif os.environ.get("NO_COLOR"):
        ctx.color = False
