"""``python -m kuntakoonti``."""

import sys

from kuntakoonti.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
