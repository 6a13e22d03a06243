"""What the reference must hold: every public object, once, on the page of its module.

The lists are read from the sources and from the directives on the pages of `docs/site/api/`;
nothing is imported and nothing typed twice. A public module is one at the top of the package that
says in `__all__` what is public.
"""

import re
import zlib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

import griffe
import yaml

from tools.reference.griffe_equinox import EquinoxModules

ROOT = Path(__file__).resolve().parents[3]
PAGES = ROOT / "docs" / "site" / "api"
PACKAGE = "gantheory"
DIRECTIVE = re.compile(r"^::: +(\S+)\n((?: +.*\n|\n(?= ))*)", re.MULTILINE)


class Directive(NamedTuple):
    """What a page of the reference asks for: a module, and which of its members if not all."""

    page: str
    target: str
    members: list[str] | None


class Entry(NamedTuple):
    """One line of an inventory: a name and where it leads."""

    name: str
    page: str
    anchor: str


@cache
def package() -> griffe.Module:
    """The package as the reference reads it."""
    extensions = griffe.load_extensions(EquinoxModules)
    loaded = griffe.load(
        PACKAGE, search_paths=[ROOT], extensions=extensions, docstring_parser="google"
    )
    assert isinstance(loaded, griffe.Module)
    return loaded


def public_modules() -> list[str]:
    """The modules at the top of the package that list what is public."""
    return sorted(name for name, module in package().modules.items() if module.exports is not None)


def public_objects() -> dict[str, str]:
    """The path of every public module and object, and the name of its page's file."""
    found = {}
    for name in public_modules():
        module = package().modules[name]
        exported = [str(one) for one in module.exports or ()]
        for path in (module.path, *(f"{module.path}.{one}" for one in exported)):
            found[path] = f"{name}.md"
    return found


def shorthands() -> dict[str, str]:
    """The names at the top of the package that are no modules, and the public path of what each
    stands for."""
    documented = {package()[_inside(path)].canonical_path: path for path in public_objects()}
    exported = [str(one) for one in package().exports or ()]
    return {
        f"{PACKAGE}.{name}": documented.get(package()[name].canonical_path, "nothing documented")
        for name in exported
        if not package()[name].is_module
    }


def directives(pages: Path = PAGES) -> list[Directive]:
    """Every directive of the reference."""
    found = []
    for page in sorted(pages.glob("*.md")):
        for target, settings in DIRECTIVE.findall(page.read_text(encoding="utf-8")):
            options = (yaml.safe_load(settings) or {}).get("options", {})
            found.append(Directive(page.name, target, options.get("members")))
    return found


def rendered(pages: Path = PAGES) -> list[tuple[str, str]]:
    """What the directives show: the page's file and the path of each module and of each of its
    members.

    Mkdocstrings shows the members that a page lists, or else those that are public and that have,
    or one of their own members has, a docstring.
    """
    found = []
    for page, target, members in directives(pages):
        module = package()[_inside(target)]
        found.append((page, module.path))
        for name, member in module.all_members.items():
            told = member.is_public and member.has_docstrings and not member.is_module
            if told if members is None else name in members:
                found.append((page, member.path))
    return found


def read_inventory(path: Path) -> list[Entry]:
    """The entries of a built inventory."""
    head, _, body = path.read_bytes().partition(b"zlib.\n")
    if not head.startswith(b"# Sphinx inventory version 2"):
        raise ValueError(f"{path} is not an inventory")
    entries = []
    for line in zlib.decompress(body).decode().splitlines():
        name, _, _, address, _ = line.split(" ", 4)
        page, _, anchor = address.replace("$", name).partition("#")
        entries.append(Entry(name, page, anchor))
    return entries


def inventory_problems(path: Path) -> Iterator[str]:
    """Where a built inventory and the public names disagree.

    Beside what is public, an inventory holds the members of public classes, and other names of what
    is shown.
    """
    expected = {name: f"api/{Path(page).stem}.html" for name, page in public_objects().items()}
    classes = set(expected) - {f"{PACKAGE}.{name}" for name in public_modules()}
    entries = set(read_inventory(path))
    shown = {entry.name: entry.page for entry in entries if entry.name == entry.anchor}
    for name, page in expected.items():
        if name not in shown:
            yield f"{name} is public, and no page shows it"
        elif shown[name] != page:
            yield f"{name} is shown on {shown[name]}, not on {page}"
    for name in sorted(set(shown) - set(expected)):
        if name.rpartition(".")[0] not in classes:
            yield f"{name} is shown on {shown[name]}, and is not public"
    for name, target in shorthands().items():
        if Entry(name, expected.get(target, ""), target) not in entries:
            yield f"{name} does not lead to {target}"


def _inside(path: str) -> str:
    """A path as seen from the package."""
    return path.removeprefix(f"{PACKAGE}.")
