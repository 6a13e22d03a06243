"""A data set of Hugging Face's as a source, in three ways. Run by `nox -s integrations`."""

import datasets
import numpy as np
from small_gan import LATENT, start_of, trainer_on

from gantheory import data

numbers = np.random.default_rng(0).normal(4.0, 1.25, (1_000, 1)).astype(np.float32)
table = datasets.Dataset.from_dict({"x": numbers})  # or load_dataset(…)
table = table.with_format("numpy")

# in memory, on the device
in_memory = data.Dataset(table["x"][:], LATENT, 64)


# on disk, by index: a batch is a function of its number, and one read
def batch(number):
    """64 rows drawn with replacement."""
    rows = np.random.default_rng([1, number]).integers(len(table), size=64)
    return table[rows]["x"]  # with labels, the pair of two columns


by_index = data.Stream(batch, LATENT)

# streamed, as from load_dataset(…, streaming=True): endless, the same each time
stream = table.to_iterable_dataset().shuffle(seed=1, buffer_size=100)
endless = stream.repeat(None).batch(64)
in_order = data.Stream(data.InOrder(lambda: (rows["x"] for rows in endless)), LATENT)

# check: all of them train
for source in (in_memory, by_index, in_order):
    trainer = trainer_on(source)
    result = trainer.fit(start_of(trainer), 300, progress=False)
    real = float(result.history["real_logit"][-1])
    print(source, f"logit of the data {real:.2f}")
    assert np.isfinite(real)
