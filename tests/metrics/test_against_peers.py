"""The metrics of features against the numbers of torch-fidelity and of prdc, kept in peers.json."""

import json
from pathlib import Path

import jax.numpy as jnp
import numpy as np
import pytest

from gantheory import divergences, metrics

ROWS = json.loads((Path(__file__).parent / "peers.json").read_text("utf-8"))["rows"]
PRIME = 2**31 - 1
EACH = pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row['case']['size']} features")
# For fewer samples than features the root of torch-fidelity itself is accurate to 2e-8.
SINGLE, DOUBLE = (jnp.float32, 2e-4), (jnp.float64, 1e-7)


def numbers(seed, count, size):
    """Numbers that look uniform on [0, 1], by integer arithmetic alone: the same everywhere."""
    row, column = np.arange(1, count + 1)[:, None], np.arange(1, size + 1)[None]
    state = (seed * 16_807 + row * 48_271 + column * 69_621) % PRIME
    for _ in range(4):
        state = (state * state + row * 1_234_567 + column * 7_654_321) % PRIME
    return state / PRIME


def inputs(case):
    """What was generated, and the data."""
    fake = case["scale"] * numbers(case["seed"], case["fake"], case["size"]) + case["shift"]
    return fake, numbers(case["seed"] + 1, case["real"], case["size"])


@EACH
def test_the_inputs_are_those_that_the_peers_were_given(row):
    assert sum(sample.sum() for sample in inputs(row["case"])) == pytest.approx(
        row["checksum"], rel=1e-12
    )


@EACH
@pytest.mark.parametrize(("dtype", "tolerance"), [SINGLE, DOUBLE], ids=["single", "double"])
def test_frechet_and_kernel_distance_are_those_of_torch_fidelity(row, dtype, tolerance, x64):
    made, data = (jnp.asarray(sample, dtype) for sample in inputs(row["case"]))
    assert float(metrics.frechet_distance(made, data)) == pytest.approx(
        row["frechet"], rel=tolerance
    )
    moments = [
        moment(sample)
        for sample in inputs(row["case"])
        for moment in (lambda x: x.mean(axis=0), lambda x: np.cov(x, rowvar=False))
    ]
    stored = divergences.squared_wasserstein_multivariate_normal(
        *(jnp.asarray(moment, dtype) for moment in moments)
    )
    assert float(stored) == pytest.approx(row["frechet"], rel=tolerance)
    if "kernel" in row:
        assert float(metrics.kernel_distance(made, data).value) == pytest.approx(
            row["kernel"], rel=tolerance
        )


@EACH
@pytest.mark.parametrize("dtype", [jnp.float32, jnp.float64])
def test_neighbours_are_those_of_torch_fidelity_and_prdc(row, dtype, x64):
    made, data = (jnp.asarray(sample, dtype) for sample in inputs(row["case"]))
    three = metrics.precision_recall(features=made, reference=data, neighbours=3)
    five = metrics.precision_recall(features=made, reference=data, neighbours=5)
    dense = metrics.density_coverage(features=made, reference=data, neighbours=5)
    np.testing.assert_allclose(three, row["precision_recall"], rtol=1e-6)
    np.testing.assert_allclose([*five, *dense], row["prdc"], rtol=1e-6)
