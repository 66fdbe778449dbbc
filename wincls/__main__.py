"""``python -m wincls`` is the ``wincls`` command."""

from wincls.cli import main

if __name__ == "__main__":
    main(prog_name="wincls")
