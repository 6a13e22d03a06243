"""The pages and the fences of code in them: one reader for the tests, the type check, the linter
and the notebook."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

DOCS = Path(__file__).resolve().parents[2]
SITE = DOCS / "site"
HIDDEN = "# markdown-exec: hide"

_OPENING = re.compile(r"(?P<indent> *)(?P<marks>`{3,}|~{3,})(?P<info>[^`\n]*)\n?")
_OPTION = re.compile(r'\s+(\w+)="([^"]*)"')


@dataclass(frozen=True)
class Fence:
    """A fence of code; `first` and `last` are the line numbers of its marks, counted from 1."""

    page: Path
    first: int
    last: int
    info: str
    source: str

    @property
    def language(self) -> str:
        """The word after the opening marks."""
        return self.info.split(maxsplit=1)[0] if self.info else ""

    @property
    def options(self) -> dict[str, str]:
        """The `name="value"` pairs after the language."""
        return dict(_OPTION.findall(self.info))

    @property
    def executed(self) -> bool:
        """Whether the build runs it."""
        return self.language == "python" and "exec" in self.options

    @property
    def malformed(self) -> bool:
        """Whether anything but well-formed options follows the language, which would keep it from
        running."""
        return bool(_OPTION.sub("", self.info.removeprefix(self.language)).strip())

    @property
    def where(self) -> str:
        """The place, for messages."""
        ours = self.page.is_relative_to(DOCS.parent)
        return f"{self.page.relative_to(DOCS.parent) if ours else self.page}:{self.first}"


def pages() -> list[Path]:
    """Every page of the site."""
    return sorted(SITE.rglob("*.md"))


def fences(page: Path, text: str) -> Iterator[Fence]:
    """The fences of a page in their order; what stands inside a fence is not searched."""
    lines = text.splitlines(keepends=True)
    number = 0
    while number < len(lines):
        opening = _OPENING.fullmatch(lines[number])
        number += 1
        if opening is None:
            continue
        first, indent = number, len(opening["indent"])
        closing = re.compile(rf" *{opening['marks'][0]}{{{len(opening['marks'])},}}\s*")
        while number < len(lines) and not closing.fullmatch(lines[number]):
            number += 1
        source = "".join(line[indent:] if line.strip() else "\n" for line in lines[first:number])
        number += 1
        yield Fence(
            page=page, first=first, last=number, info=opening["info"].strip(), source=source
        )


def executed_blocks(page: Path) -> list[Fence]:
    """The fences of a page that the build runs."""
    return [fence for fence in fences(page, page.read_text(encoding="utf-8")) if fence.executed]
