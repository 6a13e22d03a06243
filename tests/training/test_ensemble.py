"""Many runs at once: the numbers of solo runs, one compilation, a run axis, and clear refusals."""

import os
import signal
import subprocess
import sys

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from support.helpers import Counting, assert_close, noise, same_bits, sgd, small_gan

from gantheory import Every, Optimiser, Trainer, fit_ensemble, games
from gantheory.training import ensemble

RUNS = 5
ROUNDING = 2e-5  # after thirty steps, in single precision


def gan_run(key, rate):
    game, players, source, _ = small_gan()
    optimisers = {name: Optimiser(optax.adam, learning_rate=rate, b1=0.5) for name in players}
    trainer = Trainer(game, source, optimisers=optimisers, record=Every(10))
    state = trainer.init(players, key=key)
    return trainer.train(state, 30)


def counting_run(key, rate):
    optimisers = {"a": sgd(rate)}
    trainer = Trainer(Counting(), noise, optimisers=optimisers)
    state = trainer.init({"a": jnp.ones(3)}, key=key)
    return trainer.train(state, 4)


def keys(count: int = RUNS):
    return jax.random.split(jax.random.key(1), count)


def rates(count: int = RUNS):
    return jnp.linspace(1e-3, 1e-2, count)


@pytest.fixture(scope="module")
def whole():
    return fit_ensemble(gan_run, keys(), rates(), progress=False)


def test_every_run_is_the_solo_run_with_its_key_and_its_rate(whole):
    solo = eqx.filter_jit(gan_run)
    for index in range(RUNS):
        one = jax.tree.map(
            lambda leaf, index=index: leaf[index] if eqx.is_array(leaf) else leaf, whole
        )
        assert_close(one, solo(keys()[index], rates()[index]), ROUNDING)


def test_every_array_has_a_leading_run_axis(whole):
    assert {leaf.shape[0] for leaf in jax.tree.leaves(eqx.filter(whole, eqx.is_array))} == {RUNS}
    assert whole.history["generator"].shape == (RUNS, 3)
    assert f"{RUNS} runs" in repr(whole)


@pytest.mark.parametrize("cores", [1, 2, 3])
def test_the_number_of_cores_changes_rounding_only(cores, whole, monkeypatch):
    monkeypatch.setattr(ensemble, "_cores", lambda: cores)
    assert_close(fit_ensemble(gan_run, keys(), rates(), progress=False), whole, ROUNDING)


def test_the_same_call_gives_the_same_bits(whole):
    assert same_bits(fit_ensemble(gan_run, keys(), rates(), progress=False), whole)


def test_a_mesh_of_one_device_gives_the_same_numbers(whole):
    mesh = jax.make_mesh((1,), ("runs",))
    assert_close(fit_ensemble(gan_run, keys(), rates(), mesh=mesh), whole, ROUNDING)


def test_other_values_cost_no_trace():
    fit_ensemble(counting_run, keys(), rates(), progress=False)
    before = Counting.traces[0]
    fit_ensemble(counting_run, keys()[::-1], 2 * rates(), progress=False)
    fit_ensemble(counting_run, keys(), np.asarray(rates()), progress=False)
    assert Counting.traces[0] == before


def test_in_double_precision_the_threads_compute_in_double_precision(x64):
    def run(value):
        return jnp.exp(value)

    values = jnp.linspace(0.0, 1.0, 11)
    outcome = fit_ensemble(run, values, progress=False)
    assert outcome.dtype == jnp.float64
    np.testing.assert_allclose(outcome, np.exp(values), rtol=1e-14)


@pytest.mark.parametrize("runs", [1, 2, 7, 8, 16, 17, 31, 64])
@pytest.mark.parametrize("workers", [1, 2, 5])
def test_groups_cover_all_runs_and_leave_no_worker_idle_for_long(runs, workers):
    size = ensemble._group_size(runs, workers, ensemble.RUNS_AT_ONCE)
    groups = -(-runs // size)
    assert 1 <= size <= ensemble.RUNS_AT_ONCE
    rounds = -(-groups // workers)
    assert rounds * workers * size < runs + workers * rounds, "an idle place per worker and round"


@pytest.mark.parametrize("runs", [1, 7, 17])
def test_a_remainder_is_neither_lost_nor_doubled(runs, monkeypatch):
    monkeypatch.setattr(ensemble, "_cores", lambda: 2)
    values = jnp.arange(float(runs))
    outcome = fit_ensemble(lambda value: {"square": value**2}, values, progress=False)
    np.testing.assert_array_equal(outcome["square"], np.arange(runs) ** 2)


def test_a_group_takes_no_more_memory_than_the_device_has(monkeypatch):
    def run(value):  # one row of 1,000 numbers a run, which the sorting keeps
        return jnp.sort(jnp.sin(value * jnp.arange(1000.0)))

    values = jnp.arange(1.0, 17.0)
    monkeypatch.setattr(ensemble, "_free_bytes", lambda: 4 * 4_000 + 3_999)
    _, program, size = ensemble._program(run, (values,), 16)
    assert size == 4 or (size < 4 and ensemble._bytes_of(program.compiled) > 2 * 4_000)
    assert ensemble._bytes_of(program.compiled) <= ensemble._free_bytes()
    monkeypatch.setattr(ensemble, "_cores", lambda: 1)
    outcome = fit_ensemble(run, values, progress=False)
    np.testing.assert_allclose(outcome, jax.vmap(run)(values), rtol=1e-6)
    monkeypatch.setattr(ensemble, "_free_bytes", lambda: 0)
    assert ensemble._program(run, (values,), 16)[2] == 1, "one run is tried whatever is free"


def test_an_accelerator_takes_larger_groups_one_after_the_other(monkeypatch):
    played = []
    in_threads = ensemble._in_threads

    def watched(play, groups, workers, runs, *, progress):
        played.append((len(groups), workers))
        return in_threads(play, groups, workers, runs, progress=progress)

    monkeypatch.setattr(ensemble, "_in_threads", watched)
    monkeypatch.setattr(jax, "default_backend", lambda: "gpu")
    outcome = fit_ensemble(lambda value: value + 1, jnp.arange(600.0), progress=False)
    np.testing.assert_array_equal(outcome, 1 + np.arange(600.0))
    assert played == [(3, 1)]


def test_the_bar_counts_runs(capsys):
    fit_ensemble(lambda value: value + 1, jnp.arange(20.0))
    captured = capsys.readouterr()
    assert "20/20" in captured.err
    assert "run" in captured.err
    assert captured.out == ""


def press_ctrl_c_in(run: int):
    """A run that presses Ctrl-C when its turn comes."""

    def press(value):
        if value == run:
            os.kill(os.getpid(), signal.SIGINT)

    def body(value):
        jax.debug.callback(press, value)
        return value + 1

    return body


def test_ctrl_c_returns_the_runs_that_are_done_and_says_so(monkeypatch):
    monkeypatch.setattr(ensemble, "_cores", lambda: 1)
    monkeypatch.setattr(ensemble, "RUNS_AT_ONCE", 2)
    before = signal.getsignal(signal.SIGINT)
    with pytest.warns(UserWarning, match=r"interrupted: .* first \d+ of 400 runs"):
        outcome = fit_ensemble(press_ctrl_c_in(11), jnp.arange(400.0), progress=False)
    assert 12 <= outcome.size < 400
    np.testing.assert_array_equal(outcome, 1 + np.arange(outcome.size))
    assert signal.getsignal(signal.SIGINT) is before


FACTORISING = """
import jax, jax.numpy as jnp
from gantheory import fit_ensemble

def run(key):
    def body(total, key):
        matrix = jax.random.normal(key, (32, 32))
        return total + jnp.sum(jnp.linalg.svd(matrix, compute_uv=False)), None
    return jax.lax.scan(body, jnp.zeros(()), jax.random.split(key, 200))[0]

for seed in range(3):
    results = fit_ensemble(run, jax.random.split(jax.random.key(seed), 16), progress=False)
print(results.shape)
"""


def test_runs_that_factorise_matrices_do_not_wait_for_each_other_for_ever():
    """In a process of its own: if all threads of XLA are taken by such runs, none of them ends."""
    done = subprocess.run(
        [sys.executable, "-c", FACTORISING], capture_output=True, text=True, timeout=120, check=True
    )
    assert done.stdout.strip() == "(16,)"


@pytest.mark.parametrize(("threads", "words"), [("4", "NPROC=5"), ("5", "(16,)")])
def test_on_a_mesh_of_cpus_they_are_refused_where_they_would_block(threads, words):
    on_a_mesh = FACTORISING.replace("progress=False", "mesh=mesh, progress=False").replace(
        "for seed", "mesh = jax.make_mesh((4,), ('runs',))\nfor seed"
    )
    four = {"XLA_FLAGS": "--xla_force_host_platform_device_count=4", "NPROC": threads}
    done = subprocess.run(
        [sys.executable, "-c", on_a_mesh],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        env=os.environ | four,
    )
    assert words in (done.stderr if threads == "4" else done.stdout)


def test_an_error_in_a_run_is_not_swallowed():
    def run(value):
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fit_ensemble(run, jnp.arange(3.0))


@pytest.mark.parametrize(
    ("values", "error", "text"),
    [
        ((), TypeError, "values must hold at least one array"),
        ((keys(), rates(4)), ValueError, "key and rate .* key for 5, rate for 4"),
        ((keys(), 0.1), TypeError, "rate must hold only arrays with a leading run axis"),
        ((keys(), jnp.asarray(0.1)), TypeError, "rate must hold only arrays"),
        ((keys()[0], rates()), TypeError, "key must hold only arrays"),
        ((keys(), (rates(5), rates(3))), ValueError, "rate must have one .* 5 and 3 runs"),
        ((keys(0), rates(0)), ValueError, "at least one; got key for 0, rate for 0"),
        ((keys(),), TypeError, "missing a required argument: 'rate'"),
        ((keys(), rates(), rates()), TypeError, "too many positional arguments"),
    ],
)
def test_values_that_do_not_fit_are_named(values, error, text):
    with pytest.raises(error, match=text):
        fit_ensemble(gan_run, *values)


def test_a_function_of_any_number_of_values_has_them_numbered():
    with pytest.raises(ValueError, match="value 0 for 2, value 1 for 3"):
        fit_ensemble(lambda *values: values, jnp.ones(2), jnp.ones(3))


class Bowl(games.Game):
    turns: tuple[games.Turn, ...] = (games.Turn(("a",)),)

    def losses(self, players, batch):
        return {"a": (players["a"](jnp.ones(1)) - batch) ** 2}


def test_an_ensemble_of_any_players_goes_on_from_its_states(key):
    """Layers of Equinox hold functions, numbers and flags beside their arrays."""
    layers = (
        eqx.nn.Linear(1, "scalar", key=key),
        eqx.nn.Lambda(jnp.tanh),
        eqx.nn.Dropout(0.5, inference=True),
    )
    trainer = Trainer(Bowl(), noise, optimisers={"a": sgd()})

    def begin(key):
        return trainer.train(trainer.init({"a": eqx.nn.Sequential(layers)}, key=key), 2).state

    def go_on(state):
        return trainer.train(state, 2)

    states = fit_ensemble(begin, jax.random.split(key, 3), progress=False)
    on = fit_ensemble(go_on, states, progress=False)
    assert on.state.step.tolist() == [4, 4, 4]
    assert len(set(on.players["a"].layers[0].bias.ravel().tolist())) == 3
    assert on.players["a"].layers[2].p == 0.5
    split = fit_ensemble(go_on, states, mesh=jax.make_mesh((1,), ("runs",)))
    assert_close(split, on, 1e-5)


def test_numbers_outside_of_modules_are_still_refused(key):
    with pytest.raises(TypeError, match="given must hold only arrays with a leading run axis"):
        fit_ensemble(lambda given: given["key"], {"key": jax.random.split(key, 2), "rate": 0.1})
