"""The program of every page: it compiles, brings along what it needs, and runs far from the repository."""

import ast
import dataclasses
import os
import subprocess
import sys
import zipfile
from pathlib import Path
from types import SimpleNamespace

import pytest
from _support import plane, player, standalone, switches
from _support.bundle import distributions, needed_files
from _support.download_link import on_page_markdown
from _support.pages import DOCS, executed_blocks, pages
from _support.scripts import download, main, script, write

PROGRAMS = {page: name for page in pages() if (name := download(page))}
CHEAP = ("guides/resume.md", "guides/your-own-images.md", "answers/uniform-to-normal.md")


def run(page: Path, folder: Path) -> subprocess.CompletedProcess[str]:
    """Download the page's program into a folder and run it from another one, without `docs/` on the path."""
    name = PROGRAMS[page]
    write(page, name, folder)
    place = folder / name
    if name.endswith(".zip"):
        with zipfile.ZipFile(place) as bundle:
            bundle.extractall(folder)
        place = folder / page.stem / f"{page.stem}.py"
    elsewhere = folder / "elsewhere"
    elsewhere.mkdir()
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    return subprocess.run(
        [sys.executable, "-W", "error", str(place)],
        cwd=elsewhere,
        env={**environment, "MPLBACKEND": "agg"},
        capture_output=True,
        text=True,
        check=False,
    )


def page_with(tmp_path: Path, block: str) -> Path:
    page = tmp_path / "page.md"
    page.write_text(
        '---\ndescription: d\n---\n\n# Title\n\n## Part {#part}\n\n```python exec="1" session="page" id="page-a"\n'
        f"{block}\n```\n"
    )
    return page


def test_every_page_that_runs_code_has_a_program_that_compiles() -> None:
    assert set(PROGRAMS) == {page for page in pages() if executed_blocks(page)}
    for page in PROGRAMS:
        compile(script(page), str(page), "exec", dont_inherit=True)


def undefined_names(folder: Path) -> str:
    """What ruff finds of names that no line of a program defines."""
    command = [sys.executable, "-m", "ruff", "check", "--isolated", "--no-cache", "--select=F821"]
    found = subprocess.run([*command, str(folder)], capture_output=True, text=True, check=False)
    return found.stdout if found.returncode else ""


def test_every_name_in_a_program_is_defined_in_it(tmp_path: Path) -> None:
    for page in PROGRAMS:
        place = tmp_path / page.relative_to(DOCS).with_suffix(".py")
        place.parent.mkdir(exist_ok=True)
        place.write_text(script(page), encoding="utf-8")
    assert undefined_names(tmp_path) == ""
    (tmp_path / "broken.py").write_text("show_figure(1)\n", encoding="utf-8")
    assert "show_figure" in undefined_names(tmp_path), "the check itself"


def test_no_program_keeps_a_mark_of_the_page_or_an_import_that_draws_on_it() -> None:
    for page in PROGRAMS:
        code = script(page)
        assert "markdown-exec" not in code
        imported = {n.module for n in ast.walk(ast.parse(code)) if isinstance(n, ast.ImportFrom)}
        assert not imported & {"_support.figures", "_support.player", "_support.plane"}


def test_a_program_takes_along_all_that_it_imports_from_the_site() -> None:
    for page in PROGRAMS:
        files = needed_files(script(page))
        assert PROGRAMS[page].endswith(".zip") == bool(files)
        for path in files:
            assert path.is_file()
            if path.suffix == ".py":
                assert set(needed_files(path.read_text(encoding="utf-8"))) <= set(files)


@pytest.mark.slow
@pytest.mark.parametrize("name", CHEAP)
def test_a_program_runs_by_itself(name: str, tmp_path: Path) -> None:
    page = DOCS / name
    result = run(page, tmp_path)
    assert result.returncode == 0, result.stderr
    drawn = sorted(path.name for path in (tmp_path / "elsewhere").glob("*.png"))
    shown = script(page).count("\nshow_figure(")
    assert drawn == [f"{page.stem}-{number}.png" for number in range(1, shown + 1)]


def test_a_player_is_drawn_as_its_last_frame(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", ["page.py"])
    curves = [
        standalone.Series("line", "real", [0.0, 1.0], [[0.0, 0.0], [1.0, 2.0]]),
        standalone.Series("bars", "fake", [0.0, 1.0], [1.0, 2.0], kind="bars"),
        standalone.Series("area", "ink", [0.0, 1.0], [1.0, 2.0], kind="area"),
    ]
    square = [[[0.0, 1.0], [1.0, 0.0]]]
    standalone.show_player(
        panels=[
            standalone.Panel("curves", "x", "y", (0.0, 1.0), (0.0, 2.0), curves),
            standalone.Plane(
                "p", (-1.0, 1.0), square, "D", [[0, 0]], square, square, "a", 1.0, 0.5
            ),
        ],
        steps=[0, 10],
        alt="Curves.",
        caption="The caption.",
    )
    assert capsys.readouterr().out.startswith("[page-")
    [drawn] = tmp_path.glob("page-*.png")
    assert drawn.stat().st_size > 1_000


def test_the_stand_ins_take_what_the_originals_take() -> None:
    for name, module in (("Panel", player), ("Series", player), ("Plane", plane)):
        names = [
            [field.name for field in dataclasses.fields(getattr(place, name))]
            for place in (module, standalone)
        ]
        assert names[0] == names[1]
    for name in ("Switch", "Drawing"):
        assert getattr(switches, name)._fields == getattr(standalone, name)._fields


def test_headings_and_needs_are_written_down(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("_support.scripts.DOCS", tmp_path)
    page = page_with(tmp_path, "import sklearn\nimport os  # markdown-exec: hide\nprint(os.sep)")
    text = script(page)
    assert text.startswith('"""Title: the code of a page')
    assert "\nNeeds: scikit-learn\n" in text
    assert "\n# Part ---" in text
    assert text.endswith("import sklearn\nimport os\nprint(os.sep)\n")


def test_files_that_are_read_are_taken_along() -> None:
    files = needed_files('from _support.results import read\nread("objectives")')
    names = {path.relative_to(DOCS).as_posix() for path in files}
    assert {"results/objectives.json", "experiments/objectives.py", "_support/results.py"} <= names
    assert distributions("import jax.numpy, PIL, math, experiments.can", []) == ["jax", "pillow"]


def test_the_same_page_makes_the_same_archive(tmp_path: Path) -> None:
    page = DOCS / "guides" / "your-own-images.md"
    first, second = tmp_path / "1", tmp_path / "2"
    for folder in (first, second):
        folder.mkdir()
        write(page, PROGRAMS[page], folder)
    assert (first / PROGRAMS[page]).read_bytes() == (second / PROGRAMS[page]).read_bytes()


def test_programs_of_pages_that_are_gone_are_removed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("_support.notebook.DOWNLOADS", tmp_path)
    for name in ("gone.py", "gone.zip", "page.ipynb"):
        (tmp_path / name).touch()
    main()
    assert {path.name for path in tmp_path.iterdir()} == {"page.ipynb", *PROGRAMS.values()}


def test_a_page_ends_with_a_link_to_its_program() -> None:
    for place, link in (
        ("guides/resume.md", "](../downloads/resume.py){ download }"),
        ("index.md", "](downloads/index.zip){ download }"),
    ):
        page = SimpleNamespace(file=SimpleNamespace(src_uri=place))
        assert link in on_page_markdown("# Title", page=page).splitlines()[2]
    silent = SimpleNamespace(file=SimpleNamespace(src_uri="theory/index.md"))
    assert on_page_markdown("# Title", page=silent) == "# Title"
