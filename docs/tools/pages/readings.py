"""The paragraphs of a page that read results, and the hidden blocks that hold them to the numbers
of the build.

A paragraph, or an item of a list, whose last line is the mark is a reading. Directly after it, or
after its list, stands an executed block that shows nothing and whose id ends in `-holds`. The
messages of its assertions quote the words that they hold: a word that compares or counts and that
no message quotes is a problem, as are more than a few words in a row, and a message that the
reading does not contain. A word turned in the prose alone is found by this, and a number turned in
the build by the assertion.
"""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tools.pages.fences import Fence, fences

MARK = "{: .reading }"
JOINING = 4
"""So many words in a row of a reading may stand between two quotations."""

_COMPARISONS = """
    more less fewer most least only half twice third quarter times
    none never always every all any both better best worse worst
    larger largest smaller smallest greater higher highest lower lowest faster slower
    longer longest shorter shortest nearer nearly equal same sooner later earlier
    falls? fell fallen rises? rose risen grows? grew grown shrinks? shrunk
    vanish(?:es)? stays? keeps?
"""
"""What makes a paragraph behind a result a reading."""
_TURNING = """
    each neither nor no not cannot without greatest fastest slowest
    weaker weakest stronger strongest nearest farther farthest closer closest
    above below beyond within exceeds? between inside outside before after
    almost hardly first last gains? loses? lost
"""
"""What turns the sense of a reading, besides."""


def _one_of(words: str) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{'|'.join(words.split())})\b", re.IGNORECASE)


COMPARISON = _one_of(_COMPARISONS)
_HELD = _one_of(_COMPARISONS + _TURNING)
_COUNTS = """
    two three four five six seven eight nine ten eleven twelve twenty hundred thousand
"""
_NUMBER = re.compile(rf"(?<![\w.\[])\d(?:[\d.,]*\d)?|{_one_of(_COUNTS).pattern}", re.IGNORECASE)
_FIGURES = re.compile(r"(?<![\w.])\d[\d.,]*(?: ?%| per cent)?")
_ITEM = re.compile(r"(?:[-*]|\d+\.) +")
_NO_PROSE = re.compile(
    r"^(?:#|\||/{3}|\$\$|\[\]\(\)|<|!\[|=== |\*\*(?:Where next|You will learn|You need))"
)


@dataclass(frozen=True)
class Paragraph:
    """A paragraph or an item of a list; `line` is its number on the page."""

    line: int
    text: str
    marked: bool

    @property
    def sentences(self) -> list[str]:
        """Its sentences, without mathematics, code and the addresses of links."""
        return [part for part in re.split(r"(?<=[.!?])[\"*)”]*\s+", plain(self.text)) if part]

    @property
    def numbers(self) -> list[str]:
        """Its numbers in figures, outside of formulas."""
        return [number.rstrip(".,") for number in _FIGURES.findall(plain(self.text))]

    @property
    def interprets(self) -> bool:
        """Whether it compares or counts something, as far as its words tell."""
        text = plain(self.text)
        return bool(COMPARISON.search(text) or _NUMBER.search(text))


def plain(text: str) -> str:
    """The words of a paragraph."""
    text = re.sub(r"\[\d\.\d\]\([^)]*\)", "x", text)  # a page by its number
    text = re.sub(r"\[([^\]]*)\](?:\([^)]*\)|\[[^\]]*\])", r"\1", text)
    text = re.sub(r"\$[^$]*\$", "x", re.sub(r"`[^`]*`", "x", text))
    return re.sub(r"^\*\*[^*]*\*\*\s*", "", " ".join(text.split())).replace("**", "").strip()


def elements(page: Path, text: str) -> Iterator[Paragraph | Fence | None]:
    """Paragraphs and fences in their order; anything else that is not empty (a heading, a table, a
    theorem) is None. Of what is folded or framed only the marked paragraphs and the blocks that
    hold them are given: an answer of an exercise argues.
    """
    lines = text.splitlines()
    blocks = {fence.first: fence for fence in fences(page, text)}
    number, inside = 1, 0
    if lines and lines[0] == "---":
        number = lines.index("---", 1) + 2
    while number <= len(lines):
        if number in blocks:
            if not inside or holds(blocks[number]):
                yield blocks[number]
            number = blocks[number].last + 1
            continue
        start = number
        while number <= len(lines) and number not in blocks and lines[number - 1].strip():
            number += 1
        chunk = lines[start - 1 : number - 1]
        if not chunk:
            number += 1
            continue
        for line in chunk:
            if re.match(r"/{3,} ?[^/\s]", line):
                inside += 1
            elif re.fullmatch(r"/{3,}\s*", line):
                inside -= 1
        framed = inside or _NO_PROSE.match(chunk[0]) or chunk[-1].strip("/ ") == ""
        if framed and chunk[-1].strip() != MARK:
            yield None
        else:
            yield from _pieces(start, chunk)


def _pieces(start: int, chunk: list[str]) -> Iterator[Paragraph]:
    """The items of a list, or the one paragraph."""
    firsts = [n for n, line in enumerate(chunk) if n == 0 or _ITEM.match(line)]
    for first, after in zip(firsts, [*firsts[1:], len(chunk)], strict=True):
        lines = chunk[first:after]
        marked = lines[-1].strip() == MARK
        body = "\n".join(lines[:-1] if marked else lines)
        yield Paragraph(
            start + first, _ITEM.sub("", body, count=1) if _ITEM.match(body) else body, marked
        )


def asserts(source: str) -> int:
    """How many assertions about something named a block makes."""
    found = 0
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Assert):
            found += any(isinstance(part, ast.Name) for part in ast.walk(node.test))
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            found += node.func.attr.startswith("assert_")
    return found


def literals(source: str) -> set[float]:
    """The numbers that a block names."""
    return {
        float(node.value)
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Constant) and isinstance(node.value, int | float)
    }


def _is_named(number: str, named: set[float]) -> bool:
    """Whether a number of the text, or the share that a percentage means, is among those of the
    code."""
    figure = re.match(r"[\d.,]+", number)
    assert figure
    value = float(figure[0].rstrip(".,").replace(",", ""))
    values = (value, value / 100) if figure[0] != number else (value,)
    return any(abs(one - other) < 1e-9 for one in values for other in named)


def quotes(source: str) -> list[str]:
    """The messages of a block's assertions."""
    found: list[ast.expr | None] = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Assert):
            found.append(node.msg)
        elif isinstance(node, ast.Call):
            found += [word.value for word in node.keywords if word.arg == "err_msg"]
    return [
        " ".join(message.value.split())
        for message in found
        if isinstance(message, ast.Constant) and isinstance(message.value, str)
    ]


def quotable(text: str) -> str:
    """A paragraph as its assertions quote it: on one line, without emphasis and addresses."""
    text = re.sub(r"\[([^\]]*)\](?:\([^)]*\)|\[[^\]]*\])", r"\1", text)
    text = re.sub(r"(\$[^$]*\$)|\*", r"\1", text)  # a formula keeps its stars
    return " ".join(text.split())


def _held_words(text: str) -> Iterator[re.Match[str]]:
    """The words that compare or count, outside of formulas and code; and formulas' figures."""
    no_code = re.sub(r"`[^`]*`", lambda found: "x" * len(found[0]), text)
    prose = re.sub(r"\$[^$]*\$", lambda found: "x" * len(found[0]), no_code)
    yield from _HELD.finditer(prose)
    yield from _NUMBER.finditer(no_code)


def holds(fence: Fence) -> bool:
    """Whether a fence is one that a reading wants after it."""
    return (
        fence.executed
        and fence.options["id"].endswith("-holds")
        and not {"source", "result", "html", "idprefix"} & fence.options.keys()
    )


def shows(fence: Fence) -> bool:
    """Whether an executed fence puts numbers, a table or a drawing on the page."""
    return fence.executed and bool(re.search(r"\b(?:print|show_\w+)\(", fence.source))


def reading_problems(page: Path, text: str) -> list[str]:
    """Marked readings without a block that asserts each of their sentences, and such blocks without
    a reading."""
    found: list[str] = []
    waiting: list[Paragraph] = []
    for element in [*elements(page, text), None]:
        if isinstance(element, Paragraph):
            if element.marked:
                waiting.append(element)
            elif waiting and not _follows_in_list(waiting[-1], element):
                found += [f"line {one.line}: no block follows" for one in waiting]
                waiting = []
            continue
        if isinstance(element, Fence) and holds(element):
            wanted = sum(len(one.sentences) for one in waiting)
            if not waiting:
                found.append(f"line {element.first}: no reading before it")
            elif asserts(element.source) < wanted:
                made = asserts(element.source)
                found.append(f"line {element.first}: {made} assertions for {wanted} sentences")
            if shows(element):
                found.append(f"line {element.first}: it shows something")
        else:
            found += [f"line {one.line}: no block follows" for one in waiting]
        waiting = []
    return found


def _held_readings(page: Path, text: str) -> Iterator[tuple[Fence, list[Paragraph]]]:
    """Each block that holds readings, with the marked readings before it."""
    waiting: list[Paragraph] = []
    for element in elements(page, text):
        if isinstance(element, Paragraph):
            waiting += [element] if element.marked else []
            continue
        if isinstance(element, Fence) and holds(element):
            yield element, waiting
        waiting = []


def unnamed_numbers(page: Path, text: str) -> list[str]:
    """Numbers that a marked reading gives in figures and that the block which asserts it does not
    name."""
    return [
        f"line {one.line}: {number}"
        for block, readings in _held_readings(page, text)
        for one in readings
        for number in one.numbers
        if not _is_named(number, literals(block.source))
    ]


def quote_problems(page: Path, text: str) -> list[str]:
    """What marked readings say and no assertion's message quotes: words that compare or count, and
    more than a few words in a row; and messages that stand in no reading."""
    found: list[str] = []
    for block, readings in _held_readings(page, text):
        messages = quotes(block.source)
        texts = [(one.line, quotable(one.text)) for one in readings]
        found += [
            f"line {block.first}: the reading does not say {message!r}"
            for message in messages
            if not any(message in words for _, words in texts)
        ]
        found += [
            f"line {line}: no message quotes {part!r}"
            for line, words in texts
            for part in _loose(words, messages)
        ]
    return found


def _loose(words: str, messages: list[str]) -> Iterator[str]:
    """The words that compare or count outside of all messages, and the long stretches there."""
    quoted = bytearray(len(words))
    for message in messages:
        for place in re.finditer(re.escape(message), words):
            quoted[place.start() : place.end()] = b"\1" * len(message)
    for word in _held_words(words):
        if not all(quoted[word.start() : word.end()]):
            yield words[max(word.start() - 20, 0) : word.end() + 20]
    for stretch in re.finditer(r"\0+", quoted.decode()):
        part = words[stretch.start() : stretch.end()].strip()
        if len(re.findall(r"\$[^$]*\$|`[^`]*`|[\w’'-]+", part)) > JOINING:
            yield part


def _follows_in_list(one: Paragraph, other: Paragraph) -> bool:
    """Whether the other is a further item of the same list."""
    return other.line <= one.line + one.text.count("\n") + 2


def unmarked_readings(page: Path, text: str) -> list[Paragraph]:
    """Paragraphs directly after a block that shows something which compare or count, and bear no
    mark.

    A paragraph that ends in a colon leads to what follows and is not counted.
    """
    found: list[Paragraph] = []
    after = False
    for element in elements(page, text):
        if isinstance(element, Fence):
            after = shows(element) or (after and element.executed and not shows(element))
        elif element is None:
            after = False
        elif after and not element.marked:
            if element.text.rstrip().endswith(":"):
                after = False
            elif element.interprets:
                found.append(element)
    return found
