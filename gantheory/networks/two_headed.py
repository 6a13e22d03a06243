"""A discriminator that tells real from fake and one class from another."""

from collections.abc import Callable

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from gantheory._checks import require_count, require_function, require_key
from gantheory.networks.perceptron import Linear
from gantheory.shapes import Key, Sample, Scalar, StyleVector


class TwoHeaded(eqx.Module):
    """One trunk, two linear heads on its activated features: a real/fake logit and class logits.

    The trunk is any map from a sample to a vector of `features` numbers. Any network
    that returns such a pair can take its place in a `CreativeGame`.

    Examples:
        >>> import jax
        >>> import jax.numpy as jnp
        >>> from gantheory import networks
        >>> trunk_key, heads_key = jax.random.split(jax.random.key(0))
        >>> trunk = networks.Linear(2, 8, key=trunk_key)
        >>> judge = networks.TwoHeaded(trunk, 8, 5, activation=jnp.tanh, key=heads_key)
        >>> logit, styles = judge(jnp.ones(2))
        >>> print(logit.shape, styles.shape)
        () (5,)
    """

    trunk: Callable[[Sample], Float[Array, " features"]]
    activation: Callable[[Array], Array] = eqx.field(static=True)
    real_fake: Linear
    style: Linear

    def __init__(
        self,
        trunk: Callable[[Sample], Float[Array, " features"]],
        features: int,
        classes: int,
        *,
        activation: Callable[[Array], Array],
        key: Key,
    ):
        """Put two fresh heads, the second one for `classes` classes, on a trunk."""
        require_count(features=features, classes=classes)
        require_function("a map from a sample to its features", trunk=trunk)
        require_function("a function such as jax.numpy.tanh", activation=activation)
        require_key(key=key)
        if classes < 2:
            raise ValueError(f"classes must be at least 2, got {classes}.")
        real_fake_key, style_key = jax.random.split(key)
        self.trunk = trunk
        self.activation = activation
        self.real_fake = Linear(features, 1, key=real_fake_key)
        self.style = Linear(features, classes, key=style_key)

    def __call__(self, x: Sample) -> tuple[Scalar, StyleVector]:
        """Map one sample to its real/fake logit and its class logits."""
        return self.with_features(x)[:2]

    def with_features(self, x: Sample) -> tuple[Scalar, StyleVector, Float[Array, " features"]]:
        """Map one sample to its two answers and to the activated features they are read from."""
        features = self.activation(self.trunk(x))
        return jnp.squeeze(self.real_fake(features), axis=0), self.style(features), features
