"""The same mkdocs.yml builds with ProperDocs, the successor of MkDocs 1: a few pages, and with the
same checks."""

import re
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest
from tools.checks.site import problems
from tools.pages import scripts
from tools.pages.fences import DOCS, SITE

ROOT = DOCS.parent
KEPT = ("guides/publish.md", "guides/several-devices.md", "notation.md")


def reduced(folder: Path) -> Path:
    """A copy of the site with a few pages, under the real configuration but for its navigation."""
    docs = folder / "docs" / "site"
    for place in (
        "site/javascripts",
        "site/stylesheets",
        "site/assets/logo.svg",
        "tools",
        "examples/data_parallel.py",
    ):
        source, target = DOCS / place, folder / "docs" / place
        if source.is_dir():
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(source, target)
    for place in KEPT:
        text = (SITE / place).read_text(encoding="utf-8")
        text = re.sub(
            r"\]\((?!https?:|#)[^)]*\)", "](#)", text
        )  # the pages they lead to are not here
        text = re.sub(r"\[([^\]\n]+)\]\[[\w.-]+\]", r"\1", text)  # nor is the reference
        (docs / place).parent.mkdir(parents=True, exist_ok=True)
        (docs / place).write_text(text, encoding="utf-8")
    (docs / "index.md").write_text("# Home\n\n[Publish](guides/publish.md)\n", encoding="utf-8")
    (docs / "assets" / "vendor" / "katex").mkdir(parents=True)
    (docs / "assets" / "vendor" / "katex" / "katex.min.css").touch()
    (docs / "assets" / "vendor" / "iframe-worker-shim.js").touch()
    (docs / "downloads").mkdir()
    scripts.write(SITE / KEPT[1], str(scripts.download(SITE / KEPT[1])), docs / "downloads")
    text = (ROOT / "mkdocs.yml").read_text(encoding="utf-8")
    text = re.sub(r"^nav:\n(?: .*\n)*", "", text, flags=re.MULTILINE)
    text = re.sub(r"^  - stylesheets/fonts\.css\n", "", text, flags=re.MULTILINE)
    text = text.replace("watch: [gantheory, docs/tools, docs/experiments]", "").replace(
        "paths: [.]", f"paths: [{ROOT}]"
    )
    (folder / "mkdocs.yml").write_text(text, encoding="utf-8")
    shutil.copy(ROOT / "pyproject.toml", folder)  # names the packages on which pages can depend
    return folder


@pytest.mark.slow
def test_a_few_pages_build_strictly_under_the_real_configuration(tmp_path: Path) -> None:
    if find_spec("properdocs") is None:
        pytest.skip("ProperDocs is not installed")
    reduced(tmp_path)
    (tmp_path / "docs" / "site" / "stylesheets" / "fonts.css").unlink()
    command = [sys.executable, "-m", "properdocs", "build", "--strict", "-f", "mkdocs.yml"]
    built = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert built.returncode == 0, built.stdout + built.stderr
    site = tmp_path / "site"
    found = [problem for problem in problems(site) if "TeX" not in problem]  # set by a later step
    assert found == []
    page = (site / "guides" / "several-devices.html").read_text(encoding="utf-8")
    assert "a batch of 64 on" in page, "the blocks have not run"
    assert 'href="../downloads/several-devices.zip"' in page
