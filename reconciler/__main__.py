"""`python -m reconciler`: the same command line, from a checkout."""

from reconciler.cli.main import main

if __name__ == "__main__":
    main()
