"""`python -m udfgen` is `udfgen`."""

from udfgen.cli import main

if __name__ == "__main__":
    main()
