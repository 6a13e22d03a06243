"""What every public loss has in common, asked of all of them by introspection."""

import inspect
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from gantheory import losses
from gantheory.divergences import F_DIVERGENCES
from gantheory.shapes import FakeLogits, PairedLogits, RealLogits

PUBLIC = {
    name: value
    for name, value in vars(losses).items()
    if inspect.isfunction(value)
    and value.__module__.startswith(f"{losses.__name__}.")
    and not name.startswith("_")
}
LOSSES = {
    name if divergence is None else f"{name}: {divergence}": (
        loss if divergence is None else partial(loss, F_DIVERGENCES[divergence])
    )
    for name, loss in PUBLIC.items()
    for divergence in (F_DIVERGENCES if name.startswith("f_gan") else (None,))
}


def declared(**promises: bool) -> dict:
    """The losses that make exactly these promises."""
    return {
        name: loss
        for name, loss in LOSSES.items()
        if all(getattr(losses.PROPERTIES[name], key) == value for key, value in promises.items())
    }


def for_each(chosen: dict):
    return pytest.mark.parametrize("loss", chosen.values(), ids=chosen)


every_loss = for_each(LOSSES)


def names(loss) -> list[str]:
    return list(inspect.signature(loss).parameters)


def is_paired(loss) -> bool:
    parameters = inspect.signature(loss).parameters.values()
    return any(parameter.annotation is PairedLogits for parameter in parameters)


def logits(loss, *, seed: int = 0, shape=(6,), scale: float = 3.0) -> dict[str, jax.Array]:
    key = jax.random.key(seed)
    return {
        name: scale * jax.random.normal(jax.random.fold_in(key, index), shape)
        for index, name in enumerate(names(loss))
    }


def test_the_module_defines_what_it_lists_and_nothing_public_beside():
    assert {*PUBLIC, "PROPERTIES", "LossProperties"} == set(losses.__all__)
    assert set(losses.PROPERTIES) == set(LOSSES)


@every_loss
def test_arguments_are_named_alike_and_have_no_default(loss):
    parameters = inspect.signature(loss).parameters
    assert names(loss) in (["fake_logits"], ["real_logits", "fake_logits"])
    assert all(parameter.default is inspect.Parameter.empty for parameter in parameters.values())
    expected = {"real_logits": RealLogits, "fake_logits": FakeLogits}
    for name, parameter in parameters.items():
        assert parameter.annotation is (PairedLogits if is_paired(loss) else expected[name])


@every_loss
@pytest.mark.parametrize("shape", [(), (6,), (2, 1, 3)])
def test_any_shape_goes_in_and_the_scalar_mean_comes_out(loss, shape):
    arguments = logits(loss, shape=shape)
    value = loss(**arguments)
    assert value.shape == ()
    one_by_one = jax.vmap(loss)(*(array.reshape(-1) for array in arguments.values()))
    np.testing.assert_allclose(value, jnp.mean(one_by_one), rtol=1e-6)


@every_loss
@pytest.mark.parametrize("dtype", [jnp.float16, jnp.bfloat16, jnp.float32])
def test_the_dtype_of_the_logits_is_the_dtype_of_the_loss(loss, dtype):
    arguments = {name: array.astype(dtype) for name, array in logits(loss).items()}
    value, gradients = jax.value_and_grad(lambda given: loss(**given))(arguments)
    assert value.dtype == dtype
    assert all(gradient.dtype == dtype for gradient in gradients.values())


SIGNS = [(1, 1), (1, -1), (-1, 1), (-1, -1), (0, 0)]


def is_finite_at(loss, signs) -> bool:
    """Whether value and gradient are finite where every logit is ten thousand of a sign."""
    arguments = {
        name: jnp.full((3,), sign * 1e4)
        for name, sign in zip(names(loss), signs[: len(names(loss))], strict=True)
    }
    value, gradients = jax.value_and_grad(lambda given: loss(**given))(arguments)
    return all(bool(jnp.all(jnp.isfinite(array))) for array in (value, *gradients.values()))


@for_each(declared(finite=True))
@pytest.mark.parametrize("signs", SIGNS)
def test_value_and_gradient_are_finite_at_ten_thousand(loss, signs):
    assert is_finite_at(loss, signs)


@for_each(declared(finite=False))
def test_what_is_not_declared_finite_overflows(loss):
    """An exponential conjugate or activation has no finite value far out, in any arrangement."""
    assert not all(is_finite_at(loss, signs) for signs in SIGNS)
    assert is_finite_at(loss, (0, 0))


def away(loss, name: str) -> int:
    """The direction in which a logit displeases the player: data and the generator's fakes, down."""
    return (
        1
        if len(names(loss)) == 2 and name == "fake_logits" and "generator" not in LABEL[loss]
        else -1
    )


LABEL = {loss: name for name, loss in LOSSES.items()}


def steepest_descent_away(loss) -> float:
    """The most negative slope of the loss along a displeasing direction, over a grid of logits."""
    grid = jnp.linspace(-6, 6, 25)
    fixed = {name: jnp.zeros(()) for name in names(loss)}
    slopes = []
    for name in names(loss):
        slope = jax.vmap(jax.grad(lambda h, name=name: loss(**{**fixed, name: h})))(grid)
        slopes.append(away(loss, name) * slope)
    if losses.PROPERTIES[LABEL[loss]].paired and "generator" in LABEL[loss]:
        slopes[0] = -slopes[0]  # the generator wants its fakes above the data, so the data down
    return float(jnp.min(jnp.concatenate(slopes)))


@for_each(declared(monotone=True))
def test_a_declared_monotone_loss_never_falls_on_the_way_away(loss):
    assert steepest_descent_away(loss) >= 0


@for_each(declared(monotone=False))
def test_what_is_not_declared_monotone_falls_somewhere_on_the_way_away(loss):
    """A least-squares loss pulls back what lies beyond its target."""
    assert steepest_descent_away(loss) < -0.5


@every_loss
def test_gradient_is_that_of_finite_differences(loss, x64):
    arguments = logits(loss)
    step = 1e-5
    gradients = jax.jit(jax.grad(lambda given: loss(**given)))(arguments)
    value = jax.jit(jax.vmap(lambda given: loss(**given)))
    for name, gradient in gradients.items():
        assert jnp.any(gradient != 0)
        nudges = step * jnp.eye(gradient.size)
        others = jax.tree.map(lambda array: jnp.tile(array, (array.size, 1)), arguments)
        up = value({**others, name: arguments[name][None] + nudges})
        down = value({**others, name: arguments[name][None] - nudges})
        np.testing.assert_allclose((up - down) / (2 * step), gradient, atol=1e-8)


@every_loss
def test_jit_and_vmap_change_nothing(loss):
    rows = [logits(loss, seed=seed) for seed in range(3)]
    expected = jnp.stack([loss(**row) for row in rows])
    jitted = jnp.stack([jax.jit(loss)(**row) for row in rows])
    stacked = jax.tree.map(lambda *leaves: jnp.stack(leaves), *rows)
    mapped = jax.vmap(lambda row: loss(**row))(stacked)
    np.testing.assert_allclose(jitted, expected, rtol=1e-6)
    np.testing.assert_allclose(mapped, expected, rtol=1e-6)


@every_loss
def test_order_within_a_batch_does_not_matter(loss):
    arguments = logits(loss)
    turned = {name: jnp.roll(array, 2) for name, array in arguments.items()}
    np.testing.assert_allclose(loss(**turned), loss(**arguments), rtol=1e-6)


@every_loss
def test_declared_pairing_is_the_one_in_the_type(loss):
    assert is_paired(loss) == losses.PROPERTIES[LABEL[loss]].paired


@for_each({name: f for name, f in declared(paired=False).items() if len(names(f)) == 2})
def test_batches_of_different_size_are_legal_when_unpaired(loss):
    real, fake = logits(loss, shape=(6,)).values()
    value = loss(real_logits=real, fake_logits=fake[:4])
    repeated = loss(real_logits=jnp.tile(real, 2), fake_logits=jnp.tile(fake[:4], 3))
    np.testing.assert_allclose(repeated, value, rtol=1e-6)


@for_each({name: f for name, f in declared(paired=False).items() if len(names(f)) == 2})
def test_permuting_one_side_alone_does_not_matter_when_unpaired(loss):
    real, fake = logits(loss).values()
    turned = loss(real_logits=real, fake_logits=jnp.roll(fake, 2))
    np.testing.assert_allclose(turned, loss(real_logits=real, fake_logits=fake), rtol=1e-6)


@for_each(declared(paired=True))
def test_permuting_one_side_alone_changes_a_paired_loss(loss):
    real, fake = logits(loss).values()
    turned = loss(real_logits=real, fake_logits=jnp.roll(fake, 2))
    assert abs(turned - loss(real_logits=real, fake_logits=fake)) > 0.01


@for_each(declared(paired=True))
@pytest.mark.parametrize("shapes", [((4,), (3,)), ((4,), (1,)), ((4,), (4, 1)), ((2,), ())])
def test_pairs_of_different_shape_are_refused(loss, shapes, without_hook):
    real, fake = map(jnp.zeros, shapes)
    with pytest.raises(ValueError, match=r"fake_logits must have shape .* to fit real_logits"):
        loss(real_logits=real, fake_logits=fake)


@every_loss
def test_empty_logits_are_refused_on_either_side(loss):
    for name in names(loss):
        arguments = {**logits(loss), name: jnp.zeros((0,))}
        if is_paired(loss):
            arguments = dict.fromkeys(arguments, jnp.zeros((0,)))
            name = "real_logits"
        with pytest.raises(ValueError, match=rf"{name} must not be empty, got shape \(0,\)"):
            loss(**arguments)


@every_loss
@pytest.mark.parametrize("dtype", [jnp.int32, bool])
def test_integer_logits_are_refused_on_either_side(loss, dtype, without_hook):
    for name in names(loss):
        arguments = {**logits(loss), name: jnp.ones(6, dtype)}
        with pytest.raises(TypeError, match=f"{name} must hold floating-point numbers, got dtype"):
            loss(**arguments)


@for_each(PUBLIC)
def test_docstring_has_a_formula_units_and_a_source(loss):
    text = inspect.getdoc(loss)
    assert text.splitlines()[0].endswith(".")
    assert text.splitlines()[1] == ""
    assert text.count("$$") >= 2
    for section in ("Args:", "Returns:", "Source:"):
        assert f"\n{section}\n" in text
    for name in names(loss):
        assert f"    {name}: " in text
