"""Optuna proposes learning rates, eight runs try them at once. Run by `nox -s integrations`."""

import warnings

import jax
import jax.numpy as jnp
import optuna
from jax.scipy.stats import norm
from small_gan import LINE, start_of, trainer_on

from gantheory import fit_ensemble, metrics

latents = metrics.midpoints(256)[:, None]


def run(learning_rate):
    """How far the generator ends from the data; NaN if the run broke."""
    trainer = trainer_on(LINE, learning_rate)
    result = trainer.train(start_of(trainer), 500)
    samples = jax.vmap(result.players["generator"])(latents)[:, 0]
    distance = metrics.wasserstein_1d(samples, lambda u: norm.ppf(u, 4.0, 1.25))
    return jnp.where(result.state.failed, jnp.nan, distance)


search = optuna.create_study(sampler=optuna.samplers.TPESampler(seed=0))
for _ in range(3):
    trials = [search.ask() for _ in range(8)]
    rates = [trial.suggest_float("rate", 1e-5, 1e-1, log=True) for trial in trials]
    distances = fit_ensemble(run, jnp.array(rates), progress=False)
    for trial, distance in zip(trials, distances.tolist(), strict=True):
        search.tell(trial, distance)
print(search.best_params, f"distance {search.best_value:.2f}")

# check: every run has told a distance, and what is NaN counts as failed
state = optuna.trial.TrialState
assert [trial.state for trial in search.trials] == [state.COMPLETE] * 24
with warnings.catch_warnings(action="ignore"):
    search.tell(search.ask(), float("nan"))
assert search.trials[-1].state == state.FAIL
