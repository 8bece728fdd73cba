"""The command line. Modules of commands import what they need inside the command: help is quick."""

from __future__ import annotations

import sys

import typer

from biofeedback import __version__
from biofeedback.cli.analyze import analyze
from biofeedback.cli.demo import demo
from biofeedback.cli.doctor import doctor
from biofeedback.cli.export import export
from biofeedback.cli.gui import gui
from biofeedback.cli.import_recording import import_recording
from biofeedback.cli.record import record
from biofeedback.cli.replay import replay
from biofeedback.cli.report import report
from biofeedback.cli.scan import scan

__all__ = ["app", "main"]

app = typer.Typer(
    name="biofeedback",
    help=(
        "Breathing and core-activation biofeedback for commodity sensors. "
        "An awareness and practice aid, not a medical device."
    ),
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command()(demo)
app.command()(scan)
app.command()(record)
app.command()(gui)
app.command()(replay)
app.command()(analyze)
app.command()(report)
app.command()(export)
app.command("import")(import_recording)
app.command()(doctor)


def _print_version(wanted: bool) -> None:
    if wanted:
        print(f"biofeedback {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: bool = typer.Option(
        False, "--version", callback=_print_version, is_eager=True, help="Print the version."
    ),
) -> None:
    pass


def main() -> None:
    """Run the command line: exit code 0 done, 1 the work failed, 2 wrong use."""
    # The error tree is imported only when something was raised: help stays quick.
    try:
        app()
    except Exception as failure:
        from biofeedback.core.errors import BiofeedbackError, ConfigError

        if not isinstance(failure, BiofeedbackError):
            raise
        print(f"biofeedback: {failure}", file=sys.stderr)
        sys.exit(2 if isinstance(failure, ConfigError) else 1)
    except KeyboardInterrupt:
        print("biofeedback: interrupted", file=sys.stderr)
        sys.exit(1)
