"""`python -m apps.sandbox`: the same as `manage.py sandbox`, without waiting for Django."""

import sys
from argparse import ArgumentParser

from .launch import CannotStart, Options, add_arguments, run


def main() -> int:
    parser = ArgumentParser(prog="python -m apps.sandbox", description="Emulate Bento and Blueshift on 127.0.0.1.")
    add_arguments(parser)
    try:
        run(Options.parsed(vars(parser.parse_args())), out=sys.stdout)
    except CannotStart as error:
        print(error, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
