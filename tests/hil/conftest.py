"""One suite, three kinds of board: `pytest tests/hil --target virtual|pico|PORT`."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from hil.benches import Bench, make_bench
from hil.targets import Target, find_target
from runslate.errors import RunslateError
from runslate.node import Node


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--target", default="virtual", help="board of tests/hil: virtual, pico, pico-stock, or a serial port"
    )


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    limit = find_target(config.getoption("--target")).test_timeout_s
    for item in items:
        if "hil" in item.path.parts:
            item.add_marker(pytest.mark.timeout(limit))


@pytest.fixture(scope="session")
def target(request: pytest.FixtureRequest) -> Target:
    return find_target(request.config.getoption("--target"))


@pytest.fixture(scope="session")
def bench(request: pytest.FixtureRequest, target: Target, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    name = request.config.getoption("--target")
    try:
        made = make_bench(target, name, tmp_path_factory.mktemp("hil"))
    except RunslateError as error:
        pytest.skip(f"{name}: {error}")
    yield made
    made.close()


@pytest.fixture
def node(bench: Bench) -> Iterator[Node]:
    """The greeted node; afterwards it is idle and the port is closed."""
    yield bench.connect()
    bench.come_to_rest()


@pytest.fixture
def need(target: Target) -> Callable[[str], None]:
    """Skip a test that this target cannot do, saying why and what to do instead."""

    def check(ability: str) -> None:
        reason = target.cannot.get(ability)
        if reason:
            pytest.skip(f"{target.name}: {reason}")

    return check
