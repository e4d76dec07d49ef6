"""The program ``reprise``: its commands, and how it ends. Knows no rule of detection or learning.

Exit codes: 0 done, 2 what was given cannot be used, 130 interrupted, 1 anything else.
"""

import os
import sys

import typer
from typer.exceptions import TyperException

from streams.commands.console import console
from streams.commands.demo import demo
from streams.commands.erase import erase
from streams.commands.explain import explain
from streams.commands.produce import produce
from streams.commands.rejected import rejected
from streams.commands.replay import replay
from streams.commands.rewrites import rewrites
from streams.commands.score import score
from streams.commands.settings import settings
from streams.commands.simulate import simulate
from streams.commands.topics import topics
from streams.commands.train import train
from streams.commands.usage import UNUSABLE_EXIT_CODE, UnusableError
from streams.commands.worker import worker
from streams.settings import SettingsError
from streams.wording import printable

FAILED_EXIT_CODE = 1
INTERRUPTED_EXIT_CODE = 130

application = typer.Typer(
    name="reprise",
    help="Learn query rewrites from what people do when an assistant gets them wrong.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="rich",
    epilog="Start with [bold]reprise demo[/bold]; every command explains itself with --help.",
)
for command in (demo, worker, replay, explain, console, score, simulate, produce, erase, settings):
    application.command()(command)
for name, group in {"rewrites": rewrites, "topics": topics, "rejected": rejected, "train": train}.items():
    application.add_typer(group, name=name)


def main(arguments: list[str] | None = None) -> int:
    """Run one command and return the exit code; what a person did wrong is one line on standard error."""
    try:
        code = application(args=arguments, prog_name="reprise", standalone_mode=False)
        sys.stdout.flush()
    except (UnusableError, SettingsError) as error:
        return _complain(str(error), UNUSABLE_EXIT_CODE)
    except TyperException as error:
        return _complain(error.format_message(), error.exit_code) if error.format_message() else error.exit_code
    except (typer.Abort, KeyboardInterrupt):
        return _complain("interrupted", INTERRUPTED_EXIT_CODE)
    except BrokenPipeError:
        # Whoever read the output has left, such as `head`; nothing is wrong, but Python would say so while ending.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except OSError as error:
        return _complain(f"{error.filename or 'input or output'}: {error.strerror or error}", FAILED_EXIT_CODE)
    return code if isinstance(code, int) else 0


def _complain(message: str, code: int) -> int:
    print(f"reprise: {printable(' '.join(message.split()))}", file=sys.stderr)  # noqa: T201 - the one place that speaks on standard error
    return code


if __name__ == "__main__":
    sys.exit(main())
