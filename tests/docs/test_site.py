"""The checker of the built site finds what is planted, and only that."""

from pathlib import Path

import pytest
from tools.checks.site import problems

SOUND = """<!doctype html><html lang="en"><head>
<link rel="canonical" href="https://example.org/"><link rel="stylesheet" href="style.css"></head>
<body><h1 id="top">Title</h1><a href="#top">up</a> <a href="sub/page.html#there">there</a>
<a href="https://example.org/">away</a> <img src="a.png" alt="">
<svg role="img" aria-label="drawing"></svg>
<script>const tex = "$$";</script><pre><code>tex = "$$"</code></pre>
<p>the <code>$PATH</code> <a href="#preset=2">two</a></p>
<template><p id="top">$$</p></template>{}</body></html>"""


@pytest.fixture
def site(tmp_path: Path) -> Path:
    (tmp_path / "sub").mkdir()
    (tmp_path / "index.html").write_text(SOUND.format(""))
    (tmp_path / "sub" / "page.html").write_text(
        '<p id="there">there <a href="../index.html">back</a></p>'
    )
    (tmp_path / "style.css").write_text("p { background: url(a.png) }")
    (tmp_path / "a.png").write_bytes(b"")
    return tmp_path


def test_a_sound_site_passes(site: Path) -> None:
    assert list(problems(site)) == []


@pytest.mark.parametrize(
    ("planted", "found"),
    [
        (
            '<script src="https://example.org/x.js"></script>',
            "loads from outside: https://example.org/x.js",
        ),
        ('<img src="//example.org/x.png" alt="">', "loads from outside: //example.org/x.png"),
        ('<link rel="stylesheet" href="http://example.org/x.css">', "loads from outside"),
        ('<p style="background: url(https://example.org/x.png)"></p>', "loads from outside"),
        ("<style>@import 'https://example.org/x.css';</style>", "loads from outside"),
        ('<img srcset="https://example.org/x.png 2x" src="a.png" alt="">', "loads from outside"),
        ('<svg><image href="https://example.org/x.png"/></svg>', "loads from outside"),
        ('<script src="x.js"></script>', "loads a file that is not there: x.js"),
        ('<a href="nowhere.html">x</a>', "links to a page that is not there: nowhere.html"),
        (
            '<a href="sub/page.html#nowhere">x</a>',
            "links to an anchor that is not there: sub/page.html#nowhere",
        ),
        ('<a href="#nowhere">x</a>', "links to an anchor that is not there: #nowhere"),
        ('<p id="top"></p>', "id 'top' is used 2 times"),
        ('<img src="a.png">', "no words for <img src=a.png>"),
        ('<svg role="img"></svg>', 'no words for <svg role="img">'),
        ("<pre>Traceback (most recent call last):</pre>", "a block of code failed"),
        ("<p>then $$ x $$</p>", "TeX that was not set"),
        (r"<p>then \[ x \]</p>", "TeX that was not set"),
        ("<p>since $e^s - 1 = $ expm1(s)</p>", "since $e^s - 1 = $"),
    ],
)
def test_a_planted_problem_is_found(site: Path, planted: str, found: str) -> None:
    (site / "index.html").write_text(SOUND.format(planted))
    [problem] = problems(site)
    assert problem.startswith("index.html: ")
    assert found in problem


def test_a_load_from_a_stylesheet_is_found(site: Path) -> None:
    (site / "style.css").write_text("@font-face { src: url('https://example.org/f.woff2') }")
    assert list(problems(site)) == ["style.css: loads from outside: https://example.org/f.woff2"]
