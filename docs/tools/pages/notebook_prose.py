"""Turns a page's prose into Markdown that any notebook shows."""

import re
from collections.abc import Callable

_STEPS: tuple[tuple[str, str | Callable[[re.Match[str]], str]], ...] = (
    (r"\A---\n.*?\n---\n", ""),  # front matter
    (r"^ {4}(attrs|type|open): .*\n", ""),  # options of blocks
    (r"^/{3,} (?:admonition|details|note|warning) \| (.+)$", r"**\1**"),
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


def plain_markdown(prose: str) -> str:
    """Prose without the site's own constructs: blocks become bold names, links into the site plain text."""
    for pattern, replacement in _STEPS:
        prose = re.sub(
            pattern,
            replacement,
            prose,
            flags=re.MULTILINE | (re.DOTALL if pattern[:2] == r"\A" else 0),
        )
    return prose.strip()
