# Settings as text by name, in one JSON file that is replaced as a whole.
import json
import os

from node.imu import PARTS, RATES
from node.refusal import Refusal
from node.wire import ERROR_BAD_VALUE, ERROR_NOT_OWNER

_DEFAULTS = {
    "name": "",
    "runner": "",
    "foot": "",  # left, right
    "role": "tag",
    "library": "",  # id of the library that owns the node, hex
    "odr_hz": "417",
    "part": "",  # the sensor, once it was identified at rest
    "address": "0",  # of the frames behind a radio that several nodes share; 0: alone on its port
    "pulse_um": "0",  # of a treadmill's belt per pulse; 0: not measured yet
}
_CHOICES = {
    "foot": ("", "left", "right"),
    "role": ("tag", "belt", "slate"),
    "odr_hz": tuple(str(rate) for rate in sorted(RATES)),
    "part": ("",) + tuple(sorted(PARTS)),
}
_MOST = {"address": 254, "pulse_um": 10_000_000}  # a belt is some metres long
_TEXT_MAX = 40  # bytes: name and runner go into the start page


class Settings:
    def __init__(self, folder):
        self._path = folder + "/settings.json"
        self._values = dict(_DEFAULTS)
        self._load()

    # An unreadable file counts as none, and so does a value that cannot be (of another firmware): the node must start.
    def _load(self):
        try:
            with open(self._path) as file:
                stored = json.load(file)
        except (OSError, ValueError):
            return
        if isinstance(stored, dict):
            for key in _DEFAULTS:
                if isinstance(stored.get(key), str) and not _fault(key, stored[key]):
                    self._values[key] = stored[key]

    def __getitem__(self, key):
        return self._values[key]

    def text(self, key):
        if key == "":
            return json.dumps(self._values)
        self._known(key)
        return self._values[key]

    def set(self, key, value):
        self._known(key)
        fault = _fault(key, value)
        if fault:
            raise Refusal(ERROR_BAD_VALUE, "The setting %s %s." % (key, fault))
        before = self._values[key]
        if before == value:
            return
        # Two laptops: who owns the node says so before it goes to another, and nobody takes it by accident.
        if key == "library" and before and value:
            raise Refusal(
                ERROR_NOT_OWNER, "This node belongs to library %s; set library empty before another takes it." % before
            )
        self._values[key] = value
        try:
            self._store()
        except OSError as error:
            self._values[key] = before
            raise Refusal(ERROR_BAD_VALUE, "The setting %s could not be stored (%r): is the flash full?" % (key, error))

    def _known(self, key):
        if key not in _DEFAULTS:
            raise Refusal(
                ERROR_BAD_VALUE, "There is no setting %s; known are %s." % (key, ", ".join(sorted(_DEFAULTS)))
            )

    # Written beside and renamed: power loss leaves the old file or the new one.
    def _store(self):
        beside = self._path + ".new"
        with open(beside, "w") as file:
            json.dump(self._values, file)
        os.rename(beside, self._path)


# Why this value cannot be: the rest of a sentence, "" when it can.
def _fault(key, value):
    choices = _CHOICES.get(key)
    if choices is not None and value not in choices:
        return "cannot be %s; it can be %s" % (value or "empty", ", ".join(c or "nothing" for c in choices))
    if len(value.encode()) > _TEXT_MAX:
        return "is too long; at most %d bytes fit" % _TEXT_MAX
    # JSON would need six bytes for each, and GET's answer for all settings would not fit its frame.
    if any(c < " " for c in value):
        return "must be without control characters"
    if key == "library" and not _is_library(value):
        return "must be empty or 16 hexadecimal digits"
    most = _MOST.get(key)
    if most is not None and not (value.isdigit() and int(value) <= most):
        return "must be a number from 0 to %d" % most
    return ""


def _is_library(value):
    return value == "" or (len(value) == 16 and all(c in "0123456789abcdef" for c in value))
