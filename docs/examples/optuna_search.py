"""Optuna proposes learning rates, an ensemble tries eight at once. Run by `nox -s
integrations`."""

import jax
import jax.numpy as jnp
import optuna
from jax.scipy.stats import norm
from small_gan import LINE, new_players, trainer_on

from gantheory import fit_ensemble, metrics

latents = metrics.midpoints(256)[:, None]


def run(key, learning_rate):
    """How far the generator ends from the data."""
    players_key, run_key = jax.random.split(key)
    trainer = trainer_on(LINE, learning_rate)
    result = trainer.train(trainer.init(new_players(players_key), key=run_key), 500)
    samples = jax.vmap(result.players["generator"])(latents)[:, 0]
    return metrics.wasserstein_1d(samples, lambda u: norm.ppf(u, 4.0, 1.25))


search = optuna.create_study(sampler=optuna.samplers.TPESampler(seed=0))
for _ in range(3):
    trials = [search.ask() for _ in range(8)]
    rates = [trial.suggest_float("learning_rate", 1e-5, 1e-1, log=True) for trial in trials]
    keys = jnp.broadcast_to(jax.random.key(0), (8,))  # one seed: rates are compared, not luck
    for trial, distance in zip(trials, fit_ensemble(run, keys, jnp.array(rates)), strict=True):
        search.tell(trial, float(distance))
print(search.best_params, f"distance {search.best_value:.2f}")
