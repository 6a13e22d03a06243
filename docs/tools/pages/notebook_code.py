"""Turns a page's block of code into the cells of a notebook."""

import re
from collections.abc import Iterator

from tools.pages.fences import HIDDEN, Fence

_MARK = re.compile(
    r"(?P<indent> *)# (?P<mark>exercise:|end exercise|check|end check|page only|end page "
    r"only|notebook:)(?P<text>.*)"
)
_HIDDEN = re.compile(rf" *{re.escape(HIDDEN)}\s*$")
_SUPPORT = re.compile(r"\s*(from|import) tools\b")
_PAGE_ONLY = re.compile(r"^\s*(?:from|import) (?:tools|experiments)\b.*$", re.MULTILINE)


def code_cells(fence: Fence, *, solved: bool) -> list[str]:
    """The cells of one block: code, with each check in a cell of its own."""
    cells = [cell for cell in _split(fence, solved=solved) if cell.strip()]
    for cell in cells:
        if found := _PAGE_ONLY.search(cell):
            raise ValueError(
                f"{fence.where}: a notebook has no {found.group().strip()!r}; mark the line "
                "'# notebook:'"
            )
    return cells


def _split(fence: Fence, *, solved: bool) -> Iterator[str]:
    cell: list[str] = []
    open_mark, replaces_next = "", False
    for line in fence.source.splitlines():
        text = _HIDDEN.sub("", line)
        mark = _MARK.fullmatch(text) if text != line else None
        if mark is None:
            if not (
                replaces_next
                or _SUPPORT.match(text)
                or open_mark == "page only"
                or (open_mark == "exercise:" and not solved)
            ):
                cell.append(text)
            replaces_next = False
            continue
        open_mark = _next_mark(fence, open_mark, mark["mark"])
        if mark["mark"] == "notebook:":
            replaces_next = True
            cell += [mark["indent"] + mark["text"].strip()] if mark["text"].strip() else []
        elif mark["mark"] == "exercise:":
            cell += [f"{mark['indent']}# Your turn: {mark['text'].strip()}"]
            cell += (
                []
                if solved
                else [f"{mark['indent']}raise NotImplementedError({mark['text'].strip()!r})"]
            )
        elif mark["mark"] in ("check", "end check"):
            yield _cell(cell)
            cell = []
    if open_mark:
        raise ValueError(f"{fence.where}: '# {open_mark}' has no end in its block")
    yield _cell(cell)


def _next_mark(fence: Fence, open_mark: str, mark: str) -> str:
    """The mark that is open after `mark`; marks of one kind follow each other and never nest."""
    if mark == "notebook:":
        return open_mark
    expected = {
        "": ("exercise:", "check", "page only"),
        "exercise:": ("end exercise",),
        "check": ("end check",),
        "page only": ("end page only",),
    }[open_mark]
    if mark not in expected:
        raise ValueError(f"{fence.where}: '# {mark}' where one of {expected} was expected")
    return "" if mark.startswith("end") else mark


def _cell(lines: list[str]) -> str:
    return "\n".join(lines).strip("\n")
