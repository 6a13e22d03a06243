"""Every page of the answers and of the theory ends in exercises with hidden answers, and some
figures are to be predicted before they are opened."""

import re
from dataclasses import dataclass
from pathlib import Path

import pytest
from tools.pages.fences import SITE, Fence, fences, pages
from tools.pages.notebook import PAGE
from tools.pages.notebook_prose import for_notebooks
from tools.pages.readings import Paragraph, asserts, literals, shows

WITHOUT = ("index.md", "live-2d.md")  # the latter has exercises, but runs no code
PAGES = [
    page
    for page in pages()
    if page.parent.name in ("answers", "theory") and page.name not in WITHOUT
]
KINDS = ("By hand.", "With code.", "True or false?", "What would change?", "What is going on?")
QUESTION = re.compile(r"^\*\*(\d)\. ([^*]+)\*\* ", re.MULTILINE)
ANSWER = re.compile(r"^/// details \| Answer (\d)\n(.*?)^///$", re.MULTILINE | re.DOTALL)
PREDICTION = re.compile(
    r"^//// admonition \| Predict first\n    type: predict\n(.*?)"
    r"^/// details \| Reveal [^\n]+\n(.*?)^///\n////$",
    re.MULTILINE | re.DOTALL,
)


@dataclass(frozen=True)
class Exercise:
    """A question with what stands below it, up to the next one."""

    number: int
    kind: str
    text: str


def section(text: str) -> str:
    """The part of a page under the heading of its exercises, without the last paragraph."""
    parts = text.split("\n## Exercises\n")
    return parts[1].split("\n## ")[0].split("\n**Where next:**")[0] if len(parts) == 2 else ""


def exercises(text: str) -> list[Exercise]:
    """The exercises of a page."""
    pieces = QUESTION.split(section(text))[1:]
    return [
        Exercise(int(number), kind, rest)
        for number, kind, rest in zip(pieces[::3], pieces[1::3], pieces[2::3], strict=True)
    ]


def blocks(text: str) -> list[Fence]:
    return [fence for fence in fences(Path("page.md"), text) if fence.executed]


def words(text: str) -> str:
    """What is said, without code and displayed formulas."""
    return re.sub(r"^\$\$.*?^\$\$$|^```.*?^```$", "", text, flags=re.MULTILINE | re.DOTALL)


def unnamed(prose: str, code: list[Fence]) -> list[str]:
    """Numbers with a decimal point or a percent sign that no block below the prose names."""
    named = {value for fence in code for value in literals(fence.source)}
    return [
        number
        for number in Paragraph(0, prose, marked=False).numbers
        if re.search(r"\d\.\d|%", number)
        and not any(
            abs(value - wanted) < 1e-9
            for value in named
            for wanted in (_value(number), _value(number) / 100)
        )
    ]


def _value(number: str) -> float:
    return float(number.rstrip("% ").replace(",", ""))


def exercise_problems(text: str) -> list[str]:
    """What is missing or wrong in a page's exercises."""
    found = exercises(text)
    if not 3 <= len(found) <= 5:
        return [f"{len(found)} exercises"]
    problems = []
    if [one.number for one in found] != list(range(1, len(found) + 1)):
        problems.append("they are not numbered from 1 on")
    if not {"By hand.", "With code."} <= {one.kind for one in found}:
        problems.append("none by hand, or none with code")
    if {one.kind for one in found} <= {"By hand.", "With code."}:
        problems.append("none asks for a belief, or for what would change")
    for one in found:
        answers = ANSWER.findall(one.text)
        if one.kind not in KINDS:
            problems.append(f"exercise {one.number}: {one.kind!r} is no kind")
        if [int(number) for number, _ in answers] != [one.number]:
            problems.append(f"exercise {one.number} has no answer of its own")
            continue
        answer = answers[0][1]
        code = blocks(answer)
        if len(words(answer).split()) < 20:
            problems.append(f"answer {one.number} is too short")
        if any(not asserts(fence.source) for fence in code):
            problems.append(f"answer {one.number}: a block asserts nothing")
        if one.kind == "With code." and not code:
            problems.append(f"answer {one.number} has no code")
        problems += [f"answer {one.number}: {n} in no block" for n in unnamed(words(answer), code)]
    return problems


def predictions(text: str) -> list[tuple[str, str]]:
    """The questions before a figure, and what they hide."""
    return PREDICTION.findall(text)


def prediction_problems(question: str, hidden: str) -> list[str]:
    """What is missing in one of them."""
    problems = []
    options = re.findall(r"^- \(([a-d])\) ", question, re.MULTILINE)
    right = re.findall(r"^\*\*\(([a-d])\)\.\*\* ", words(hidden), re.MULTILINE)
    code = blocks(hidden)
    if len(options) < 2 or options != sorted(set(options)):
        problems.append("there are not two options or more, in order")
    if len(right) != 1 or right[0] not in options:
        problems.append("it does not say which option is right")
    if not any(re.search(r"\bshow_\w+\(", fence.source) for fence in code):
        problems.append("it hides no figure")
    checks = [fence for fence in code if fence.options["id"].endswith("-predicted")]
    if not checks or any(shows(one) or asserts(one.source) < 2 for one in checks):
        problems.append("no hidden block asserts the right option")
    said = words(hidden).split("**(", 1)[-1]
    problems += [f"{number} in no block" for number in unnamed(said, checks)]
    return problems


def name(page: Path) -> str:
    return page.relative_to(SITE).as_posix()


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_a_page_has_three_to_five_exercises_with_answers(page: Path) -> None:
    assert exercise_problems(page.read_text(encoding="utf-8")) == []


def test_at_least_five_figures_are_predicted_first() -> None:
    found = {
        f"{name(page)}: {question.strip()[:40]}": prediction_problems(question, hidden)
        for page in PAGES
        for question, hidden in predictions(page.read_text(encoding="utf-8"))
    }
    assert len(found) >= 5
    assert {one: problems for one, problems in found.items() if problems} == {}
    marks = sum(page.read_text(encoding="utf-8").count("| Predict first") for page in PAGES)
    assert marks == len(found), "one is not in the form"


def test_the_first_figure_of_a_page_is_not_hidden() -> None:
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        first = next((fence for fence in blocks(text) if "show_" in fence.source), None)
        if first is not None:
            assert all(first.source not in hidden for _, hidden in predictions(text)), name(page)


def test_the_notebook_asks_and_does_not_answer() -> None:
    text = for_notebooks(PAGE.read_text(encoding="utf-8"))
    assert len(QUESTION.findall(section(text))) == len(exercises(PAGE.read_text(encoding="utf-8")))
    assert "Answer 1" not in text


CODE = '```python exec="1" session="page" id="page-exercise-1" source="above"\nassert a == 0.5\n```'
SAID = " ".join(["Because it is so."] * 5)
GOOD = "# T\n\n## Exercises\n\n" + "".join(
    f"**{number}. {kind}** Is it?\n\n"
    f"/// details | Answer {number}\n\n{SAID} About 0.5.\n\n{CODE}\n\n///\n\n"
    for number, kind in enumerate(("By hand.", "With code.", "True or false?"), start=1)
)
ONE = (
    "//// admonition | Predict first\n    type: predict\n\nWhat?\n\n- (a) This.\n- (b) That.\n\n"
    '/// details | Reveal the figure\n\n```python exec="1" session="page" id="page-f" html="1"\n'
    "show_figure(a)\n```\n\n**(b).** Since 0.5 is less.\n\n"
    '```python exec="1" session="page" id="page-f-predicted"\nassert a < 0.5\nassert b\n```\n\n'
    "///\n////\n"
)


def test_the_forms_are_accepted() -> None:
    assert exercise_problems(GOOD) == []
    assert [prediction_problems(*one) for one in predictions(ONE)] == [[]]


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("## Exercises", "## Problems", "0 exercises"),
        ("**3. True or false?**", "3. True or false?", "2 exercises"),
        ("**3. ", "**4. ", "not numbered"),
        ("With code.", "By hand.", "none with code"),
        ("True or false?", "With code.", "asks for a belief"),
        ("True or false?", "Easy.", "no kind"),
        ("| Answer 2", "| Answer 1", "no answer of its own"),
        ("| Answer 2", "| Solution", "no answer of its own"),
        (SAID, "Yes.", "too short"),
        ("assert a == 0.5", "a = 0.5", "asserts nothing"),
        ("About 0.5.", "About 0.6.", "0.6 in no block"),
        (CODE, "", "answer 2 has no code"),
    ],
)
def test_a_fault_in_the_exercises_is_found(old: str, new: str, problem: str) -> None:
    text = GOOD.replace(old, new)
    assert text != GOOD
    assert any(problem in found for found in exercise_problems(text))


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("- (b) That.\n", "", "two options"),
        ("**(b).**", "**(c).**", "which option is right"),
        ("**(b).** ", "", "which option is right"),
        ("show_figure(a)", "print(a)", "hides no figure"),
        ("assert b", "b = 1", "asserts the right option"),
        ("-predicted", "-holds", "asserts the right option"),
        ("Since 0.5", "Since 0.6", "0.6 in no block"),
    ],
)
def test_a_fault_in_a_prediction_is_found(old: str, new: str, problem: str) -> None:
    text = ONE.replace(old, new)
    assert text != ONE
    assert any(problem in found for one in predictions(text) for found in prediction_problems(*one))
