"""One suite, three kinds of board: `pytest tests/hil --target virtual|pico|PORT`."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from hil.bench import Bench
from hil.benches import make_bench
from hil.loopback import BOARDS_OWN
from hil.targets import PORT, Target, find_target
from runslate.errors import RunslateError
from runslate.node import Node

FIGURES = pytest.StashKey[list[str]]()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--target", default="virtual", help="board of tests/hil: virtual, pico, pico-stock, or a serial port"
    )
    parser.addoption(
        "--loopback",
        nargs="?",
        const=BOARDS_OWN,
        metavar="OUT,IN",
        help="a wire joins the board's loop-back pins (docs/boards.md), or these two",
    )


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    target = find_target(config.getoption("--target"))
    for item in items:
        if "hil" in item.path.parts:
            item.add_marker(pytest.mark.timeout(target.test_timeout_s))
            if item.get_closest_marker("pico") and "emulate" in target.cannot:
                item.add_marker(pytest.mark.skip(reason=f"{target.name}: {target.cannot['emulate']}"))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """What was measured, also where every test has passed."""
    for line in config.stash.get(FIGURES, []):
        terminalreporter.write_line(line)


@pytest.fixture(scope="session")
def target(request: pytest.FixtureRequest) -> Target:
    return find_target(request.config.getoption("--target"))


@pytest.fixture(scope="session")
def bench(request: pytest.FixtureRequest, target: Target, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    name = request.config.getoption("--target")
    try:
        made = make_bench(target, name, tmp_path_factory.mktemp("hil"))
    except RunslateError as error:
        if target is PORT:
            pytest.exit(f"{name}: {error}", returncode=1)
        pytest.skip(f"{name}: {error}")
    yield made
    made.close()


@pytest.fixture
def node(bench: Bench) -> Iterator[Node]:
    """The greeted node; afterwards it is idle and the port is closed."""
    yield bench.connect()
    bench.come_to_rest()


@pytest.fixture
def tell(request: pytest.FixtureRequest) -> Callable[[str], None]:
    """Takes a line with a figure, for the end of the run."""
    return request.config.stash.setdefault(FIGURES, []).append


@pytest.fixture
def need(target: Target) -> Callable[[str], None]:
    """Skip a test that this target cannot do, saying why and what to do instead."""

    def check(ability: str) -> None:
        reason = target.cannot.get(ability)
        if reason:
            pytest.skip(f"{target.name}: {reason}")

    return check
