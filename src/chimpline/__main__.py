"""`python -m chimpline`: the same as `chimpline`."""

from chimpline.interfaces.cli import main

if __name__ == "__main__":
    main()
