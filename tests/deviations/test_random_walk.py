"""The walk deviation: against every walk written out, its least values, and what it refuses."""

import itertools

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from gantheory.deviations import mce_deviation, walk_deviation

WALK = {"styles": 3, "steps": 2, "discount": 0.6, "visit_weight": 0.3}
LABELS = jnp.array([0, 2, 1, 2, 0, 2])


def drawn(samples=6, fakes=4, size=2, scale=0.8, seed=0):
    random = np.random.default_rng(seed)
    real, fake = random.normal(0, scale, (samples, size)), random.normal(0, scale, (fakes, size))
    return jnp.asarray(real, jnp.float32), jnp.asarray(fake, jnp.float32)


def shares(start, ends):
    """The probabilities of going from a place to each of the others; None is no place to go to."""
    weights = np.array([0 if end is None else np.exp(-np.sum((start - end) ** 2)) for end in ends])
    return weights / weights.sum()


def by_enumeration(real, labels, fake, *, styles, steps, discount, visit_weight):
    """Every walk on its own: its probability is a product, and a landing a sum of products."""
    real, fake, labels = np.asarray(real, float), np.asarray(fake, float), np.asarray(labels)
    centres = [real[labels == one].mean(axis=0) for one in range(styles) if one in labels]
    places = range(len(fake))
    outward = [shares(centre, fake) for centre in centres]
    among = [shares(fake[n], [None if m == n else fake[m] for m in places]) for n in places]
    home = [shares(one, centres) for one in fake]
    total = 0.0
    for step in range(steps + 1):
        for i, j in itertools.product(range(len(centres)), repeat=2):
            landing = 0.0
            for path in itertools.product(places, repeat=step + 1):
                chance = outward[i][path[0]] * home[path[-1]][j]
                for n, m in itertools.pairwise(path):
                    chance *= among[n][m]
                landing += chance
            total -= discount**step * np.log(landing) / len(centres) ** 2
    visits = np.mean(outward, axis=0)
    return total - visit_weight * np.mean(np.log(visits))


@pytest.mark.parametrize("steps", [0, 1, 3])
@pytest.mark.parametrize("fakes", [2, 4])
@pytest.mark.parametrize(("discount", "visit_weight"), [(0.6, 0.3), (0.0, 1.0), (1.0, 0.0)])
def test_value_is_that_of_all_walks_added_up(steps, fakes, discount, visit_weight):
    real, fake = drawn(fakes=fakes)
    given = {**WALK, "steps": steps, "discount": discount, "visit_weight": visit_weight}
    expected = by_enumeration(real, LABELS, fake, **given)
    assert float(walk_deviation(real, LABELS, fake, **given)) == pytest.approx(expected, rel=2e-6)


def test_two_points_by_hand():
    """Centres and generated samples on the same two points, a distance d apart: with q = 1 / (1 +
    exp(-d^2)) a walk of no step comes home with q^2 + (1-q)^2, and one of one step, which must
    change sides, with 2q(1-q)."""
    points, q = jnp.array([[0.0], [0.5]]), 1 / (1 + np.exp(-0.25))
    stay, change = q**2 + (1 - q) ** 2, 2 * q * (1 - q)
    both = -(np.log(stay) + np.log(change)) / 2  # of either row of either matrix
    given = {"styles": 2, "steps": 1, "discount": 0.5, "visit_weight": 2.0}
    value = walk_deviation(points, jnp.array([0, 1]), points, **given)
    assert float(value) == pytest.approx(1.5 * both + 2 * np.log(2), rel=1e-6)


def test_a_walk_of_no_step_to_one_place_is_the_cross_entropy_of_its_posterior():
    """Where all generated samples are the same, each walk ends as that sample is classified."""
    real, fake = drawn()
    fake = jnp.broadcast_to(fake[:1], (5, 2))
    centres = jnp.stack([jnp.mean(real[one == LABELS], axis=0) for one in range(3)])
    logits = -jnp.sum((fake[:1] - centres) ** 2, axis=-1)
    given = {**WALK, "visit_weight": 0.0}
    expected = float(mce_deviation(logits)) * (1 + 0.6 + 0.36)
    assert float(walk_deviation(real, LABELS, fake, **given)) == pytest.approx(expected, rel=1e-6)


LEAST = np.log(3) * (1 + 0.6 + 0.36)


def test_least_where_landings_and_visits_are_uniform():
    same = jnp.ones((6, 2))
    least = LEAST + 0.3 * np.log(4)
    value = walk_deviation(same, LABELS, jnp.full((4, 2), 5.0), **WALK)
    assert float(value) == pytest.approx(least, rel=1e-6)
    for seed in range(5):
        for scale in (0.1, 1.0, 5.0):
            real, fake = drawn(scale=scale, seed=seed)
            assert float(walk_deviation(real, LABELS, fake, **WALK)) > least
    gradient = jax.grad(walk_deviation, argnums=2)(same, LABELS, same[:4], **WALK)
    np.testing.assert_allclose(gradient, 0, atol=1e-6)


def test_a_generator_that_copies_the_styles_deviates_less_than_one_between_them():
    centres = 2 * jnp.eye(3)
    given = {**WALK, "visit_weight": 1.0}
    copies = walk_deviation(centres, jnp.arange(3), centres, **given)
    between = jnp.broadcast_to(jnp.mean(centres, axis=0), (3, 3))
    assert float(walk_deviation(centres, jnp.arange(3), between, **given)) < float(copies) - 1


def test_order_of_samples_and_names_of_styles_do_not_matter():
    real, fake = drawn()
    value = float(walk_deviation(real, LABELS, fake, **WALK))
    order, renamed = jnp.array([3, 0, 5, 1, 4, 2]), jnp.array([1, 2, 0])[LABELS]
    for other in (
        walk_deviation(real[order], LABELS[order], fake, **WALK),
        walk_deviation(real, LABELS, fake[jnp.array([2, 0, 3, 1])], **WALK),
        walk_deviation(real, renamed, fake, **WALK),
        walk_deviation(real + 3, LABELS, fake + 3, **WALK),
    ):
        assert float(other) == pytest.approx(value, rel=1e-5)


def test_a_style_without_a_sample_is_left_out():
    real, fake = drawn()
    full = walk_deviation(real, LABELS, fake, **WALK)
    apart = jnp.array([0, 2, 4])[LABELS]  # as the styles 0, 2 and 4 of six
    given = {**WALK, "styles": 6}
    value, slopes = jax.value_and_grad(walk_deviation, argnums=(0, 2))(real, apart, fake, **given)
    assert float(value) == pytest.approx(float(full), rel=1e-6)
    assert float(value) == pytest.approx(by_enumeration(real, apart, fake, **given), rel=2e-6)
    expected = jax.grad(walk_deviation, argnums=(0, 2))(real, LABELS, fake, **WALK)
    for found, wanted in zip(slopes, expected, strict=True):
        np.testing.assert_allclose(found, wanted, rtol=1e-4, atol=1e-6)


def test_of_a_single_style_only_the_visits_count():
    real, fake = drawn()
    labels = jnp.zeros(6, int)
    value = jax.jit(lambda fake: walk_deviation(real, labels, fake, **WALK))(fake)
    assert float(value) == pytest.approx(by_enumeration(real, labels, fake, **WALK), rel=2e-6)
    without = {**WALK, "visit_weight": 0.0}
    value, slope = jax.value_and_grad(walk_deviation, argnums=2)(real, labels, fake, **without)
    assert float(value) == pytest.approx(0, abs=1e-6)
    np.testing.assert_allclose(slope, 0, atol=1e-6)


@pytest.mark.parametrize("argument", [0, 1])
def test_gradient_is_that_of_finite_differences(argument):
    features = [np.asarray(one, float) for one in drawn()]

    def value(moved):
        given = [moved if place == argument else one for place, one in enumerate(features)]
        return by_enumeration(given[0], LABELS, given[1], **WALK)

    expected = np.zeros_like(features[argument])
    for place in np.ndindex(expected.shape):
        step = np.zeros_like(expected)
        step[place] = 1e-5
        expected[place] = value(features[argument] + step) - value(features[argument] - step)
    expected /= 2e-5
    real, fake = map(jnp.asarray, drawn())
    found = jax.grad(walk_deviation, argnums=2 * argument)(real, LABELS, fake, **WALK)
    np.testing.assert_allclose(found, expected, rtol=2e-4, atol=2e-6)


def test_slopes_in_the_discount_and_the_weight():
    real, fake = drawn()

    def value(discount, weight):
        given = {**WALK, "discount": discount, "visit_weight": weight}
        return walk_deviation(real, LABELS, fake, **given)

    def exact(discount, weight):
        given = {**WALK, "discount": discount, "visit_weight": weight}
        return by_enumeration(real, LABELS, fake, **given)

    for discount in (0.0, 0.6):
        found = jax.grad(value, argnums=(0, 1))(jnp.asarray(discount), jnp.asarray(0.3))
        step = 1e-6
        slope = (exact(discount + step, 0.3) - exact(discount - step, 0.3)) / (2 * step)
        assert float(found[0]) == pytest.approx(slope, rel=1e-4)
        assert float(found[1]) == pytest.approx(exact(0.6, 1.0) - exact(0.6, 0.0), rel=1e-4)


@pytest.mark.parametrize("size", [20.0, 1e4])
def test_probabilities_that_underflow_keep_value_and_gradient(size):
    """Both generated samples at the first centre: every walk ends there, and the other landings
    have the probability exp(-size^2), which no single precision holds."""
    centres, fake = jnp.array([[0.0], [size]]), jnp.zeros((2, 1))
    given = {"styles": 2, "steps": 2, "discount": 1.0, "visit_weight": 1.0}
    value, slope = jax.value_and_grad(walk_deviation, argnums=2)(
        centres, jnp.arange(2), fake, **given
    )
    assert float(value) == pytest.approx(3 * size**2 / 2 + np.log(2), rel=1e-6)
    # Leaving for the far centre costs its squared distance, half of it by each sample.
    np.testing.assert_allclose(jnp.sum(slope), -3 * size, rtol=1e-5)
    assert np.all(np.isfinite(slope))


def test_visits_that_underflow():
    """A generated sample that no centre is near has a visit of probability exp(-900 + ...)."""
    real, fake = jnp.zeros((2, 1)), jnp.array([[0.0], [30.0]])
    given = {"styles": 2, "steps": 0, "discount": 1.0, "visit_weight": 1.0}
    value, slope = jax.value_and_grad(walk_deviation, argnums=2)(real, jnp.arange(2), fake, **given)
    assert float(value) == pytest.approx(np.log(2) + 450.0, rel=1e-6)
    np.testing.assert_allclose(slope[1, 0], 30.0, rtol=1e-5)


def test_half_precision_is_computed_in_single():
    real, fake = (one.astype(jnp.bfloat16) for one in drawn())
    value = walk_deviation(real, LABELS, fake, **WALK)
    wide = walk_deviation(real.astype(jnp.float32), LABELS, fake.astype(jnp.float32), **WALK)
    assert value.dtype == jnp.bfloat16
    assert value == wide.astype(jnp.bfloat16)


def test_an_unknown_label_is_seen_in_a_trace_too():
    real, fake = drawn()
    traced = jax.jit(lambda labels: walk_deviation(real, labels, fake, **WALK))
    assert np.isfinite(traced(LABELS))
    for wrong in (-1, 3):
        assert np.isnan(traced(LABELS.at[0].set(wrong)))
        with pytest.raises(ValueError, match="labels must lie between 0 and 2"):
            walk_deviation(real, LABELS.at[0].set(wrong), fake, **WALK)


REAL, FAKE = drawn()
REFUSED = {
    "styles must be at least 2": {"styles": 1},
    "styles must be an integer": {"styles": 0},
    "steps must be an integer of at least 0": {"steps": -1},
    "discount must lie in": {"discount": 1.5},
    "discount must lie": {"discount": float("nan")},
    "visit_weight must be non-negative": {"visit_weight": -1.0},
    "visit_weight must be a single number": {"visit_weight": jnp.ones(2)},
    "fake_features must be of at least two": {"fake_features": FAKE[:1]},
    "fake_features must have shape": {"fake_features": FAKE[:, :1]},
    "labels must have shape": {"labels": LABELS[:-1]},
    "real_features must have 2 axes": {"real_features": REAL[0]},
}


@pytest.mark.parametrize("words", sorted(REFUSED))
def test_what_is_refused_is_named(words):
    given = {"real_features": REAL, "labels": LABELS, "fake_features": FAKE, **WALK}
    with pytest.raises(ValueError, match=words):
        walk_deviation(**{**given, **REFUSED[words]})
