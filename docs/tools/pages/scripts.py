"""Makes of every page that runs code a program that runs by itself, for the reader to download.

    python -m tools.pages.scripts

`downloads/<page>.py`, or `downloads/<page>.zip` with the experiments that the page calls beside it.
"""

import re
import zipfile
from pathlib import Path

from tools.pages import notebook
from tools.pages.bundle import distributions, needed_files
from tools.pages.fences import DOCS, HIDDEN, SITE, Fence, executed_blocks, fences, pages
from tools.pages.notebook_code import code_cells
from tools.pages.preamble import drawing_names, preamble, without_drawing_imports

FIND_DOCS = """\
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent / "docs"))
"""

_HEADING = re.compile(r"^#{2,4} (.+?)(?: *\{.*\})?$", re.MULTILINE)
_HIDDEN = re.compile(rf" *{re.escape(HIDDEN)} *$", re.MULTILINE)
_FRONT = re.compile(r"\A---\n.*?\n---\n", re.DOTALL)


def script(page: Path) -> str:
    """The page's blocks one after another, under the headings that they stand under."""
    fences = _blocks(page)
    blocks = [(headings, _code(page, fence)) for headings, fence in fences]
    body = "\n\n".join(
        f"{_rules(headings)}{without_drawing_imports(code).strip()}" for headings, code in blocks
    )
    drawing = preamble(drawing_names(_code(page, fence, marks=True) for _, fence in fences))
    if page == notebook.PAGE:
        drawing = f"{drawing}\n\n\n{notebook.checks()}"
    files = needed_files(f"{drawing}\n{body}")
    head = _docstring(page, distributions(f"{drawing}\n{body}", files), draws=bool(drawing))
    parts = (head, FIND_DOCS if files else "", drawing, body)
    return "\n\n".join(part.strip() for part in parts if part) + "\n"


def download(page: Path) -> str | None:
    """The name of the page's program below `downloads/`; a page that runs nothing has none."""
    if not executed_blocks(page):
        return None
    return f"{page.stem}.{'zip' if needed_files(script(page)) else 'py'}"


def write(page: Path, name: str, folder: Path) -> None:
    """Write the page's program under its name."""
    code = script(page)
    if name.endswith(".py"):
        (folder / name).write_text(code, encoding="utf-8")
        return
    with zipfile.ZipFile(folder / name, "w", zipfile.ZIP_DEFLATED) as bundle:
        _add(bundle, f"{page.stem}/{page.stem}.py", code.encode())
        for path in needed_files(code):
            place = f"{page.stem}/docs/{path.relative_to(DOCS).as_posix()}"
            _add(bundle, place, path.read_bytes())


def _add(bundle: zipfile.ZipFile, place: str, content: bytes) -> None:
    """Add a file without a date, so that the same content makes the same archive."""
    bundle.writestr(zipfile.ZipInfo(place), content, zipfile.ZIP_DEFLATED)


def _blocks(page: Path) -> list[tuple[list[str], Fence]]:
    """The executed blocks, each with the headings since the one before."""
    text = page.read_text(encoding="utf-8")
    lines, seen = text.splitlines(keepends=True), 0
    found: list[tuple[list[str], Fence]] = []
    headings: list[str] = []
    for fence in fences(page, text):
        headings += _HEADING.findall("".join(lines[seen : fence.first - 1]))
        seen = fence.last
        if fence.executed:
            found.append((headings, fence))
            headings = []
    return found


def _code(page: Path, fence: Fence, *, marks: bool = False) -> str:
    """A block without the marks that are hidden on the page; exercises are solved, unless with
    `marks`."""
    if page == notebook.PAGE and not marks:
        return "\n".join(code_cells(fence, solved=True))
    return _HIDDEN.sub("", fence.source)


def _rules(headings: list[str]) -> str:
    return "".join(f"# {heading} {'-' * max(3, 76 - len(heading))}\n" for heading in headings)


def _docstring(page: Path, needs: list[str], *, draws: bool) -> str:
    title = re.search(r"^# (.+)$", _FRONT.sub("", page.read_text(encoding="utf-8")), re.MULTILINE)
    lines = [
        f"{title[1] if title else page.stem}: the code of a page of the gantheory site.",
        "",
        f"Page: {page.relative_to(SITE).as_posix()}",
        f"Needs: {', '.join(needs)}",
    ]
    if draws:
        lines.append("Figures are saved into the folder from which it is run.")
    return '"""' + "\n".join(lines) + '\n"""'


def main() -> None:
    """Write every page's program, and remove those of pages that are gone."""
    folder = notebook.DOWNLOADS
    folder.mkdir(exist_ok=True)
    for old in (*folder.glob("*.py"), *folder.glob("*.zip")):
        old.unlink()
    for page in pages():
        name = download(page)
        if name:
            write(page, name, folder)


if __name__ == "__main__":
    main()
