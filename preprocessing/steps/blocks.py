"""Steps on Ray Data: a unit is one block from the first step to the last.

Ray Data fuses consecutive steps into one task, so blocks are transferred only to and from actors
with models. Steps keep their names in Ray's dashboard.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import wraps
from typing import Any

import pyarrow as pa
import ray.data

from preprocessing.clips.clip import Step, clips, table
from sentivox.settings import Device

Blocks = Callable[..., pa.Table]
ACTOR_CPUS = 0.5
"""Cores of an actor with a model: on two cores, two actors leave a core for the other tasks."""
ACTOR_GPUS = 0.5


def numbered(count: int) -> ray.data.Dataset:
    """A data set with one block per unit; the column "id" has the unit's number."""
    # A unit that is split into several blocks can't be written as one file.
    ray.data.DataContext.get_current().target_max_block_size = None
    return ray.data.range(count, override_num_blocks=count)


def over(rows: ray.data.Dataset, function: Blocks, **arguments: Any) -> ray.data.Dataset:
    """The data set with `function(block, **arguments)` applied to every block."""
    return rows.map_batches(
        function, fn_kwargs=arguments, batch_size=None, batch_format="pyarrow", zero_copy_batch=True
    )


def over_clips(rows: ray.data.Dataset, step: Step) -> ray.data.Dataset:
    """The data set with `step` applied to every clip that isn't dropped."""

    @wraps(step)
    def all_of(block: pa.Table) -> pa.Table:
        return table([clip if clip.dropped else step(clip) for clip in clips(block)])

    return over(rows, all_of)


def over_in_actors(
    rows: ray.data.Dataset, check: type, settings: object, device: Device, actors: int
) -> ray.data.Dataset:
    """The data set with `check(settings)` applied to every block, in at most `actors` actors."""
    return rows.map_batches(
        check,
        fn_constructor_args=(settings,),
        compute=ray.data.ActorPoolStrategy(min_size=1, max_size=actors),
        num_cpus=ACTOR_CPUS,
        num_gpus=ACTOR_GPUS if device == "cuda" else None,
        batch_size=None,
        batch_format="pyarrow",
    )


def names(rows: ray.data.Dataset, column: str) -> Iterator[str]:
    """Run the data set; yield the values of a column as blocks become ready."""
    yield from (row[column] for row in rows.iter_rows())
