"""Runs of every sort, each with an accident at a random moment; what must come of it is known.

A few dozen of them run here. `nox -s accidents` runs two thousand (the environment variable
ACCIDENTS says how many), and reports tries and failures by the kind of accident.
"""

import math
import os
import random
import signal
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import equinox as eqx
import jax
import jax.numpy as jnp
import optax
import pytest
from support.helpers import same_bits
from support.scenarios import KEYS, ROWS, STEPS, Kind, Scenario, kinds_of

from gantheory import Every, Optimiser, Status, data, games, load_state
from gantheory.training.record import is_every

TRIES = int(os.environ.get("ACCIDENTS", "0"))


# The accidents


def stopped_by_the_callback(one: Scenario) -> None:
    assert one.stopped().status == Status.stopped
    one.goes_on()


def stopped_twice(one: Scenario) -> None:
    one.stopped()
    one.cut = one.chance.randrange(one.cut, STEPS + 1)
    one.stopped()
    one.goes_on()


def ctrl_c(one: Scenario) -> None:
    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # `command &` ignores it
    try:
        result = one.fit(callback=one.at_the_cut(lambda: signal.raise_signal(signal.SIGINT)))
    finally:
        signal.signal(signal.SIGINT, before)
    assert result.status == Status.interrupted
    one.goes_on()


def a_callback_raises(one: Scenario) -> None:
    with pytest.raises(ZeroDivisionError):
        one.fit(callback=one.at_the_cut(lambda: 1 // 0))
    assert int(load_state(one.path, one.state).step) == one.cut
    one.goes_on()


def killed(one: Scenario) -> None:
    """What is on the disk at the cut, with a half-written file and a lock that nobody holds."""
    kept = []
    one.fit(
        seconds_between_checkpoints=0,
        callback=one.at_the_cut(
            lambda: kept.append(one.path.read_bytes()) if one.path.exists() else None
        ),
    )
    one.path.unlink()
    if kept:
        one.path.write_bytes(kept[0])
    (one.folder / ".run.0123abcd.part").write_bytes(b"half of a")
    (one.folder / ".run.lock").write_bytes(b"process 1 on nowhere")
    one.goes_on()


def the_disk_is_full(one: Scenario) -> None:
    one.stopped()
    before = one.path.read_bytes()

    def full(descriptor):
        raise OSError(28, "No space left on device")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.warns(RuntimeWarning, match="could not be written, and is as it was before"):
            one.is_straight(one.fit())
    assert one.path.read_bytes() == before
    one.goes_on()


def a_bit_flips(one: Scenario) -> None:
    one.stopped()
    content = bytearray(one.path.read_bytes())
    content[one.chance.randrange(len(content))] ^= 1 << one.chance.randrange(8)
    one.path.write_bytes(content)
    one.refused("is not a file of the form|is damaged")


def the_file_is_cut(one: Scenario) -> None:
    one.stopped()
    content = one.path.read_bytes()
    one.path.write_bytes(content[: one.chance.randrange(len(content))])
    one.refused("is not a file of the form|is damaged")


def the_file_lies_elsewhere(one: Scenario) -> None:
    target = one.folder / "scratch"
    one.path.symlink_to(target)
    one.stopped()
    assert one.path.is_symlink()
    one.is_straight(one.fit())
    assert sorted(entry.name for entry in one.folder.iterdir()) == ["run", "scratch"]


def a_second_program(one: Scenario) -> None:
    def again():
        one.refused("is being written by process") if one.path.exists() else None

    one.is_straight(one.fit(seconds_between_checkpoints=0, callback=one.at_the_cut(again)))
    one.goes_on()


def the_finished_run_is_asked_for_again(one: Scenario) -> None:
    one.fit()
    before = one.path.read_bytes()
    one.goes_on()
    assert one.path.read_bytes() == before


def the_state_alone_goes_on(one: Scenario) -> None:
    cadences = [every.steps for every in jax.tree.leaves(one.trainer.record, is_leaf=is_every)]
    one.cut = one.chance.randrange(0, STEPS, math.lcm(*cadences)) or math.lcm(*cadences)
    state = one.stopped().state
    rest = one.trainer.fit(state, STEPS - one.cut, progress=False)
    assert same_bits(rest.state, one.straight.state)


def without_the_host(one: Scenario) -> None:
    """`train` is `fit`; a stream is for `fit` alone."""
    if isinstance(one.trainer.source, data.Stream):
        with pytest.raises(TypeError, match=r"Stream is read by the host"):
            one.trainer.train(one.state, STEPS)
        return
    one.is_straight(eqx.filter_jit(one.trainer.train)(one.state, STEPS))


def another(part: str, change: Callable[[Kind], dict]) -> Callable[[Scenario], None]:
    """A run whose part of this name is another one."""

    def accident(one: Scenario) -> None:
        one.stopped()
        trainer = one.kind.trainer(**change(one.kind))
        settings = {"checkpoint": one.path, "progress": False}
        state = trainer.init(one.kind.players(), key=KEYS[one.kind.key](7))
        text = rf"by another run\. What differs: .*\b{part}\b"
        one.refused(text, lambda: trainer.fit(state, STEPS, **settings))
        one.goes_on()

    accident.__name__ = f"another_{part}"
    return accident


def another_game(kind: Kind) -> dict:
    other = {"began": games.build("began", gamma=0.7)}.get(kind.game)
    return {"game": other or games.build("f_gan_gan" if kind.game != "f_gan_gan" else "hinge")}


def another_source(kind: Kind) -> dict:
    if kind.source == "synthetic":
        return {"source": data.Synthetic(data.Normal(1.0, 1.5), data.Uniform(1), 8)}
    if kind.source == "in memory":
        return {"source": data.Dataset(jnp.asarray(ROWS).at[3].add(1), data.Uniform(1), 8)}
    rows = ROWS.copy()
    rows[-1] += 1
    batches = data.Shuffled(rows, 8, jax.random.key(4))
    return {"source": data.Stream(batches, latent=data.Uniform(1))}


def another_optimiser(kind: Kind) -> dict:
    optimiser = Optimiser(optax.sgd, learning_rate=2e-2, momentum=0.5)
    if kind.optimiser == "scheduled":
        rate = optax.warmup_cosine_decay_schedule(0.0, 1e-2, 10, 41)
        optimiser = Optimiser(optax.adam, learning_rate=rate)
    return {"optimisers": dict.fromkeys(kind.players(), optimiser)}


def another_record(kind: Kind) -> dict:
    return {"record": Every(1, lambda state, batch, entries: {"generator": entries["generator"]})}


def another_key(one: Scenario) -> None:
    one.stopped()
    kinds = [name for name in KEYS if name != one.kind.key]
    key = KEYS[one.chance.choice(kinds)](8)
    state = one.trainer.init(one.kind.players(), key=key)
    settings = {"checkpoint": one.path, "progress": False}
    text = r"What differs: key\."
    one.refused(text, lambda: one.trainer.fit(state, STEPS, **settings))
    one.goes_on()


def another_player(one: Scenario) -> None:
    one.stopped()
    bias = one.state.players["generator"].layers[0].bias
    state = eqx.tree_at(
        lambda state: state.players["generator"].layers[0].bias,
        one.state,
        bias.at[0].set(jnp.nextafter(bias[0], 1.0)),
    )
    settings = {"checkpoint": one.path, "progress": False}
    text = r"What differs: player 'generator'\."
    one.refused(text, lambda: one.trainer.fit(state, STEPS, **settings))
    one.goes_on()


ACCIDENTS = (
    stopped_by_the_callback,
    stopped_twice,
    ctrl_c,
    a_callback_raises,
    killed,
    the_disk_is_full,
    a_bit_flips,
    the_file_is_cut,
    the_file_lies_elsewhere,
    a_second_program,
    the_finished_run_is_asked_for_again,
    the_state_alone_goes_on,
    without_the_host,
    another("game", another_game),
    another("source", another_source),
    another("optimisers", another_optimiser),
    another("record", another_record),
    another("ema", lambda kind: {"ema": {"generator": 0.99}}),
    another_key,
    another_player,
)


def met(kind: Kind, accident: Callable[[Scenario], None], folder: Path, chance) -> None:
    folder.mkdir()
    accident(Scenario(kind, folder, chance))


@pytest.mark.parametrize("accident", ACCIDENTS, ids=[one.__name__ for one in ACCIDENTS])
def test_what_comes_of_an_accident_is_known(accident, tmp_path):
    chance = random.Random(accident.__name__)
    for number, kind in enumerate(kinds_of(random.Random(1), 3)):
        met(kind, accident, tmp_path / str(number), chance)


@pytest.mark.skipif(TRIES == 0, reason="nox -s accidents")
def test_thousands_of_accidents(tmp_path, capsys):
    chance = random.Random(2)
    kinds = kinds_of(chance, 42)[: 1 + TRIES // 20]  # each compiles a program
    tries, failures, told = Counter(), Counter(), []
    for number in range(TRIES):
        kind, accident = kinds[number % len(kinds)], chance.choice(ACCIDENTS)
        tries[accident.__name__] += 1
        try:
            met(kind, accident, tmp_path / str(number), random.Random(number))
        except Exception as error:  # every way to fail is counted
            failures[accident.__name__] += 1
            told.append(
                f"{number} {accident.__name__} {kind}: {type(error).__name__} {error}"[:400]
            )
    with capsys.disabled():
        print()
        for name in sorted(tries):
            print(f"{name:40} {tries[name]:5} tries {failures[name]:5} failures")
        print(f"{'in all':40} {TRIES:5} tries {failures.total():5} failures")
    assert not told, "\n".join(told)
