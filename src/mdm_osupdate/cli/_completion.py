"""Completion in shells, by the scripts of click."""

import click
from click.shell_completion import FishComplete, add_completion_class, shell_complete


@add_completion_class
class _Fish(FishComplete):
    """click's script cuts descriptions at their first comma."""

    source_template = FishComplete.source_template.replace(
        'string split ","', 'string split --max 1 ","'
    )


def complete(command: click.Command, variable: str, wanted: str) -> int:
    """Print a shell's script, or the completions that the script requests.

    Args:
        command: the command line.
        variable: the environment variable that the script sets.
        wanted: its value, such as ``fish_source`` or ``fish_complete``.

    Returns:
        The exit status.
    """
    return shell_complete(command, {}, "mdm-osupdate", variable, wanted)
