# Runs every test_* function of a script and says of each whether it passed. Arguments of the script: the firmware's
# folder, a folder for files.
import sys


def run(names):
    failed = 0
    for name in sorted(names):
        if not name.startswith("test_"):
            continue
        try:
            names[name]()
        except Exception as error:
            failed += 1
            print("FAIL", name)
            sys.print_exception(error)
        else:
            print("PASS", name)
    sys.exit(1 if failed else 0)


def equal(found, wanted):
    if found != wanted:
        raise AssertionError(f"found {found!r}, wanted {wanted!r}")


def raises(kind, function, *arguments):
    try:
        function(*arguments)
    except kind as error:
        return error
    raise AssertionError(f"no {kind.__name__} was raised")
