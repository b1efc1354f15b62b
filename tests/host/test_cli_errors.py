"""What can be wrong before anything works: each a sentence with the cure, and no trace-back."""

from __future__ import annotations

import fcntl
import json
import os
import threading
import tty
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from runslate import opening
from runslate_protocol import Frame, encode_frame

from host.commands import call, run


@pytest.fixture
def terminal() -> Iterator[tuple[int, str]]:
    """A pseudo terminal in raw mode: our end, and the path that others open."""
    ours, theirs = os.openpty()
    tty.setraw(theirs)
    yield ours, os.ttyname(theirs)
    os.close(theirs)
    os.close(ours)


def chatter(ours: int, answer: Callable[[bytes], bytes]) -> None:
    """Answer whatever arrives, as a board with something else on it would."""

    def loop() -> None:
        while True:
            try:
                reply = answer(os.read(ours, 1000))
                os.write(ours, reply)
            except OSError:
                return

    threading.Thread(target=loop, daemon=True).start()


def fails(*words: str) -> str:
    """Call a command that must fail with sentences only (another error is raised here); gives what it said."""
    done = call(*words)
    assert done.returncode == 1, done
    assert done.stdout == ""
    return done.stderr


def test_no_arguments_show_the_help() -> None:
    done = run()
    assert done.returncode == 0
    for command in ("ports", "doctor", "node", "roll", "cut", "record", "drain", "takes"):
        assert command in done.stdout


def test_a_wrong_port_is_named_and_leaves_no_library_behind() -> None:
    done = run("record", "--port", "/dev/ttyNOPE", "--seconds", "1")
    assert (done.returncode, done.stdout) == (1, "")
    assert "There is no port /dev/ttyNOPE" in done.stderr
    assert "runslate ports" in done.stderr
    assert "Traceback" not in done.stderr
    assert not Path(os.environ["RUNSLATE_LIBRARY"]).exists()


def test_a_file_is_not_a_port(tmp_path: Path) -> None:
    file = tmp_path / "notes.txt"
    file.write_text("untouched")
    assert "not a serial port" in fails("node", "info", "--port", str(file))
    assert file.read_text() == "untouched"


def test_a_busy_port_says_who_to_close(terminal: tuple[int, str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opening, "BACK_S", 0)
    holder = os.open(terminal[1], os.O_RDWR | os.O_NOCTTY)
    fcntl.flock(holder, fcntl.LOCK_EX)
    said = fails("node", "info", "--port", terminal[1])
    os.close(holder)
    assert "busy" in said
    assert "mpremote" in said


def test_a_board_at_its_prompt_is_recognised(terminal: tuple[int, str]) -> None:
    banner = b"\r\nMicroPython v1.25.0 on 2025-04-15; Raspberry Pi Pico with RP2040\r\n>>> "
    chatter(terminal[0], lambda heard: banner if b"\x02" in heard else b"")
    said = fails("node", "info", "--port", terminal[1])
    assert "MicroPython's prompt, not our firmware" in said
    assert "v1.25.0 on Raspberry Pi Pico with RP2040" in said
    assert f"runslate flash --port {terminal[1]}" in said


def test_a_board_that_echoes_is_no_node(terminal: tuple[int, str]) -> None:
    chatter(terminal[0], lambda heard: b"$GPGGA,123519,4807.038,N*47\r\n")
    assert "is not a node" in fails("node", "info", "--port", terminal[1])


def test_a_silent_board_is_told_from_a_strange_one(terminal: tuple[int, str]) -> None:
    chatter(terminal[0], lambda heard: b"")
    said = fails("node", "info", "--port", terminal[1])
    assert "Nothing answers" in said
    assert "reset button" in said


def test_a_firmware_of_another_version_is_told(terminal: tuple[int, str]) -> None:
    chatter(terminal[0], lambda heard: encode_frame(Frame(0x81, b"??", 5, 1, 0, 9)))
    assert "another protocol version" in fails("node", "info", "--port", terminal[1])


def test_no_node_at_all_says_how_to_get_one() -> None:
    said = fails("record", "--seconds", "1")
    assert "No node is connected" in said
    assert "runslate sim" in said


def test_no_port_is_probed_that_was_not_named(terminal: tuple[int, str]) -> None:
    heard: list[bytes] = []
    chatter(terminal[0], lambda data: heard.append(data) or b"")  # type: ignore[func-returns-value]
    done = call("ports", "--json")
    assert terminal[1] not in {port["port"] for port in json.loads(done.stdout)["ports"]}
    assert heard == []


def test_takes_need_a_library() -> None:
    assert "There is no library" in fails("takes", "list")
    assert "There is no library" in fails("cut")


def test_doctor_tells_what_is_missing_and_fails() -> None:
    done = call("doctor", "--json")
    checks = {(check["subject"], check["check"]): check for check in json.loads(done.stdout)["checks"]}
    assert done.returncode == 1
    assert "runslate sim" in checks["ports", "nodes"]["cure"]
    assert checks["computer", "Python"]["passed"]


def test_a_folder_that_is_not_there_is_named_in_a_sentence(tmp_path: Path) -> None:
    picture = tmp_path / "nowhere" / "audit.svg"
    done = run("audit", "filmography", "--lead", "Tom Cruise", "--picture", str(picture))
    assert done.returncode == 1
    assert str(picture.parent) in done.stderr
    assert "Traceback" not in done.stderr
