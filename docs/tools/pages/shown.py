"""Files that a page shows as they stand."""

import ast
from pathlib import Path

DOCS = Path(__file__).resolve().parents[2]


def file_text(name: str) -> str:
    """The text of a file of `docs/`; give the name as a literal, so that the page's download takes
    the file along."""
    return (DOCS / name).read_text(encoding="utf-8")


def in_two_parts(program: str) -> str:
    """A program as Markdown: what is between its imports and its check; folded, all of it."""
    imports = [
        one for one in ast.parse(program).body if isinstance(one, ast.Import | ast.ImportFrom)
    ]
    lines = program.partition("\n# check")[0].splitlines()[imports[-1].end_lineno :]
    middle = "\n".join(lines).strip()
    return (
        f"```python\n{middle}\n```\n\n"
        f"/// details | The whole program, with its check\n\n```python\n{program}```\n\n///\n"
    )
