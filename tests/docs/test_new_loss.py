"""The loss of the guide on new losses answers the questions that the library's own answer."""

from typing import Any

from tools.pages.fences import SITE, executed_blocks

from gantheory import testing


def test_the_loss_of_the_page_answers_every_question(without_hook: None) -> None:
    namespace: dict[str, Any] = {}
    exec(executed_blocks(SITE / "guides" / "new-loss.md")[0].source, namespace)
    testing.check_loss(namespace["squared_hinge_discriminator_loss"], "discriminator")
