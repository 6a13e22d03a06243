"""Turns a page's prose into Markdown that any notebook shows."""

import re
from collections.abc import Callable
from functools import cache

from tools.pages.fences import SITE

_MACROS = SITE / "javascripts" / "macros.js"

_STEPS: tuple[tuple[str, str | Callable[[re.Match[str]], str]], ...] = (
    (r"\A---\n.*?\n---\n", ""),  # front matter
    (r"^ {4}(attrs|type|open): .*\n", ""),  # options of blocks
    (r"^\{: [^}]*\}\n", ""),  # marks of paragraphs
    (r"^/{3,} (?:admonition|answer|details|note|warning) \| (.+)$", r"**\1**"),
    (r"^/{3,} proof(?: \| (.+))?$", lambda found: f"*{found[1] or 'Proof'}.*"),
    (
        r"^/{3,} ([a-z-]+)(?: \| (.+))?$",
        lambda found: f"**{found[1].title()}{f' ({found[2]})' if found[2] else ''}.**",
    ),
    (r"^/{3,}\s*$", ""),  # ends of blocks
    (r"^\[\]\(\)\{#[^}]+\}\n", ""),  # anchors of formulas
    (r" *\{[#.:][^}]*\}(?=$|[\s.,;)])", ""),  # attributes of headings and links
    (r"\[([^\]]+)\]\[[^\]]*\]", r"\1"),  # references into the site
    (r"\[([^\]]+)\]\((?!https?:)[^)]*\)", r"\1"),  # links within the site
    (r"\n{3,}", "\n\n"),
)


def for_notebooks(text: str) -> str:
    """A page without what stands between `<!-- page only -->` and `<!-- end page only -->`, blocks
    included.

    `<!-- notebook: … -->` gives up its words.
    """
    text = re.sub(
        r"^<!-- page only -->\n.*?^<!-- end page only -->\n",
        "",
        text,
        flags=re.DOTALL | re.MULTILINE,
    )
    return re.sub(r"^<!-- notebook: (.*?) -->$", r"\1", text, flags=re.DOTALL | re.MULTILINE)


def plain_markdown(prose: str) -> str:
    """Prose without the site's own constructs: blocks become bold names, links into the site plain
    text."""
    for pattern, replacement in _STEPS:
        prose = re.sub(
            pattern,
            replacement,
            prose,
            flags=re.MULTILINE | (re.DOTALL if ".*?" in pattern else 0),
        )
    return without_macros(prose.strip())


def without_macros(text: str) -> str:
    """Formulas in plain TeX: a notebook program does not know the site's own macros."""
    for name, body in macros().items():
        if "#1" in body:
            argument = r"\{((?:[^{}]|\{[^{}]*\})*)\}"
            text = re.sub(
                rf"\\{name}{argument}", lambda found, body=body: body.replace("#1", found[1]), text
            )
        else:
            text = re.sub(rf"\\{name}(?![a-zA-Z])", lambda _, body=body: body, text)
    return text


@cache
def macros() -> dict[str, str]:
    """The site's macros, as the page's script lists them: name without backslash to TeX."""
    pairs = re.findall(r'"\\\\(\w+)": "(.*)",', _MACROS.read_text(encoding="utf-8"))
    return {name: body.replace("\\\\", "\\") for name, body in pairs}
