"""`python -m fidesdev`."""

from fidesdev.cli.app import main

if __name__ == "__main__":
    main()
