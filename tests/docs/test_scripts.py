"""The program of every page: it compiles, brings along what it needs, and runs far from the
repository."""

import ast
import os
import subprocess
import sys
import zipfile
from pathlib import Path
from types import SimpleNamespace

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.figure import Figure
from tools.drawing import Arrow, Panel, Plane, Series, alone
from tools.pages.bundle import distributions, needed_files
from tools.pages.download_link import on_page_markdown
from tools.pages.fences import DOCS, SITE, executed_blocks, pages
from tools.pages.preamble import drawing_names, preamble, without_drawing_imports
from tools.pages.scripts import download, main, script, write

PROGRAMS = {page: name for page in pages() if (name := download(page))}
CHEAP = ("guides/resume.md", "guides/your-own-images.md", "answers/uniform-to-normal.md")


def run(page: Path, folder: Path) -> subprocess.CompletedProcess[str]:
    """Download the page's program into a folder and run it from another one, without `docs/` on the
    path."""
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
        '---\ndescription: d\n---\n\n# Title\n\n## Part {#part}\n\n```python exec="1" '
        'session="page" id="page-a"\n'
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
        place = tmp_path / page.relative_to(SITE).with_suffix(".py")
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(script(page), encoding="utf-8")
    assert undefined_names(tmp_path) == ""
    (tmp_path / "broken.py").write_text("show_figure(1)\n", encoding="utf-8")
    assert "show_figure" in undefined_names(tmp_path), "the check itself"


def test_no_program_keeps_a_mark_of_the_page_or_an_import_that_draws_on_it() -> None:
    for page in PROGRAMS:
        code = script(page)
        assert "markdown-exec" not in code
        imported = {n.module for n in ast.walk(ast.parse(code)) if isinstance(n, ast.ImportFrom)}
        assert "tools.drawing" not in imported


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
    page = SITE / name
    result = run(page, tmp_path)
    assert result.returncode == 0, result.stderr
    drawn = sorted(path.name for path in (tmp_path / "elsewhere").glob("*.png"))
    shown = sum(script(page).count(f"\n{name}(") for name in ("show_figure", "show_player"))
    assert drawn == [f"{page.stem}-{number}.png" for number in range(1, shown + 1)]


def test_a_player_is_drawn_as_a_strip_of_frames(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", ["page.py"])
    curves = [
        Series("line", "real", [0.0, 1.0], [[0.0, 0.0], [1.0, 2.0]]),
        Series("bars", "fake", [0.0, 1.0], [1.0, 2.0], kind="bars"),
        Series("area", "ink", [0.0, 1.0], [1.0, 2.0], kind="area"),
    ]
    square = 2 * [[[0.0, 1.0], [1.0, 0.0]]]
    alone.show_player(
        panels=[
            Panel("curves", "x", "y", (0.0, 1.0), (0.0, 2.0), curves),
            Plane("p", (-1.0, 1.0), square, "D", [[0, 0]], square, square, "a", 1.0, 0.5),
        ],
        steps=[0, 10],
        alt="Curves.",
        caption="The caption.",
    )
    assert capsys.readouterr().out.startswith("[page-")
    [drawn] = tmp_path.glob("page-*.png")
    assert drawn.stat().st_size > 1_000


def test_the_strip_shows_the_frames_that_its_titles_name(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: list[Figure] = []
    monkeypatch.setattr(alone, "show_figure", lambda figure, **_: drawn.append(figure))
    heights = np.arange(41.0)
    level = Series("level", "fake", [0.0, 1.0], np.stack([heights, heights], axis=1))
    alone.show_player(
        panels=[Panel("curve", "x", "y", (0.0, 1.0), (0.0, 40.0), [level])],
        steps=10 * np.arange(41),
        alt="A line.",
        caption="It rises.",
    )
    [figure] = drawn
    titles = [axes.get_title() for axes in figure.axes]
    assert titles == ["curve, step 0", "step 80", "step 160", "step 240", "step 320", "step 400"]
    shown = [float(axes.lines[0].get_ydata()[0]) for axes in figure.axes]
    assert shown == [0, 8, 16, 24, 32, 40]
    plt.close(figure)


def test_the_strip_holds_the_still_frame_arrows_and_notes(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: list[tuple[Figure, str]] = []
    monkeypatch.setattr(
        alone, "show_figure", lambda figure, *, caption, **_: drawn.append((figure, caption))
    )
    starts = np.stack([np.arange(41.0), np.zeros(41)], axis=1)
    alone.show_player(
        panels=[
            Panel("p", "x", "y", (0.0, 50.0), (-1.0, 1.0), [Arrow("a", "ink", starts, starts + 3)])
        ],
        steps=np.arange(41),
        alt="An arrow.",
        caption="It moves.",
        counter="h =",
        still=6,
        notes=[f"note {index}" for index in range(41)],
    )
    [(figure, caption)] = drawn
    assert [axes.get_title() for axes in figure.axes][:3] == ["p, h = 0", "h = 6", "h = 16"]
    assert [float(axes.lines[0].get_xdata()[0]) for axes in figure.axes][:3] == [0, 6, 16]
    assert [line.strip() for line in caption.splitlines()][:3] == ["It moves.", "note 0", "note 6"]
    plt.close(figure)


def test_a_program_defines_what_it_draws_with_and_no_more(tmp_path: Path) -> None:
    page = page_with(
        tmp_path, "from tools.drawing import show_figure  # markdown-exec: hide\nshow_figure"
    )
    assert defined(preamble({"show_figure"})) == {"NUMBERS", "show_figure"}
    assert "import matplotlib.pyplot as plt" in preamble({"show_figure"})
    assert "import numpy" not in preamble({"show_figure"})
    assert {"Plane", "Panel", "Series", "check_frames"} <= defined(preamble({"show_player"}))
    assert preamble(set()) == ""
    assert drawing_names(fence.source for fence in executed_blocks(page)) == {"show_figure"}


def test_no_page_takes_a_name_of_what_its_program_draws_with() -> None:
    for page in PROGRAMS:
        blocks = [fence.source for fence in executed_blocks(page)]
        names = drawing_names(blocks)
        taken = set.union(*(defined(without_drawing_imports(block)) for block in blocks))
        assert not taken & defined(preamble(names)), page


def defined(code: str) -> set[str]:
    """The names that code at the top of a module makes."""
    found: set[str] = set()
    for node in ast.parse(code).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            found.add(node.name)
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            found |= {
                one.id for part in targets for one in ast.walk(part) if isinstance(one, ast.Name)
            }
    return found


def test_headings_and_needs_are_written_down(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tools.pages.scripts.SITE", tmp_path)
    page = page_with(tmp_path, "import sklearn\nimport os  # markdown-exec: hide\nprint(os.sep)")
    text = script(page)
    assert text.startswith('"""Title: the code of a page')
    assert "\nNeeds: scikit-learn\n" in text
    assert "\n# Part ---" in text
    assert text.endswith("import sklearn\nimport os\nprint(os.sep)\n")


def test_files_that_are_read_are_taken_along() -> None:
    files = needed_files('from tools.results.tables import read\nread("objectives")')
    names = {path.relative_to(DOCS).as_posix() for path in files}
    assert {
        "results/objectives.json",
        "experiments/loss_gallery/objectives.py",
        "tools/results/tables.py",
    } <= names
    assert distributions("import jax.numpy, PIL, math, experiments.can", []) == ["jax", "pillow"]


def test_the_same_page_makes_the_same_archive(tmp_path: Path) -> None:
    page = SITE / "guides" / "your-own-images.md"
    first, second = tmp_path / "1", tmp_path / "2"
    for folder in (first, second):
        folder.mkdir()
        write(page, PROGRAMS[page], folder)
    assert (first / PROGRAMS[page]).read_bytes() == (second / PROGRAMS[page]).read_bytes()


def test_programs_of_pages_that_are_gone_are_removed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tools.pages.notebook.DOWNLOADS", tmp_path)
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
