"""Sources, which make all that one turn of a game needs from one key; and readers of images."""

from gantheory.data.batch import Batch
from gantheory.data.folder import ImageFolder
from gantheory.data.idx import read_idx, read_labelled_idx
from gantheory.data.images import LabelledImages, Scaled, to_bytes, to_signed
from gantheory.data.polygons import ConvexPolygons
from gantheory.data.samplers import (
    Normal,
    NormalMixture,
    Standardised,
    Uniform,
    grid_of_normals,
    ring_of_normals,
)
from gantheory.data.sharded import OnMesh
from gantheory.data.sources import Dataset, Synthetic
from gantheory.data.stream import InOrder, Shuffled, Stream

__all__ = [
    "Batch",
    "ConvexPolygons",
    "Dataset",
    "ImageFolder",
    "InOrder",
    "LabelledImages",
    "Normal",
    "NormalMixture",
    "OnMesh",
    "Scaled",
    "Shuffled",
    "Standardised",
    "Stream",
    "Synthetic",
    "Uniform",
    "grid_of_normals",
    "read_idx",
    "read_labelled_idx",
    "ring_of_normals",
    "to_bytes",
    "to_signed",
]
