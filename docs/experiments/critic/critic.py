"""Wasserstein critics held back in several ways, on fixed pairs of distributions and along runs,
beside the exact distance and the gradient of the exact distance.

Run by `nox -s experiments -- critic`; the small table it writes is `docs/results/critic.json`.
"""

from collections.abc import Callable
from dataclasses import asdict, dataclass, replace

import equinox as eqx
import jax
import jax.numpy as jnp
import optax
from jax.scipy.stats import norm
from jaxtyping import Array, Float

from experiments.critic.pairs import pairs
from gantheory import (
    Every,
    Optimiser,
    Trainer,
    TrainState,
    data,
    games,
    metrics,
    networks,
    penalties,
)
from gantheory.games import DISCRIMINATOR, GENERATOR, Game, Turn
from gantheory.shapes import Key, Sample, Samples, Scalar, Values

SEEDS, BATCH, WIDTH = 8, 128, 32
FIXED_STEPS, MOVES, EVERY = 3_000, 2_000, 50
MEAN, STANDARD_DEVIATION = 4.0, 1.25
PAIRS = ("moved", "narrow", "two spots")


@dataclass(frozen=True)
class Row:
    """How the critic is held back, by how much, and how many hidden layers it has."""

    kind: str
    number: float = 0.0
    depth: int = 2
    activation: str = "relu"


ROWS = {
    "fixed/smooth 1": Row("one-sided", 1.0, activation="softplus"),
    "fixed/one-sided 1": Row("one-sided", 1.0),
    "fixed/gp 10": Row("gp", 10.0),
    "fixed/gp 1": Row("gp", 1.0),
    "run/gp": Row("gp", 10.0),
    "run/clip": Row("clip", 0.01),
    "run/iterated": Row("iterated"),
    **{f"fixed/spectral {depth}": Row("spectral", depth=depth) for depth in (1, 2, 3)},
    "fixed/clip 0.01": Row("clip", 0.01),
}
FLOORS = {
    **{f"ratio {name}": 0.02 for name in PAIRS},
    **{f"cosine {name}": 0.05 for name in PAIRS},
    "ratio": 0.1,
    "cosine": 0.1,
    "distance": 0.1,
}
"""Metric to the difference that a second run may show in any case."""

CONFIGURATION = {
    "rows": {name: asdict(row) for name, row in ROWS.items()},
    "seeds": SEEDS,
    "batch": BATCH,
    "width": WIDTH,
    "critic's moves on a fixed pair": FIXED_STEPS,
    "generator's moves of a run": f"{MOVES}, five of the critic before each",
    "optimisers": "Adam, 1e-4, b1 = 0, b2 = 0.9; RMSProp, 5e-5, where weights are clipped; "
    "on fixed pairs Adam at 2e-3, falling along a cosine",
}


def run_row(name: str) -> dict[str, Array]:
    """One entry per seed."""
    keys = jax.random.split(jax.random.key(2028), SEEDS)
    row = ROWS[name]
    if name.startswith("run/"):
        return eqx.filter_jit(eqx.filter_vmap(lambda key: along_a_run(row, key)))(keys)
    tables = jnp.asarray([[pairs()[one].real, pairs()[one].fake] for one in PAIRS], float)
    found = eqx.filter_jit(
        eqx.filter_vmap(
            eqx.filter_vmap(lambda table, key: on_a_pair(row, table, key), in_axes=(0, None)),
            in_axes=(None, 0),
        )
    )(tables, keys)
    return {
        f"{metric} {one}": values[:, index]
        for metric, values in found.items()
        for index, one in enumerate(PAIRS)
    }


def game_of(row: Row, *turns: Turn) -> Game:
    """The Wasserstein game with the row's penalty or projection."""
    if row.kind == "gp":
        return games.wgan_gp(penalty_weight=row.number, turns=turns)
    if row.kind == "one-sided":
        term = games.WeightedPenalty("penalty", too_steep, row.number)
        return replace(games.wgan_gp(turns=turns), penalties=(term,))
    if row.kind == "clip":
        return games.wgan(clip_bound=row.number, turns=turns)
    return replace(games.wgan(turns=turns), projection=penalties.spectral_normalise)


def too_steep(
    critic: Callable[[Sample], Scalar],
    real: Samples,
    fake: Samples,
    key: Key,
    *,
    condition: None = None,
) -> Scalar:
    """The gradient penalty of slopes above 1 alone."""
    del condition
    between = fake + jax.random.uniform(key, (len(real), 1)) * (real - fake)
    slopes = jnp.linalg.norm(jax.vmap(jax.grad(critic))(between), axis=1)
    return jnp.mean(jax.nn.relu(slopes - 1.0) ** 2)


def critic_of(row: Row, key: Key) -> Callable[[Array], Scalar]:
    """A fresh critic, within its bounds from the start."""
    network_key, vector_key = jax.random.split(key)
    activation = {"relu": jax.nn.relu, "softplus": jax.nn.softplus}[row.activation]
    critic = networks.MLP(
        1, "scalar", width=WIDTH, depth=row.depth, activation=activation, key=network_key
    )
    if row.kind == "clip":
        return penalties.clip_weights(critic, row.number)
    if row.kind == "iterated":
        return penalties.PowerIterated(critic, key=vector_key)
    return penalties.spectral_normalise(critic) if row.kind == "spectral" else critic


def on_a_pair(row: Row, table: Float[Array, "2 points"], key: Key) -> dict[str, Scalar]:
    """A critic trained against a generator that does not move."""
    player_key, run_key = jax.random.split(key)

    def draw(key: Key) -> data.Batch[None]:
        real_key, fake_key, batch_key = jax.random.split(key, 3)
        real, fake = (
            side[jax.random.randint(one, (BATCH, 1), 0, side.size)]
            for side, one in zip(table, (real_key, fake_key), strict=True)
        )
        return data.Batch(real=real, latent=fake, key=batch_key)

    players = {GENERATOR: eqx.nn.Identity(), DISCRIMINATOR: critic_of(row, player_key)}
    trainer = Trainer(
        game_of(row, Turn((DISCRIMINATOR,))),
        draw,
        optimisers={DISCRIMINATOR: Optimiser(fading_adam, learning_rate=2e-3)},
        record=Every(FIXED_STEPS),
    )
    ended = trainer.train(trainer.init(players, key=run_key), FIXED_STEPS).players
    distance, estimate, cosine = judged(ended[DISCRIMINATOR], *table)
    return {"ratio": estimate / distance, "cosine": cosine}


def along_a_run(row: Row, key: Key) -> dict[str, Array]:
    """A row's game from fresh networks, on the data of the sheet's third question."""
    player_key, critic_key, run_key = jax.random.split(key, 3)
    generator = networks.MLP(1, 1, width=WIDTH, depth=2, activation=jax.nn.relu, key=player_key)
    players = {GENERATOR: generator, DISCRIMINATOR: critic_of(row, critic_key)}
    quantiles = metrics.midpoints(1_000)
    real = norm.ppf(quantiles, MEAN, STANDARD_DEVIATION)

    def measured(state: TrainState, batch: data.Batch, entries: object) -> Float[Array, "3"]:
        del batch, entries
        made = jax.vmap(lambda u: state.players[GENERATOR](u[None])[0])(quantiles)
        return jnp.stack(judged(state.players[DISCRIMINATOR], real, jnp.sort(made)))

    rule = (
        Optimiser(optax.rmsprop, learning_rate=5e-5)
        if row.kind == "clip"
        else Optimiser(optax.adam, learning_rate=1e-4, b1=0.0, b2=0.9)
    )
    trainer = Trainer(
        game_of(row, Turn((DISCRIMINATOR,), times=5), Turn((GENERATOR,))),
        data.Synthetic(data.Normal(MEAN, STANDARD_DEVIATION), data.Uniform(1), BATCH),
        optimisers={GENERATOR: rule, DISCRIMINATOR: rule},
        record={"measured": Every(EVERY, measured)},
    )
    result = trainer.train(trainer.init(players, key=run_key), MOVES)
    distance, estimate, cosine = result.history["measured"].T
    return {
        "ratio": jnp.median(estimate / distance),
        "cosine": jnp.median(cosine),
        "distance": distance[-1],
        "curves": jnp.stack([distance, 100 * estimate, cosine]),
    }


def judged(
    critic: Callable[[Array], Scalar], real: Values, fake: Values
) -> tuple[Scalar, Scalar, Scalar]:
    """Exact distance of two samples in order, the critic's estimate of it, and the cosine between
    the critic's gradient on the fakes and that of the exact potential, whose slopes are signs."""
    score, slope = (
        jax.vmap(lambda x, function=function: function(x))
        for function in (lambda x: critic(x[None]), jax.grad(lambda x: critic(x[None])))
    )
    estimate = jnp.mean(score(real)) - jnp.mean(score(fake))
    below = jnp.searchsorted(real, fake) / real.size
    above = metrics.midpoints(fake.size) - below.astype(fake.dtype)
    exact, found = jnp.sign(above), slope(fake)
    lengths = jnp.linalg.norm(found) * jnp.linalg.norm(exact)
    cosine = (found @ exact) / jnp.where(lengths > 0, lengths, 1)
    return jnp.mean(jnp.abs(real - fake)), estimate, cosine


def fading_adam(learning_rate: Array) -> optax.GradientTransformation:
    """Adam without momentum whose learning rate falls to zero along a cosine."""
    return optax.adam(optax.cosine_decay_schedule(learning_rate, FIXED_STEPS), b1=0.0, b2=0.9)
