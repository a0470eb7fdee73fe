#!/usr/bin/env python
"""Run the console's commands: `python manage.py help` lists them."""

import os
import select
import sys

from django.core.management import execute_from_command_line
from django.core.management.base import SystemCheckError

CONFIGURATION = 2
READER_LEFT = 141  # as a shell says it of a program whose output nobody reads


def main() -> None:
    try:
        execute_from_command_line(sys.argv)
        sys.stdout.flush()
    except SystemExit as end:
        if isinstance(end.__context__, SystemCheckError):  # Django says 1, which is `stuck`'s word for something stuck
            raise SystemExit(CONFIGURATION) from None
        raise
    except BrokenPipeError:
        _end_with_the_reader()


def _end_with_the_reader() -> None:
    """End without a traceback where `head` has read enough; raises the error again where it is about another pipe."""
    output = select.poll()
    output.register(sys.stdout, 0)
    if not output.poll(0):
        raise
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    raise SystemExit(READER_LEFT)


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "compliance_console.settings")
    main()
