import sys

if "pytest" in sys.modules:  # before seedgit is imported, which keeps the interpreter's path
    from tests.starting import set_up

    set_up()
