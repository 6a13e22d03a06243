"""A data set of Hugging Face's as a source: in memory, by index, or streamed. Run by `nox -s
integrations`."""

import datasets
import jax
import numpy as np
from small_gan import LATENT, start_of, trainer_on

import gantheory as gt
from gantheory import data

numbers = np.random.default_rng(0).normal(4.0, 1.25, (1_000, 1)).astype(np.float32)
table = datasets.Dataset.from_dict({"x": numbers}).with_format("numpy")  # or load_dataset(…)


class Column:
    """One column, read by index; a pair of columns is a sample with its label."""

    def __len__(self):
        return len(table)

    def __getitem__(self, index):
        return table[index]["x"]


def streamed():
    """Batches in the order of the file, epoch after epoch."""
    epoch = 0
    while True:
        ...
