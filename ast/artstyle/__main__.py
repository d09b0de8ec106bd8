"""``python -m artstyle``."""

import sys

from artstyle.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
