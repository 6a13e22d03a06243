"""A source whose batches are spread over several devices, in this process and in others."""

from collections.abc import Callable
from typing import Generic, TypeVar, cast

import equinox as eqx
import jax
from jax.sharding import Mesh, NamedSharding, PartitionSpec
from jaxtyping import PyTree

from gantheory.data.stream import Chunk
from gantheory.shapes import Key

__all__ = ["OnMesh"]

B = TypeVar("B")


class OnMesh(eqx.Module, Generic[B]):
    """A source whose batches are split over all devices of a mesh; each device has all players.

    With `OnMesh(source, mesh)` instead of `source`, training is data-parallel: the losses are
    those of the whole batch, and the devices exchange sums where a loss averages over it. The
    batches are the same to the last bit; the trained numbers agree up to rounding.

    Args:
        source: Makes all that is random in one turn from a key; or a `data.Stream`, for `fit`
            alone, of which every process reads all batches. Every array it makes, unless a scalar,
            has the batch as its first axis.
        mesh: The devices; the batch is split over all axes of the mesh.

    Raises:
        ValueError: When called, if a first axis is not divisible by the number of devices.

    Examples:
        >>> import jax
        >>> from gantheory import data
        >>> source = data.Synthetic(data.Normal(4.0, 1.0), data.Uniform(1), batch_size=8)
        >>> mesh = jax.make_mesh((1,), ("batch",), devices=jax.devices()[:1])
        >>> data.OnMesh(source, mesh)(jax.random.key(0)).real.shape
        (8, 1)
    """

    source: Callable[[Key], B] | Chunk
    mesh: Mesh = eqx.field(static=True)

    def __call__(self, key: Key) -> B:
        """Make the batch, split over the mesh."""
        source = cast(Callable[[Key], B], self.source)  # a chunk is read by `batch_of`
        return self.split(source(key))

    def split(self, batch: B) -> B:
        """A batch, split over the mesh."""
        return jax.tree.map(self._split, batch)

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
    """The same devices on axes of type `Auto`, the only ones over which JAX's compiler spreads."""
    return Mesh(mesh.devices, mesh.axis_names)


def split_first_axis(mesh: Mesh) -> NamedSharding:
    """The first axis, split over the mesh, whose axes become `Auto`."""
    return NamedSharding(with_auto_axes(mesh), PartitionSpec(mesh.axis_names))
