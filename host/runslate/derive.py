"""Derived tables of a take: disposable Parquet, made of the raw pages again at any time."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np

from runslate.analysis.tables import StrideTable, TakeData
from runslate.clocks.history import remember
from runslate.collect import take_tables
from runslate.errors import RunslateError
from runslate.files import FILE_MODE, make_folder
from runslate.incidents.keep import keep_incidents
from runslate.library import Library
from runslate.nodetime import node_time
from runslate.reel import Reel
from runslate.take import Take

TABLE_VERSION = "1"
"""Rises when a column changes its meaning; older files are made anew."""


def derive(library: Library, take: Take) -> TakeData:
    """Collect a take, write its strides.parquet, its incidents, and what is now known into its take.json."""
    data = take_tables(library, take)
    write_strides(data, make_folder(library.take_folder(take.name)) / "strides.parquet")
    take.time_uncertainty_us_p95 = round(data.uncertainty_us_p95, 1)
    take.provisional = data.provisional
    library.save_take(take)
    keep_incidents(library, take, data)
    learn_crystals(library, take)
    return data


def learn_crystals(library: Library, take: Take) -> None:
    """Keep what a take's finished reels show of their boards' crystals, for takes to come."""
    for uid, reel_id in take.reels:
        store = library.reel(uid, reel_id)
        here = [sample for sample in store.clock() if sample.get("host_boot") == take.host_boot]
        if not here or not store.ledger().settled:
            continue
        with suppress(RunslateError):  # a reel that has no times teaches none
            remember(store, node_time(Reel.load(store), here, take).clock)


def write_strides(data: TakeData, path: Path) -> None:
    """Write one row per stride and node: runner first, then the columns of `StrideTable`."""
    import pyarrow as pa
    from pyarrow import parquet

    names = [field.name for field in fields(StrideTable)]
    tables = [(runner, data.strides[runner]) for runner in data.cast]
    runners = [runner for runner, table in tables for _ in range(len(table))]
    columns: dict[str, Any] = {"runner": pa.array(runners, pa.string())}
    for name in names:
        parts = [getattr(table, name) for _, table in tables]
        joined = np.concatenate(parts) if parts else np.empty(0)
        columns[name] = pa.array(joined.tolist() if joined.dtype.kind == "U" else joined)
    table = pa.table(columns).replace_schema_metadata(
        {"runslate_table": "strides", "version": TABLE_VERSION, "take": data.take}
    )
    parquet.write_table(table, path)
    path.chmod(FILE_MODE)
