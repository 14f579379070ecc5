"""`python -m chimpline`: the same as `chimpline`."""

import sys

from chimpline.interfaces.cli import main

if __name__ == "__main__":
    sys.exit(main())
