"""Run evlint as `python -m evlint`."""

import sys

from evlint.cli import main

if __name__ == "__main__":
    sys.exit(main())
