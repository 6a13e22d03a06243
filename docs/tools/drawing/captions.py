"""The words that come with every figure."""

import re
from html import escape

import markdown

_EXTENSIONS = ["pymdownx.arithmatex", "pymdownx.inlinehilite"]
_CONFIGURATION = {"pymdownx.arithmatex": {"generic": True}}


def required(name: str, text: str) -> str:
    """Return `text` on one line, or refuse it when it is empty."""
    text = " ".join(text.split())
    if not text:
        raise ValueError(f"a figure needs {name}: say what is to be seen, got an empty text")
    return text


def attribute(text: str) -> str:
    """`text` as the value of an HTML attribute."""
    return escape(text, quote=True)


def minus_signs(text: str) -> str:
    """A hyphen before a number or a term is a minus sign; the one inside of a word stays."""
    return re.sub(r"(?<![^\s(,=>])-(?=[\s\w(½])", "\N{MINUS SIGN}", text)


def figcaption(caption: str) -> str:
    """The caption, a line of Markdown that may hold formulas, as HTML."""
    html = markdown.markdown(caption, extensions=_EXTENSIONS, extension_configs=_CONFIGURATION)
    return f"<figcaption>{html}</figcaption>"
