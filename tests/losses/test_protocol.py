"""What every public loss has in common, asked of all of them by `gantheory.testing`."""

import inspect
from itertools import product

import jax.numpy as jnp
import pytest
from support.loss_rows import ROWS

from gantheory import losses, testing
from gantheory.shapes import FakeLogits, PairedLogits, RealLogits

SIGNS = list(product((1, -1), repeat=2))
PUBLIC = {name: getattr(losses, name) for name in losses.__all__}


def for_each(rows):
    return pytest.mark.parametrize("row", rows.values(), ids=rows)


every_row = for_each(ROWS)
paired_rows = for_each({name: row for name, row in ROWS.items() if row.paired})


def test_every_public_loss_has_a_row():
    assert {name.partition(":")[0] for name in ROWS} == set(losses.__all__)


@every_row
def test_a_loss_answers_every_question(row, without_hook):
    testing.check_loss(
        row.loss, row.player, paired=row.paired, monotone=row.monotone, finite=row.finite
    )


@for_each({name: row for name, row in ROWS.items() if not row.finite})
def test_what_is_not_promised_finite_overflows(row):
    """An exponential conjugate or activation has no finite value far out, in some arrangement."""
    assert not all(testing.is_finite_far_out(row.loss, signs) for signs in SIGNS)


@for_each({name: row for name, row in ROWS.items() if not row.monotone})
def test_what_is_not_promised_monotone_falls_somewhere_on_the_way_away(row):
    """A least-squares loss pulls back what lies beyond its target."""
    assert testing.steepest_fall(row.loss, row.player) < -0.5


@every_row
def test_the_type_says_which_side_a_logit_is_from_and_whether_it_is_paired(row):
    expected = {"real_logits": RealLogits, "fake_logits": FakeLogits}
    for name, parameter in inspect.signature(row.loss).parameters.items():
        assert parameter.annotation is (PairedLogits if row.paired else expected[name])


@paired_rows
@pytest.mark.parametrize("shapes", [((4,), (3,)), ((4,), (1,)), ((4,), (4, 1)), ((2,), ())])
def test_pairs_of_different_shape_are_refused(row, shapes, without_hook):
    """What would broadcast is refused as well."""
    real, fake = map(jnp.zeros, shapes)
    with pytest.raises(ValueError, match=r"fake_logits must have shape .* to fit real_logits"):
        row.loss(real_logits=real, fake_logits=fake)


@every_row
def test_an_error_names_the_argument(row, without_hook):
    sound = dict.fromkeys(row.sides, jnp.zeros(6))
    empty = dict.fromkeys(row.sides, jnp.zeros(0))
    with pytest.raises(ValueError, match=rf"{row.sides[0]} must not be empty, got shape \(0,\)"):
        row.loss(**empty)
    for name in row.sides:
        text = f"{name} must hold floating-point numbers, got dtype"
        with pytest.raises(TypeError, match=text):
            row.loss(**{**sound, name: jnp.ones(6, jnp.int32)})


@pytest.mark.parametrize("loss", PUBLIC.values(), ids=PUBLIC)
def test_docstring_has_a_formula_units_and_a_source(loss):
    text = inspect.getdoc(loss)
    assert text.splitlines()[0].endswith(".")
    assert text.splitlines()[1] == ""
    assert text.count("$$") >= 2
    for section in ("Args:", "Returns:", "Source:"):
        assert f"\n{section}\n" in text
    for name in inspect.signature(loss).parameters:
        assert f"    {name}: " in text
