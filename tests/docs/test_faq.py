"""The FAQ answers what the search sends readers there for."""

import pytest
from tools.pages.fences import SITE
from tools.pages.search_words import WORDS

QUESTIONS = [
    line.lower()
    for line in (SITE / "faq.md").read_text(encoding="utf-8").splitlines()
    if line.startswith("**")
]


@pytest.mark.parametrize("word", WORDS["faq.md"])
def test_a_question_or_its_answer_says_the_word(word: str) -> None:
    assert any(word.lower() in line for line in QUESTIONS)
