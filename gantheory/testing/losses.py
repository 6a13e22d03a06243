"""What every loss of logits should keep, whatever its formula."""

import inspect
from collections.abc import Callable, Iterable
from typing import Literal

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array

from gantheory.shapes import Scalar

Loss = Callable[..., Scalar]
Player = Literal["generator", "discriminator"]
Logits = dict[str, Array]

ONE_SIDE, BOTH_SIDES = ["fake_logits"], ["real_logits", "fake_logits"]
FAR = 1e4
SIGNS = ((1, 1), (1, -1), (-1, 1), (-1, -1))
STEP = 1e-5


def check_loss(
    loss: Loss,
    player: Player,
    *,
    paired: bool = False,
    monotone: bool = True,
    finite: bool = True,
) -> None:
    """Ask a loss the questions that all losses of this package answer.

    Names and order of the arguments; any shape in, the scalar mean out; the dtype kept; the
    gradient that of finite differences; `jit`, `vmap` and the order within a batch without effect;
    empty and integer logits refused; unequal batches legal, or for pairs refused. And what is
    promised below.

    Args:
        loss: A function of `fake_logits`, or of `real_logits` and `fake_logits`.
        player: Whose loss it is, which says where its logits should go.
        paired: Real and fake logits are compared one by one, so their shapes must agree.
        monotone: The loss never falls when a logit moves away from where the player wants it.
        finite: Value and gradient are finite at logits of ten thousand in single precision.

    Raises:
        AssertionError: An answer is wrong; the message names the question.

    Examples:
        >>> import jax.numpy as jnp
        >>> from gantheory import losses, testing
        >>> testing.check_loss(losses.hinge_generator_loss, "generator")
        >>> try:
        ...     testing.check_loss(lambda fake_logits: jnp.sum(-fake_logits), "generator")
        ... except AssertionError as error:
        ...     print(error)
        the loss must be the mean over the logits, for every shape of them
    """
    _names(loss)
    _any_shape_and_the_mean(loss)
    _dtype(loss)
    _gradient(loss)
    _transforms_and_order(loss)
    _refusals(loss)
    if _arguments(loss) == BOTH_SIDES:
        _pairing(loss, paired=paired)
    if finite:
        _ask(
            all(is_finite_far_out(loss, signs) for signs in SIGNS),
            f"value and gradient must be finite where all logits are ±{FAR:g}",
        )
    if monotone:
        _ask(
            steepest_fall(loss, player, paired=paired) >= 0,
            "the loss must never fall when a logit moves away from where the player wants it",
        )


def is_finite_far_out(loss: Loss, signs: Iterable[int]) -> bool:
    """Whether value and gradient are finite where every logit is ten thousand, of given signs.

    Args:
        loss: A function of `fake_logits`, or of `real_logits` and `fake_logits`.
        signs: The sign of each argument's logits.

    Examples:
        >>> from gantheory import losses, testing
        >>> testing.is_finite_far_out(losses.minimax_generator_loss, [-1])
        True
    """
    arguments = {
        name: jnp.full((3,), sign * FAR)
        for name, sign in zip(_arguments(loss), signs, strict=False)
    }
    value, gradients = _value_and_gradients(loss, arguments)
    return all(bool(jnp.all(jnp.isfinite(one))) for one in (value, *gradients.values()))


def steepest_fall(loss: Loss, player: Player, *, paired: bool = False) -> float:
    """The most negative slope of a loss in the direction away from its player's goal; 0 for none.

    Args:
        loss: A function of `fake_logits`, or of `real_logits` and `fake_logits`.
        player: Whose loss it is: a generator wants fakes up, a discriminator data up and fakes
            down.
        paired: The generator wants its fakes above the data, so it wants the data down.

    Returns:
        The least slope over a grid of logits between -6 and 6, all others at zero.

    Examples:
        >>> from gantheory import losses, testing
        >>> testing.steepest_fall(losses.least_squares_generator_loss, "generator")
        -5.0
    """
    grid = jnp.linspace(-6, 6, 25)
    fixed = {name: jnp.zeros(()) for name in _arguments(loss)}
    if player == "discriminator":
        away = {"real_logits": -1, "fake_logits": 1}
    else:
        away = {"real_logits": 1 if paired else -1, "fake_logits": -1}
    slopes = [
        away[name] * jax.vmap(jax.grad(lambda h, name=name: loss(**{**fixed, name: h})))(grid)
        for name in fixed
    ]
    return float(jnp.min(jnp.concatenate([*slopes, jnp.zeros(1)])))


def _names(loss: Loss) -> None:
    _ask(
        _arguments(loss) in (ONE_SIDE, BOTH_SIDES),
        f"the arguments must be {ONE_SIDE} or {BOTH_SIDES}, got {_arguments(loss)}",
    )
    parameters = inspect.signature(loss).parameters.values()
    _ask(
        all(parameter.default is inspect.Parameter.empty for parameter in parameters),
        "no argument may have a default",
    )


def _any_shape_and_the_mean(loss: Loss) -> None:
    for shape in ((), (6,), (2, 1, 3)):
        arguments = _logits(loss, shape=shape)
        flat = (array.reshape(-1) for array in arguments.values())
        value = loss(**arguments)
        _ask(
            jnp.shape(value) == () and _close(value, jnp.mean(jax.vmap(loss)(*flat))),
            "the loss must be the mean over the logits, for every shape of them",
        )


def _dtype(loss: Loss) -> None:
    for dtype in (jnp.float16, jnp.bfloat16, jnp.float32):
        arguments = {name: array.astype(dtype) for name, array in _logits(loss).items()}
        value, gradients = _value_and_gradients(loss, arguments)
        _ask(
            all(one.dtype == dtype for one in (value, *gradients.values())),
            f"loss and gradient must have the dtype of the logits, {jnp.dtype(dtype)}",
        )


def _gradient(loss: Loss) -> None:
    """Against central differences in double precision, one logit at a time."""
    with jax.enable_x64(True):
        arguments = _logits(loss)
        _, gradients = _value_and_gradients(loss, arguments)
        for name, gradient in gradients.items():
            nudges = STEP * jnp.eye(gradient.size)

            def at(sign: int, name: str = name, nudges: Array = nudges) -> Array:
                rows = arguments[name][None] + sign * nudges
                return jax.vmap(lambda row: loss(**{**arguments, name: row}))(rows)

            quotient = (at(1) - at(-1)) / (2 * STEP)
            _ask(
                bool(jnp.any(gradient != 0)) and _close(quotient, gradient, absolute=1e-8),
                f"the gradient in {name} must be that of finite differences",
            )


def _transforms_and_order(loss: Loss) -> None:
    rows = [_logits(loss, seed=seed) for seed in range(3)]
    expected = jnp.stack([loss(**row) for row in rows])
    stacked = jax.tree.map(lambda *leaves: jnp.stack(leaves), *rows)
    jitted = jnp.stack([jax.jit(loss)(**row) for row in rows])
    mapped = jax.vmap(lambda row: loss(**row))(stacked)
    turned = {name: jnp.roll(array, 2) for name, array in rows[0].items()}
    _ask(_close(jitted, expected), "jit must change nothing")
    _ask(_close(mapped, expected), "vmap must change nothing")
    _ask(_close(loss(**turned), expected[0]), "the order within a batch must not matter")


def _refusals(loss: Loss) -> None:
    for name in _arguments(loss):
        for dtype in (jnp.int32, jnp.bool_):
            given = {**_logits(loss), name: jnp.ones(6, dtype)}
            kind = jnp.dtype(dtype)
            _ask(_raises(TypeError, loss, given), f"{kind} {name} must be refused: TypeError")
        given = {**_logits(loss), name: jnp.zeros(0)}
        _ask(_raises(ValueError, loss, given), f"empty {name} must be refused: ValueError")
    empty = dict.fromkeys(_arguments(loss), jnp.zeros(0))
    _ask(_raises(ValueError, loss, empty), "empty logits must be refused: ValueError")


def _pairing(loss: Loss, *, paired: bool) -> None:
    real, fake = _logits(loss).values()
    value = loss(real_logits=real, fake_logits=fake)
    moved = not _close(loss(real_logits=real, fake_logits=jnp.roll(fake, 2)), value)
    if paired:
        _ask(moved, "a paired loss must depend on who is compared with whom")
        shorter = {"real_logits": real, "fake_logits": fake[:4]}
        _ask(_raises(ValueError, loss, shorter), "pairs of different shape must be refused")
        return
    _ask(not moved, "permuting one side alone must not matter when the loss is not paired")
    few = loss(real_logits=real, fake_logits=fake[:4])
    many = loss(real_logits=jnp.tile(real, 2), fake_logits=jnp.tile(fake[:4], 3))
    _ask(_close(few, many), "batches of different size must be legal when the loss is not paired")


def _arguments(loss: Loss) -> list[str]:
    return list(inspect.signature(loss).parameters)


def _logits(loss: Loss, *, seed: int = 0, shape: tuple[int, ...] = (6,)) -> Logits:
    key = jax.random.key(seed)
    return {
        name: 3.0 * jax.random.normal(jax.random.fold_in(key, index), shape)
        for index, name in enumerate(_arguments(loss))
    }


def _value_and_gradients(loss: Loss, arguments: Logits) -> tuple[Scalar, Logits]:
    return jax.value_and_grad(lambda given: loss(**given))(arguments)


def _raises(kind: type[Exception], loss: Loss, arguments: Logits) -> bool:
    try:
        loss(**arguments)
    except kind:
        return True
    return False


def _close(one: Array, other: Array, *, absolute: float = 1e-6) -> bool:
    return bool(np.allclose(one, other, rtol=1e-5, atol=absolute))


def _ask(answer: bool, question: str) -> None:  # noqa: FBT001
    if not answer:
        raise AssertionError(question)
