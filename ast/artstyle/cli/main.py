"""The command line: ``artstyle CONTENT STYLE -o OUT``, also ``python -m artstyle``.

``artstyle batch`` paints what a table lists; ``artstyle lab`` and ``artstyle bot`` run the servers.
"""

from __future__ import annotations

import json
import logging
import sys
from typing import TYPE_CHECKING

from artstyle.cli import failures, servers, signals, streams
from artstyle.cli.arguments import Arguments, BatchArguments, ReadArguments, parse
from artstyle.cli.failures import BAD_INPUT, DONE
from artstyle.errors import ArgumentError
from artstyle.machine import installation

if TYPE_CHECKING:
    from artstyle.cli.plan import Plan


def main(words: list[str] | None = None) -> int:
    """Run the command line; returns the exit code."""
    words = sys.argv[1:] if words is None else words
    if words and words[0] in servers.NAMES:  # a photo of that name is ./lab
        return servers.run(words[0], words[1:])
    with streams.own_stderr(), signals.interrupting():
        try:
            return _main(parse(words))
        except failures.Refused as refused:
            for line in refused.lines:
                failures.tell(line)
            return BAD_INPUT
        except (Exception, KeyboardInterrupt) as error:
            message, code = failures.outcome(error)
            failures.tell(message)
            return code


def _main(arguments: Arguments | BatchArguments | ReadArguments) -> int:
    from artstyle.cli import clips, inputs, runs  # these need numpy; --help doesn't

    if isinstance(arguments, ReadArguments):
        with streams.quiet_libraries():
            metadata = inputs.read_metadata(arguments.read)
        streams.write_line(json.dumps(metadata, indent=2))
        return DONE
    installation.find_torch()
    handler = logging.StreamHandler()
    handler.setFormatter(_Line())
    level = logging.ERROR if arguments.quiet else logging.WARNING
    logging.basicConfig(level=level, handlers=[handler])
    if isinstance(arguments, Arguments):
        if clips.wanted(arguments):
            return clips.run(arguments)
        clips.check_unused(arguments)
    planned = _planned(arguments)
    skipped = len(planned.pictures) - len(planned.left)
    if skipped and not arguments.quiet:
        failures.tell(f"skipped {skipped} that exist (--force makes them again)")
    return runs.run(arguments, planned)


def _planned(arguments: Arguments | BatchArguments) -> Plan:
    from artstyle.cli import batch, plan

    try:
        with streams.quiet_libraries():
            if isinstance(arguments, BatchArguments):
                return batch.plan(arguments)
            return plan.plan(arguments)
    except OSError as error:  # a name too long, a folder without permission
        raise ArgumentError(f"{error.filename} can't be used ({error.strerror})") from error


class _Line(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        return f"artstyle: {record.levelname.lower()}: {super().format(record)}"
