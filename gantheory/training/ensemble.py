"""Many runs of one function: seeds and hyperparameters as axes, one compilation, all cores."""

import inspect
import math
import os
import warnings
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, nullcontext
from typing import Any, TypeVar

import equinox as eqx
import jax
import jax.numpy as jnp
from jax.sharding import Mesh, NamedSharding, PartitionSpec
from jaxtyping import PyTree

from gantheory._checks import described, require_function
from gantheory.data.sharded import split_first_axis, with_auto_axes
from gantheory.training.interruption import interruptions
from gantheory.training.progress import progress_bar

RUNS_AT_ONCE = 8
"""On each core of a CPU: what fits into its cache, and enough to make a thread worth it."""

ON_AN_ACCELERATOR = 256
"""Runs at once there, at most; more of them show their progress, and can be interrupted."""

LINEAR_ALGEBRA = "lapack"
"""What a program contains that factorises matrices on a CPU. It then waits in one of XLA's threads
for help from the others; if such programs held all threads, they would wait for each other
for ever."""

Run = Callable[..., PyTree]
T = TypeVar("T")


def fit_ensemble(
    run: Callable[..., T], *values: PyTree, mesh: Mesh | None = None, progress: bool = True
) -> T:
    """Make many runs, each with its own key and its own values of whatever varies.

    `fit_ensemble(run, keys, rates)` gives what `run(keys[i], rates[i])` gives for every `i`,
    stacked, from one compilation, which a second call with other values shares. On a CPU small
    vectorised groups of runs go to one thread per core; elsewhere groups of up to 256 runs follow
    each other, of fewer where the device's memory asks for it.

    The numbers agree with those of solo runs up to rounding, which training amplifies; they are
    repeated exactly only with the same number of runs on the same number of cores or devices.

    On a CPU, runs that factorise matrices (singular values, as in `metrics.frechet_distance`, QR,
    eigenvalues) leave one core to XLA, or they would block each other. With two cores, set
    `NPROC=4` in the environment to use the second one as well.

    Ctrl-C lets the groups under way finish and returns the runs that are done, with a warning; a
    second Ctrl-C stops at once.

    Args:
        run: One run: from a key and further arrays to arrays, such as the `Result` of
            `Trainer.train`. It is traced, so it may build networks, games and optimisers from what
            it gets. Define it once: another function object is another compilation.
        values: What the runs get, in the order of the parameters of `run`: trees of arrays, each
            with a leading run axis of one common length. Of a module, such as a player or the state
            of another ensemble, the arrays alone are split; the rest is the same for all runs.
        mesh: Split the runs evenly over all devices of this mesh, in every process that has some;
            they go as one group, without a bar and to the end.
        progress: Show a bar that counts the runs on standard error.

    Returns:
        The outcome of `run`, every array with a leading run axis; with a mesh, on all its devices.

    Raises:
        TypeError: There are no values, they do not fit `run`, or one holds something other than
            arrays.
        ValueError: The values differ in their number of runs; the message names them. Or runs that
            factorise matrices would block each other on the CPU devices of a mesh; the message
            says what to set.

    Examples:
        >>> import jax
        >>> import optax
        >>> import gantheory as gt
        >>> line = gt.networks.Linear(1, 1, key=jax.random.key(0))
        >>> players = {"generator": line, "discriminator": line}
        >>> source = gt.data.Synthetic(gt.data.Normal(4.0, 1.0), gt.data.Uniform(1), batch_size=8)
        >>> sgd = gt.Optimiser(optax.sgd, learning_rate=0.1)
        >>> both = {"generator": sgd, "discriminator": sgd}
        >>> trainer = gt.Trainer(gt.games.nonsaturating(), source, optimisers=both)
        >>> def run(key):
        ...     return trainer.train(trainer.init(players, key=key), 4)
        >>> results = gt.fit_ensemble(run, jax.random.split(jax.random.key(1), 3), progress=False)
        >>> print(results, results.history["generator"].shape)
        Result(3 runs; players: discriminator, generator) (3, 4)
    """
    runs, values = _checked(run, values)
    if mesh is not None:
        return _on_mesh(run, values, runs, mesh)
    on_cpu = jax.default_backend() == "cpu"
    workers = _cores() if on_cpu else 1
    lowered, program, size = _program(
        run, values, _group_size(runs, workers, RUNS_AT_ONCE if on_cpu else ON_AN_ACCELERATOR)
    )
    if _mentions(lowered, LINEAR_ALGEBRA):
        workers = max(1, min(workers, _threads_of_xla() - 1))
    groups = [_padded(values, first, size) for first in range(0, runs, size)]
    done = _in_threads(lambda group: program(run, group), groups, workers, runs, progress=progress)
    results = jax.tree.map(
        lambda *parts: jnp.concatenate(parts)[:runs] if eqx.is_array(parts[0]) else parts[0], *done
    )
    if len(done) < len(groups):
        warnings.warn(
            f"interrupted: the results are those of the first {len(done) * size} of {runs} runs",
            stacklevel=2,
        )
    return results


@eqx.filter_jit
def _group(run: Run, values: tuple[PyTree, ...]) -> PyTree:
    return eqx.filter_vmap(run)(*values)


def _program(
    run: Run, values: tuple[PyTree, ...], size: int
) -> tuple[jax.stages.Lowered, Callable[..., PyTree], int]:
    """The program of a group, and how many runs it makes: half as many while memory lacks."""
    lowered = _group.lower(  # pyright: ignore[reportFunctionMemberAccess]
        run, _padded(values, 0, size)
    )
    program = lowered.compile()
    if size > 1 and _bytes_of(program.compiled) > _free_bytes():
        return _program(run, values, math.ceil(size / 2))
    return lowered.lowered, program, size


def _bytes_of(program: jax.stages.Compiled) -> int:
    """What a program needs beside its arguments."""
    memory: Any = program.memory_analysis()
    return memory.temp_size_in_bytes + memory.output_size_in_bytes


def _free_bytes() -> float:
    """What the device says is free; a CPU says nothing."""
    memory = jax.local_devices()[0].memory_stats()
    return memory["bytes_limit"] - memory["bytes_in_use"] if memory else math.inf


@eqx.filter_jit
def _split(run: Run, values: tuple[PyTree, ...], mesh: Mesh) -> PyTree:
    """All runs, each device its part; no device waits for another before the end."""
    kept = []
    arrays, static = eqx.partition(values, eqx.is_array)

    def part(arrays: PyTree) -> PyTree:
        values = eqx.combine(arrays, static)
        results, still = eqx.partition(eqx.filter_vmap(run)(*values), eqx.is_array)
        kept.append(still)
        return results

    mesh, axes = with_auto_axes(mesh), split_first_axis(mesh).spec
    results = jax.shard_map(part, mesh=mesh, in_specs=axes, out_specs=axes, check_vma=False)(arrays)
    everywhere = NamedSharding(mesh, PartitionSpec())
    return eqx.combine(jax.lax.with_sharding_constraint(results, everywhere), kept[0])


def _on_mesh(run: Run, values: tuple[PyTree, ...], runs: int, mesh: Mesh) -> PyTree:
    whole = _padded(values, 0, math.ceil(runs / mesh.size) * mesh.size)
    devices = sum(device.platform == "cpu" for device in mesh.local_devices)
    if devices > 1 and devices >= _threads_of_xla() and _factorises(run, whole, mesh):
        raise ValueError(
            f"mesh has {devices} CPU devices in this process and run factorises matrices, where "
            f"XLA's {_threads_of_xla()} threads would wait for each other for ever: start Python "
            f"with NPROC={devices + 1} in the environment, or leave out the mesh."
        )
    results = _split(run, whole, mesh)
    return jax.tree.map(lambda leaf: leaf[:runs] if eqx.is_array(leaf) else leaf, results)


def _factorises(run: Run, values: tuple[PyTree, ...], mesh: Mesh) -> bool:
    lowered = _split.lower(run, values, mesh)  # pyright: ignore[reportFunctionMemberAccess]
    return _mentions(lowered.lowered, LINEAR_ALGEBRA)


def _in_threads(
    play: Callable[[PyTree], PyTree],
    groups: list[PyTree],
    workers: int,
    runs: int,
    *,
    progress: bool,
) -> list[PyTree]:
    """The outcomes of the groups, in order; fewer than there are groups after a Ctrl-C."""
    done: list[PyTree] = []
    size = math.ceil(runs / len(groups))
    bar = progress_bar(0, runs, "run") if progress else nullcontext(lambda *_: None)
    with interruptions() as interrupted, bar as report, _stops_at_once(workers) as pool:

        def one(group: PyTree) -> PyTree:
            return None if interrupted() else jax.block_until_ready(play(group))

        futures: list[Future[PyTree]] = [pool.submit(one, group) for group in groups]
        for future in futures:
            outcome = future.result()
            if outcome is None:
                break
            done.append(outcome)
            report(min(runs, len(done) * size), "")
    if not done:
        raise KeyboardInterrupt
    return done


@contextmanager
def _stops_at_once(workers: int) -> Iterator[ThreadPoolExecutor]:
    """Threads that an exception, such as that of a second Ctrl-C, does not wait for."""
    pool = ThreadPoolExecutor(workers)
    try:
        yield pool
    except BaseException:
        pool.shutdown(wait=False, cancel_futures=True)
        raise
    pool.shutdown()


def _mentions(lowered: jax.stages.Lowered, text: str) -> bool:
    """Whether a program's text, without the data that it closes over, contains a word."""
    module: Any = lowered.compiler_ir()
    return text in module.operation.get_asm(large_elements_limit=16)


def _checked(run: Run, values: tuple[PyTree, ...]) -> tuple[int, tuple[PyTree, ...]]:
    """The number of runs, and the values as JAX arrays."""
    if not values:
        raise TypeError("values must hold at least one array with a leading run axis, got none.")
    require_function("a function of the values of one run", run=run)
    try:
        named = inspect.signature(run).bind(*values).arguments
    except TypeError as error:
        raise TypeError(
            f"values must be those that run{inspect.signature(run)} takes, got {len(values)}: "
            f"{error}."
        ) from error
    names = list(named)[: len(values)]
    if len(names) < len(values):  # run takes *values itself
        names = [f"value {index}" for index in range(len(values))]
    lengths: dict[str, int] = {}
    for name, value in zip(names, values, strict=True):
        for leaf in _leaves(value):
            if not eqx.is_array_like(leaf) or jnp.ndim(leaf) == 0:
                hint = ": one entry for each run (of keys, jax.random.split(key, runs))"
                raise TypeError(
                    f"{name} must hold only arrays with a leading run axis, but holds "
                    f"{described(leaf)}{hint}."
                )
            if lengths.setdefault(name, len(leaf)) != len(leaf):
                raise ValueError(
                    f"{name} must have one leading run axis, but holds arrays of "
                    f"{lengths[name]} and {len(leaf)} runs."
                )
    if len(set(lengths.values())) != 1 or 0 in lengths.values():
        counts = ", ".join(f"{name} for {length}" for name, length in lengths.items())
        raise ValueError(
            f"{' and '.join(lengths) or 'values'} must have values for the same number of "
            f"runs, at least one; got {counts or 'no array'}."
        )
    return next(iter(lengths.values())), _map_arrays(jnp.asarray, values)


def _leaves(value: PyTree) -> list[PyTree]:
    """The leaves of a value; of its modules, such as players, only the arrays."""
    found = jax.tree.leaves(value, is_leaf=_is_module)
    return [
        leaf
        for one in found
        for leaf in (jax.tree.leaves(eqx.filter(one, eqx.is_array)) if _is_module(one) else [one])
    ]


def _is_module(node: PyTree) -> bool:
    return isinstance(node, eqx.Module)


def _map_arrays(function: Callable[[Any], Any], tree: PyTree) -> PyTree:
    """A function of every array of a tree, NumPy's too; all else stays as it is."""
    return jax.tree.map(
        lambda leaf: function(leaf) if eqx.is_array_like(leaf) and jnp.ndim(leaf) else leaf, tree
    )


def _group_size(runs: int, workers: int, most: int) -> int:
    """The size of a group, at most `most`, that keeps all workers busy to the end."""
    rounds = math.ceil(runs / (workers * most))
    return math.ceil(runs / (workers * rounds))


def _padded(values: tuple[PyTree, ...], first: int, size: int) -> tuple[PyTree, ...]:
    """The values of `size` runs from the first on; where there are no more, the last once more."""
    return _map_arrays(
        lambda leaf: leaf[jnp.minimum(jnp.arange(first, first + size), len(leaf) - 1)], values
    )


def _threads_of_xla() -> int:
    """The threads that all programs of this process share on a CPU."""
    return int(os.environ.get("NPROC", _cores()))


def _cores() -> int:
    """The cores this process may use."""
    known = getattr(os, "sched_getaffinity", None)
    return len(known(0)) if known else os.cpu_count() or 1
