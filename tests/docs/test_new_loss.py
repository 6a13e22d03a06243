"""The loss of the guide on new losses goes through the protocol of the library's own."""

import inspect
from collections.abc import Callable
from typing import Any

import pytest
from losses import test_protocol
from tools.pages.fences import SITE, executed_blocks

from gantheory import losses

NAME = "squared_hinge_discriminator_loss"
OF_EVERY_LOSS = (
    test_protocol.test_arguments_are_named_alike_and_have_no_default,
    test_protocol.test_value_and_gradient_are_finite_at_ten_thousand,
    test_protocol.test_a_declared_monotone_loss_never_falls_on_the_way_away,
    test_protocol.test_gradient_is_that_of_finite_differences,
    test_protocol.test_jit_and_vmap_change_nothing,
    test_protocol.test_order_within_a_batch_does_not_matter,
    test_protocol.test_batches_of_different_size_are_legal_when_unpaired,
    test_protocol.test_permuting_one_side_alone_does_not_matter_when_unpaired,
    test_protocol.test_empty_logits_are_refused_on_either_side,
    test_protocol.test_integer_logits_are_refused_on_either_side,
    test_protocol.test_docstring_has_a_formula_units_and_a_source,
    test_protocol.test_any_shape_goes_in_and_the_scalar_mean_comes_out,
    test_protocol.test_the_dtype_of_the_logits_is_the_dtype_of_the_loss,
)
VALUES: dict[str, list[Any]] = {
    "signs": test_protocol.SIGNS,
    "shape": [(), (6,), (2, 1, 3)],
    "dtype": ["float16", "bfloat16", "float32"],
}


def cases() -> list[tuple[Callable[..., None], dict[str, Any]]]:
    """Each question, once for each value that it is asked with."""
    found = []
    for question in OF_EVERY_LOSS:
        parameters = inspect.signature(question).parameters
        [name] = [name for name in VALUES if name in parameters] or [None]
        if question is test_protocol.test_integer_logits_are_refused_on_either_side:
            found += [(question, {"dtype": "int32"}), (question, {"dtype": "bool"})]
        else:
            found += [
                (question, {name: value} if name else {})
                for value in VALUES.get(name or "", [None])
            ]
    return found


@pytest.fixture
def loss(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """The page's own loss, known to the protocol as if it were one of the library's."""
    namespace: dict[str, Any] = {}
    exec(executed_blocks(SITE / "guides" / "new-loss.md")[0].source, namespace)
    found = namespace[NAME]
    monkeypatch.setitem(test_protocol.LABEL, found, NAME)
    monkeypatch.setattr(losses, "PROPERTIES", {NAME: losses.LossProperties()})
    return found


@pytest.mark.usefixtures("x64", "without_hook")
@pytest.mark.parametrize(("question", "given"), cases())
def test_the_protocol_holds_for_the_loss_of_the_page(
    loss: Callable[..., Any], question: Callable[..., None], given: dict[str, Any]
) -> None:
    fixtures = {
        name: None
        for name in ("x64", "without_hook")
        if name in inspect.signature(question).parameters
    }
    question(loss=loss, **given, **fixtures)
