"""One run on several devices: each takes a part of every batch, in this process and in others."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import equinox as eqx
import jax
import numpy as np
from jax.experimental import multihost_utils
from jax.sharding import Mesh, NamedSharding, PartitionSpec
from jaxtyping import PyTree

from gantheory.shapes import Key


class OnMesh(eqx.Module):
    """A source whose batches are split over all devices of a mesh; the players are on every device.

    With `OnMesh(source, mesh)` in the place of `source`, training is data-parallel: the losses are
    those of the whole batch, and the devices exchange sums where a loss averages over it. The draws
    are the same to the last bit; the trained numbers agree up to rounding.

    Args:
        source: Makes all that is random in one turn from a key. Every array it makes, unless a
            scalar, has the batch as its first axis.
        mesh: The devices; the batch is split over all axes of the mesh.

    Raises:
        ValueError: When called, if a first axis does not divide by the number of devices.

    Examples:
        >>> import jax
        >>> import gantheory as gt
        >>> source = gt.data.Synthetic(gt.data.Normal(4.0, 1.0), gt.data.Uniform(1), batch_size=8)
        >>> mesh = jax.make_mesh((1,), ("batch",), devices=jax.devices()[:1])
        >>> gt.OnMesh(source, mesh)(jax.random.key(0)).real.shape
        (8, 1)
    """

    source: Callable[[Key], PyTree]
    mesh: Mesh = eqx.field(static=True)

    def __call__(self, key: Key) -> PyTree:
        """The draw, split over the mesh."""
        return jax.tree.map(self._split, self.source(key))

    def _split(self, leaf: PyTree) -> PyTree:
        if not eqx.is_array(leaf) or leaf.ndim == 0:
            return leaf
        if leaf.shape[0] % self.mesh.size:
            raise ValueError(
                f"source must make batches that divide by the {self.mesh.size} devices of mesh, "
                f"got an array of shape {leaf.shape}."
            )
        return jax.lax.with_sharding_constraint(leaf, split_first_axis(self.mesh))


def with_auto_axes(mesh: Mesh) -> Mesh:
    """The same devices on axes of type `Auto`: JAX's compiler spreads no other."""
    return Mesh(mesh.devices, mesh.axis_names)


def split_first_axis(mesh: Mesh) -> NamedSharding:
    """The first axis, split over the mesh, whose axes become `Auto`."""
    return NamedSharding(with_auto_axes(mesh), PartitionSpec(mesh.axis_names))


def without_mesh(source: PyTree) -> PyTree:
    """The source alone, which decides how a run goes on; where it is computed does not."""
    return source.source if isinstance(source, OnMesh) else source


def is_shared(source: PyTree) -> bool:
    """Whether the run that a source feeds is computed by several processes together."""
    return isinstance(source, OnMesh) and source.mesh.is_multi_process


@contextmanager
def needs_all_processes(source: PyTree) -> Iterator[None]:
    """Say what happened, and what to do, when a run loses one of the processes that compute it."""
    try:
        yield
    except jax.errors.JaxRuntimeError as error:
        if not is_shared(source):
            raise
        raise RuntimeError(
            "this run is computed by several processes, and the exchange with another one failed; "
            "most likely it has ended. Start the run again, with as many processes as there are: "
            "from its checkpoint it goes on, without one it starts afresh."
        ) from error


def in_any_process(flag: bool, source: PyTree) -> bool:  # noqa: FBT001
    """Whether the flag is set in any of the processes that compute a run together."""
    return bool(np.any(multihost_utils.process_allgather(flag))) if is_shared(source) else flag


def check_agreement(step: int, source: PyTree) -> None:
    """Raise unless the processes that compute a run together start from the same step."""
    if is_shared(source):
        steps = np.ravel(multihost_utils.process_allgather(step))
        if np.any(steps != step):
            raise ValueError(
                "checkpoint must be a file that all processes read alike, but they would go on from "
                f"the steps {', '.join(map(str, steps))}. Put it on a file system that they share."
            )


def writes_files(source: PyTree) -> bool:
    """Whether this process writes the files of a run: of several that compute it, the first."""
    return not is_shared(source) or jax.process_index() == 0
