"""What the creative games on drawings refuse, and that a game which was cut short goes on to the
same end."""

from collections.abc import Callable
from pathlib import Path

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from experiments.can_portraits import playing, style_judge
from experiments.can_portraits.networks import Size
from experiments.can_portraits.style_judge import Collection, Drawings, Split
from tools.datasets import DatasetError

from gantheory.training import Result, Trainer, TrainState

TINY = playing.Setting(Collection("avatars", 8), Size(8, 4, 4, 8), steps=16)


def test_a_style_without_images_is_refused() -> None:
    with pytest.raises(DatasetError, match=r"no image of cubist: add some, or leave the style out"):
        style_judge.require_styles(("fauvist", "cubist"), np.array([0, 0]))


def test_one_style_is_refused() -> None:
    with pytest.raises(DatasetError, match="at least two styles to deviate from, got fauvist; "):
        style_judge.require_styles(("fauvist",), np.array([0, 0]))


def test_two_styles_with_images_are_not() -> None:
    style_judge.require_styles(("fauvist", "cubist"), np.array([0, 1]))


class Certain(eqx.Module):
    """A judge who names the style that it reads off the first pixel."""

    def features(self, image: jax.Array) -> jax.Array:
        return image[0, 0]

    def __call__(self, image: jax.Array) -> jax.Array:
        return jax.nn.one_hot(image[0, 0, 0].astype(int), 2)


def drawings(*, wrong: int) -> Drawings:
    """A hundred, of which the judge above misreads some."""
    labels = jnp.arange(100) % 2
    seen = jnp.where(jnp.arange(100) < wrong, 1 - labels, labels).astype(float)
    return Drawings(jnp.broadcast_to(seen[:, None, None, None], (100, 2, 2, 3)), labels)


@pytest.fixture
def misread(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], Collection]:
    """A collection of whose test drawings the judge above misreads some."""

    def of(wrong: int) -> Collection:
        test = drawings(wrong=wrong)
        monkeypatch.setattr(style_judge, "split", lambda _: Split(test, test, test, test))
        monkeypatch.setattr(style_judge, "train_judge", lambda *_: Certain())
        return Collection("two styles", 2)

    return of


def test_a_judge_below_nine_tenths_is_refused(misread: Callable[[int], Collection]) -> None:
    with pytest.raises(ValueError, match=r"the style of 89\.0% of the test drawings"):
        style_judge.require_accurate(misread(11))


def test_a_judge_of_nine_tenths_is_not(misread: Callable[[int], Collection]) -> None:
    style_judge.require_accurate(misread(10))


@pytest.fixture
def few_drawings(monkeypatch: pytest.MonkeyPatch) -> None:
    """Random drawings in two styles."""
    images = jax.random.uniform(jax.random.key(0), (200, 8, 8, 3), minval=-1, maxval=1)
    some = Drawings(images, jnp.arange(200) % 2)
    monkeypatch.setattr(playing, "split", lambda _: Split(some, some, some, some))
    monkeypatch.setattr(playing, "styles_of", lambda _: 2)
    monkeypatch.setattr(playing, "measured", lambda _, samples: {"samples": samples})


def play(checkpoint: Path | None) -> jax.Array:
    return playing.play(TINY, playing.Row("mce", 0.1, 1), checkpoint)["samples"]


@pytest.mark.usefixtures("few_drawings")
def test_a_game_that_was_cut_short_goes_on_to_the_same_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = play(None)

    def stopped_half_way(
        trainer: Trainer, state: TrainState, steps: int, checkpoint: Path | None
    ) -> Result:
        trainer.fit(state, steps // 2, checkpoint=checkpoint, progress=False)
        raise KeyboardInterrupt

    with monkeypatch.context() as cut:
        cut.setattr(playing, "train", stopped_half_way)
        with pytest.raises(KeyboardInterrupt):
            play(tmp_path / "row.run")
    assert (tmp_path / "row.run").is_file()
    assert jnp.array_equal(play(tmp_path / "row.run"), whole)


@pytest.mark.usefixtures("few_drawings")
def test_a_game_that_breaks_gives_no_row(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(playing, "LEARNING_RATE", 1e38)
    with pytest.raises(RuntimeError, match=r"its run is .*row\.run"):
        play(tmp_path / "row.run")
