"""A campaign loses nothing, and notices every way in which the host was broken."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from runslate.faults.campaign import OWNER, SHORT, Campaign, Plan, run_campaign
from runslate.faults.judge import Loss
from runslate.faults.mutants import MUTANTS
from runslate.faults.stage import Stage
from runslate.library import Library

from host.commands import run

CALM = Plan(takes=1, nodes=2, scene_s=8.0, reader=False, harm=0.0, tries=2)
"""Bad links only."""


@pytest.fixture(scope="module")
def shot(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Campaign]:
    """A take that was shot over bad links and lies in the nodes' flash."""
    folder = tmp_path_factory.mktemp("campaign")
    with Stage(folder, 5, CALM.nodes, CALM.scene_s, Library(folder / OWNER).id) as stage:
        campaign = Campaign(stage, folder, 5, CALM)
        campaign.shoot()
        yield campaign


def test_a_library_that_only_reads_gets_every_page_over_a_bad_link(shot: Campaign) -> None:
    shot.drain("reader")
    assert shot.loss("reader") == Loss()


@pytest.mark.parametrize("mutant", MUTANTS)
def test_every_way_of_breaking_the_host_is_noticed(shot: Campaign, mutant: str) -> None:
    shot.drain(mutant, mutant)
    loss = shot.loss(mutant)
    figures = {"no-crc": loss.wrong_bytes, "swap-nodes": loss.wrong_bytes}
    assert figures.get(mutant, loss.lost_pages) > 0


def test_a_campaign_with_killed_hosts_and_power_losses_loses_nothing(tmp_path: Path) -> None:
    outcome = run_campaign(tmp_path, 3, SHORT)
    assert outcome.loss == Loss()
    assert outcome.takes >= 1
    assert outcome.pages > 100
    assert sum(outcome.injected.values()) > 100


@pytest.mark.long
@pytest.mark.parametrize("mutant", MUTANTS)
def test_the_command_fails_for_every_mutant(tmp_path: Path, mutant: str) -> None:
    done = run("faults", "--short", "--seed", "7", "--mutant", mutant, "--json", "--folder", str(tmp_path))
    document = json.loads(done.stdout)
    assert done.returncode == 1
    assert document["mutant"] == mutant
    assert document["lost_pages"] + document["wrong_bytes"] + document["lost_events"] > 0


@pytest.mark.long
@pytest.mark.timeout(600)
def test_a_whole_campaign_injects_thousands_of_faults_and_loses_nothing(tmp_path: Path) -> None:
    done = run("faults", "--seed", "11", "--json", "--folder", str(tmp_path))
    document = json.loads(done.stdout)
    assert done.returncode == 0, document
    assert document["faults"] > 1000
    assert len(document["injected"]) >= 8
    assert document["takes"] >= 3
