"""Writes the small inventories beside this file: where the API pages link to other projects.

    python -m tools.reference.inventories

Every name is imported first, so that one that a project has removed stops the script. Only names
that signatures and docstrings use belong here; the pages they are on are the real ones of each
project's documentation.
"""

import importlib
from pathlib import Path

from mkdocstrings import Inventory

FOLDER = Path(__file__).resolve().parent / "inventories"

PAGES = {
    "jax": {
        "jax.Array": "_autosummary/jax.Array.html",
        "jax.grad": "_autosummary/jax.grad.html",
        "jax.jit": "_autosummary/jax.jit.html",
        "jax.vmap": "_autosummary/jax.vmap.html",
        "jax.lax.scan": "_autosummary/jax.lax.scan.html",
    },
    "jaxtyping": {
        "jaxtyping.Array": "api/array/#array",
        "jaxtyping.Bool": "api/array/#dtype",
        "jaxtyping.Float": "api/array/#dtype",
        "jaxtyping.Int": "api/array/#dtype",
        "jaxtyping.Key": "api/array/#dtype",
        "jaxtyping.PRNGKeyArray": "api/array/#array",
        "jaxtyping.PyTree": "api/pytree/#jaxtyping.PyTree",
        "jaxtyping.Scalar": "api/array/#array",
        "jaxtyping.Shaped": "api/array/#dtype",
    },
    "equinox": {
        "equinox.Module": "api/module/module/",
        "equinox.filter_jit": "api/transformations/#equinox.filter_jit",
        "equinox.filter_vmap": "api/transformations/#equinox.filter_vmap",
    },
    "optax": {
        f"optax.{name}": f"api/transformations.html#optax.{name}"
        for name in ("GradientTransformation", "GradientTransformationExtraArgs")
    },
    "python": {
        "collections.abc.Callable": "library/collections.abc.html#collections.abc.Callable",
        "collections.abc.Iterable": "library/collections.abc.html#collections.abc.Iterable",
        "collections.abc.Iterator": "library/collections.abc.html#collections.abc.Iterator",
        "collections.abc.Mapping": "library/collections.abc.html#collections.abc.Mapping",
        "collections.abc.Sequence": "library/collections.abc.html#collections.abc.Sequence",
        "pathlib.Path": "library/pathlib.html#pathlib.Path",
        "typing.Any": "library/typing.html#typing.Any",
        "typing.Literal": "library/typing.html#typing.Literal",
    },
}


def check_exists(name: str) -> None:
    """Raise when the name is gone from the installed version."""
    module, _, attribute = name.rpartition(".")
    getattr(importlib.import_module(module), attribute)


def main() -> None:
    """Write one file for each project."""
    FOLDER.mkdir(exist_ok=True)
    for project, names in PAGES.items():
        inventory = Inventory(project=project, version="")
        for name, page in names.items():
            check_exists(name)
            inventory.register(name=name, domain="py", role="obj", uri=page)
        (FOLDER / f"{project}.inv").write_bytes(inventory.format_sphinx())


if __name__ == "__main__":
    main()
