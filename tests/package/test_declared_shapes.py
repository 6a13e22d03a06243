"""Every public function refuses arrays that do not have the shapes in its signature, with or
without a type checker.

Each array argument of a valid call is changed in turn: an axis more, an axis less, one axis longer,
one axis of size 1. What no longer fits the declared shapes must raise an error that names the
argument. What fits is decided here, from the annotations, and not by the code of the package.
"""

import inspect
from collections.abc import Callable, Iterator
from types import UnionType
from typing import Any, Union, get_args, get_origin

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from gantheory import (
    data,
    deviations,
    divergences,
    dynamics,
    games,
    losses,
    metrics,
    networks,
    penalties,
    plots,
    study,
    training,
)

MODULES = {
    module.__name__.split(".")[1]: module
    for module in (
        losses,
        divergences,
        deviations,
        penalties,
        metrics,
        games,
        networks,
        data,
        training,
        dynamics,
        study,
        plots,
    )
}
BUILT_BY_USERS = {  # the classes among them that are built from arrays
    "data.Dataset",
    "data.Normal",
    "data.NormalMixture",
    "data.Standardised",
    "games.Balance",
    "games.CreativeGame",
    "games.Gaussian",
    "games.RegressionGame",
    "games.VariationalGame",
    "games.WalkGame",
    "games.WeightedPenalty",
}
MADE_BY_THE_LIBRARY = {  # or checked where they are used: a batch, a game by its function
    "data.Batch",
    "data.LabelledImages",
    "divergences.Estimate",
    "games.BoundaryEquilibriumGame",
    "games.Context",
    "metrics.DensityCoverage",
    "metrics.ModeCoverage",
    "metrics.PrecisionRecall",
    "plots.Band",
    "study.BestByBudget",
    "training.TrainState",
}

ROW = divergences.F_DIVERGENCES["kl"]
POINTS = jnp.arange(12.0).reshape(6, 2)
NORMALS: dict[str, Any] = {
    name: jnp.full((3, 2), value)
    for name, value in (
        ("mean_p", 0.0),
        ("log_variance_p", 0.1),
        ("mean_q", 1.0),
        ("log_variance_q", 0.2),
    )
}
KEY = jax.random.key(0)
PLAYED: dict[str, Any] = {
    "game": games.minimax(),
    "players": {
        "generator": networks.Linear(1, 1, key=KEY),
        "discriminator": networks.Linear(1, "scalar", key=KEY),
    },
    "batch": data.Batch(real=jnp.ones((3, 1)), latent=jnp.ones((3, 1)), key=KEY),
}
FULL: dict[str, Any] = {
    "mean_p": jnp.zeros((3, 2)),
    "covariance_p": jnp.broadcast_to(jnp.eye(2), (3, 2, 2)),
    "mean_q": jnp.ones((3, 2)),
    "covariance_q": jnp.broadcast_to(2 * jnp.eye(2), (3, 2, 2)),
}
VALUES: dict[str, Any] = {  # one value for each argument, by its name
    "divergence": ROW,
    "real_logits": jnp.arange(4.0),
    "fake_logits": jnp.arange(1.0, 5.0),
    "logits_p": jnp.zeros((2, 3)),
    "logits_q": jnp.ones((2, 3)),
    "mean": jnp.zeros((3, 2)),
    "log_variance": jnp.zeros((3, 2)),
    "order": 0.5,
    "s": jnp.ones(3),
    "log_ratio": jnp.ones(3),
    "log_ratios": jnp.arange(3.0),
    "log_ratios_p": jnp.arange(3.0),
    "log_ratios_q": jnp.arange(4.0),
    "log_density_p": jnp.zeros(3),
    "log_density_q": jnp.ones(3),
    "grid": jnp.arange(3.0),
    "scores_p": jnp.arange(3.0),
    "scores_q": jnp.arange(4.0),
    "style_logits": jnp.arange(12.0).reshape(4, 3),
    "labels": jnp.array([0, 1, 2, 0]),
    "real_features": jnp.arange(8.0).reshape(4, 2) / 4,
    "fake_features": jnp.arange(6.0).reshape(3, 2) / 4,
    "styles": 3,
    "discount": 0.7,
    "visit_weight": 1.0,
    "alpha": 0.5,
    "beta": 1.0,
    "critic": lambda x: jnp.sum(x**2),
    "real": POINTS,
    "fake": POINTS + 1,
    "key": KEY,
    "noise_scale": 0.5,
    "bound": 0.1,
    "samples": POINTS,
    "reference": POINTS + 1,
    "features": POINTS,
    "directions": jnp.eye(2),
    "centres": POINTS[:3],
    "radius": 1.0,
    "min_count": 1,
    "neighbours": 2,
    "quantile": lambda u: u,
    "distribution": lambda x: jnp.clip(x, 0.0, 1.0),
    "runs": POINTS,
    "coverage": 0.5,
    "generator": lambda z: z,
    "targets": POINTS,
    "starts": POINTS[:2],
    "steps": 1,
    "learning_rate": 0.1,
    "adversarial": games.minimax(),
    "deviation": deviations.mce_deviation,
    "regression": lambda made, wanted: jnp.sum((made - wanted) ** 2),
    "weight": 1.0,
    "adversarial_weight": 1.0,
    "penalty_weight": 10.0,
    "r1_weight": 1.0,
    "r2_weight": 1.0,
    "clip_bound": 0.01,
    "gamma": 0.75,
    "k": 0.0,
    "standard_deviation": 1.0,
    "name": "penalty",
    "penalty": lambda critic, real, fake, key: jnp.zeros(()),
    "log_likelihood": games.Gaussian(1.0),
    "log_weights": jnp.zeros((2, 3)),
    "image": jnp.zeros((2, 3, 8)),
    "matrix": jnp.eye(3),
    "spectrum": jnp.ones(3, jnp.complex64),
    "tolerance": 0.1,
    "scores": jnp.arange(6.0),
    "failed_as": 0.0,
    "resamples": 3,
    "latent": data.Uniform(1),
    "batch_size": 2,
    "sampler": data.Normal(jnp.zeros(2), jnp.ones(2)),
    "sample": POINTS,
}
ROWS = {"samples": jnp.arange(6.0), "reference": jnp.arange(5.0)}
EXAMPLES: dict[str, dict[str, Any]] = {
    "divergences.kl_normal": NORMALS,
    "divergences.jeffreys_normal": NORMALS,
    "divergences.renyi_normal": NORMALS,
    "divergences.bhattacharyya_normal": NORMALS,
    "divergences.squared_wasserstein_normal": NORMALS,
    "divergences.kl_multivariate_normal": FULL,
    "divergences.squared_wasserstein_multivariate_normal": FULL,
    "penalties.clip_weights": {"critic": {"weight": POINTS}},
    "metrics.wasserstein_1d": ROWS,
    "metrics.kolmogorov_smirnov_1d": ROWS,
    "metrics.wasserstein_samples_1d": ROWS,
    "metrics.wasserstein_assignment": {"order": 1},
    "games.importance_log_weights": {
        "model": networks.VariationalAutoencoder(
            networks.Linear(3, 4, key=KEY), networks.Linear(2, 3, key=KEY)
        ),
        "x": jnp.ones(3),
        "noise": jnp.ones((4, 2)),
    },
    "dynamics.gradient_play": {**PLAYED, "step_size": 0.1, "steps": 1},
    "dynamics.step_jacobian": {**PLAYED, "step_size": 0.1},
    "data.Dataset": {"samples": POINTS, "labels": jnp.array([0, 1, 2, 0, 1, 2])},
    "data.Normal": {"mean": jnp.zeros(2), "standard_deviation": jnp.ones(2)},
}
ELSEWHERE = {"metrics.distance_to_polygons"}  # its polygons are not arrays; see its own tests


def declared(annotation: Any) -> str | None:
    """The shape string of an array in an annotation, alone or as one of several types."""
    union = get_origin(annotation) in (Union, UnionType)
    for one in get_args(annotation) if union else (annotation,):
        if getattr(one, "array_type", None) is jax.Array and hasattr(one, "dim_str"):
            return one.dim_str
    return None


def array_arguments(function: Callable[..., Any]) -> dict[str, str]:
    parameters = inspect.signature(function).parameters
    found = {name: declared(one.annotation) for name, one in parameters.items() if name != "key"}
    return {name: axes for name, axes in found.items() if axes is not None}


FUNCTIONS: dict[str, Callable[..., Any]] = {
    f"{room}.{name}": getattr(module, name)
    for room, module in MODULES.items()
    for name in module.__all__
    if (inspect.isfunction(getattr(module, name)) or f"{room}.{name}" in BUILT_BY_USERS)
    and array_arguments(getattr(module, name))
}


def arguments(name: str) -> dict[str, Any]:
    """A valid call, with every array argument given as an array."""
    given = {**VALUES, **EXAMPLES.get(name, {})}
    parameters = inspect.signature(FUNCTIONS[name]).parameters
    return {
        one: given[one]
        for one, parameter in parameters.items()
        if one in given or parameter.default is parameter.empty
    }


def fits(axes: dict[str, str], shapes: dict[str, tuple[int, ...]]) -> bool:
    """Whether the shapes are those declared, each name of an axis standing for one size."""
    sizes: dict[str, tuple[int, ...]] = {}
    for name, shape in shapes.items():
        left = list(shape)
        tokens = axes[name].split()
        several = len(left) - sum(not token.startswith("*") for token in tokens)
        if several < 0 or (several and not any(token.startswith("*") for token in tokens)):
            return False
        for token in tokens:
            count = several if token.startswith("*") else 1
            taken, left = tuple(left[:count]), left[count:]
            wanted = (int(token),) if token.isdigit() else sizes.setdefault(token, taken)
            if taken != wanted:
                return False
    return True


def changed(array: jax.Array) -> Iterator[tuple[str, jax.Array]]:
    """The array with an axis more, an axis less, and each axis longer or of size 1."""
    yield "another last axis", array[..., None]
    yield "another first axis", array[None]
    if array.ndim > 1:
        yield "a single number", jnp.ravel(array)[0]
    for axis in range(array.ndim):
        first = jax.lax.slice_in_dim(array, 0, 1, axis=axis)
        yield f"without axis {axis}", jnp.squeeze(first, axis)
        yield f"longer axis {axis}", jnp.concatenate([array, first], axis)
        if array.shape[axis] > 1:
            yield f"axis {axis} of size 1", first


def wrong_calls() -> Iterator[Any]:
    for name in sorted(set(FUNCTIONS) - ELSEWHERE):
        given, axes = arguments(name), array_arguments(FUNCTIONS[name])
        arrays = {one: jnp.asarray(given[one]) for one in axes if one in given}
        for argument, array in arrays.items():
            for what, other in changed(array):
                shapes = {one: value.shape for one, value in {**arrays, argument: other}.items()}
                if not fits(axes, shapes):
                    call = {**given, argument: other}
                    yield pytest.param(name, call, argument, id=f"{name}-{argument}-{what}")


@pytest.mark.usefixtures("without_hook")
@pytest.mark.parametrize(("name", "call", "argument"), list(wrong_calls()))
def test_a_shape_that_is_not_the_declared_one_is_refused_by_the_argument_s_name(
    name, call, argument
):
    with pytest.raises((ValueError, TypeError)) as raised:
        FUNCTIONS[name](**call)
    assert argument in str(raised.value)


@pytest.mark.parametrize("name", sorted(set(FUNCTIONS) - ELSEWHERE))
def test_the_call_that_is_changed_is_a_valid_one(name):
    FUNCTIONS[name](**arguments(name))


NUMERICAL = ("losses", "penalties", "divergences", "deviations", "metrics")


@pytest.mark.parametrize(
    "name", sorted(one for one in set(FUNCTIONS) - ELSEWHERE if one.split(".")[0] in NUMERICAL)
)
def test_single_precision_stays_single_where_double_is_the_default(name, x64):
    """Traced only; no type is promoted in these tests, and a count may be as wide as the default's
    integers."""
    given = arguments(name)
    arrays = {
        one: jnp.asarray(np.asarray(value))
        for one, value in given.items()
        if isinstance(value, jax.Array) and one != "key"
    }
    result = jax.eval_shape(lambda some: FUNCTIONS[name](**{**given, **some}), arrays)
    found = [one.dtype for one in jax.tree.leaves(result)]
    assert jnp.dtype("float32") in found
    assert jnp.dtype("float64") not in found


def anything_fits(axes: dict[str, str]) -> bool:
    """Whether any number of axes is declared, one at least perhaps, and no two arguments must
    agree."""
    tokens = [token for one in axes.values() for token in one.split()]
    starred = all("*" in one and len(one.split()) <= 2 for one in axes.values())
    return starred and len(set(tokens)) == len(tokens)


def test_every_class_that_is_built_from_arrays_is_asked_or_known_to_be_a_result():
    classes = {
        f"{room}.{name}"
        for room, module in MODULES.items()
        for name in module.__all__
        if inspect.isclass(getattr(module, name)) and array_arguments(getattr(module, name))
    }
    assert classes == BUILT_BY_USERS | MADE_BY_THE_LIBRARY


def test_every_function_of_arrays_is_asked():
    asked = {case.values[0] for case in wrong_calls()}
    expected = {
        name for name, function in FUNCTIONS.items() if not anything_fits(array_arguments(function))
    }
    assert asked | ELSEWHERE >= expected
    assert len(asked) > 25
