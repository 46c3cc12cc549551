"""The shell command `assistant`: reads its arguments, runs one command, ends with an exit code.

Exit codes:

    0    done, also when the articles do not tell
    1    an error; one line on stderr says which, a second what to do about it
    2    wrong usage: an unknown command, option or value
    3    done, but some files were skipped
    4    the library is locked by another process; the same command may work later
    130  interrupted by Ctrl-C

Results go to stdout, everything else to stderr. With `--json`, stdout carries one JSON document
and nothing else (`chat` writes one on each line); an error is one too:
`{"error": {"type": ..., "message": ..., "hint": ...}}`.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

from index.errors import AssistantError


def main(args: Sequence[str] | None = None) -> int:
    """The exit code of the command that `args` (default: the program's own) spells."""
    words = sys.argv[1:] if args is None else list(args)
    try:
        return _run(words)
    except BrokenPipeError:
        # Who reads our output has seen enough of it: `assistant list | head -1`.
        from assistant.cli.output import silence

        silence()
        return 0
    except KeyboardInterrupt:
        return 130


def _run(words: list[str]) -> int:
    """One command, with its errors told in the form that was asked for."""
    import typer

    from assistant.cli import failures
    from assistant.cli.app import build_app
    from assistant.cli.output import prepare_streams

    as_json = _wants_json(words)
    try:
        prepare_streams()
        command = typer.main.get_command(build_app())
        with command.make_context("assistant", list(words)) as context:
            command.invoke(context)
        code = failures.DONE
    except typer.Exit as end:
        code = end.exit_code
    except typer.TyperException as error:
        code = failures.tell(failures.of_usage(error), as_json=as_json)
    except AssistantError as error:
        code = failures.tell(failures.of_error(error), as_json=as_json)
    except (KeyboardInterrupt, typer.Abort):
        code = failures.tell(failures.INTERRUPTION, as_json=as_json)
    sys.stdout.flush()
    return code


def _wants_json(words: Sequence[str]) -> bool:
    """Whether `--json` was given; asked before parsing, which may be what fails."""
    options = words[: words.index("--")] if "--" in words else words
    return "--json" in options
