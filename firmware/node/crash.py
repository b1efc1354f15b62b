# What must outlive a reset: its cause, where the chip cannot tell it, and the trace of the last crash.
import io
import os
import sys

from node.wire import MAX_CRASH


class Crash:
    def __init__(self, folder):
        self._trace_path = folder + "/crash.txt"
        self._cause_path = folder + "/cause.txt"
        self.trace = _read(self._trace_path)

    # The cause noted before the reset, once; else what the chip says.
    def cause(self, otherwise):
        noted = _read(self._cause_path)
        if not noted:
            return otherwise
        try:
            os.remove(self._cause_path)
            return int(noted)
        except (OSError, ValueError):
            return otherwise

    def note_cause(self, cause):
        _write(self._cause_path, str(cause))

    # The end of the trace: it names the line that failed.
    def note(self, error):
        text = io.StringIO()
        sys.print_exception(error, text)
        self.trace = text.getvalue()[-MAX_CRASH:]
        _write(self._trace_path, self.trace)


def _read(path):
    try:
        with open(path) as file:
            return file.read()
    except OSError:
        return ""


# A file system that is full or worn out must not stop the node.
def _write(path, text):
    try:
        with open(path, "w") as file:
            file.write(text)
    except OSError:
        pass
