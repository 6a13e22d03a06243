"""The shape vocabulary, and two rules of writing that no tool checks for us."""

import ast
import itertools
import re
from pathlib import Path

import jaxtyping
import pytest

import gantheory
from gantheory import shapes

PACKAGE = Path(gantheory.__file__).parent
SOURCES = sorted(PACKAGE.rglob("*.py"))
SHAPE = re.compile(
    r"\b(?:Float|Float16|Float32|Float64|Int|UInt|Integer|Bool|Num|Inexact|Real|Complex|Shaped|Key)"
    r'\[\s*[^,\[\]]+,\s*"([^"]*)"\s*\]'
)


def badly_spaced(text: str) -> list[str]:
    """Shape strings of one word without a leading space: linters take them for forward
    references."""
    return [shape for shape in SHAPE.findall(text) if re.fullmatch(r"\S+", shape)]


def test_the_rule_catches_an_offender():
    assert badly_spaced('x: Float[Array, "batch"]') == ["batch"]
    assert badly_spaced('x: Float[Array, " batch"] | Int[Array, "batch k"] | Bool[Array, ""]') == []


def test_every_one_word_shape_starts_with_a_space():
    found = [shape for path in SOURCES for shape in SHAPE.findall(path.read_text("utf-8"))]
    assert len(found) > 20
    offenders = {path.name: badly_spaced(path.read_text("utf-8")) for path in SOURCES}
    assert {name: shapes for name, shapes in offenders.items() if shapes} == {}


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_annotations_are_not_postponed(path):
    imports = [
        node
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.ImportFrom)
    ]
    assert all(node.module != "__future__" for node in imports)


def test_every_alias_is_listed_and_documented():
    body = ast.parse((PACKAGE / "shapes.py").read_text("utf-8")).body
    documented = {
        node.targets[0].id
        for node, following in itertools.pairwise(body)
        if isinstance(node, ast.Assign)
        and isinstance(following, ast.Expr)
        and isinstance(following.value, ast.Constant)
        and isinstance(following.value.value, str)
    }
    assert documented | {"checked"} == set(shapes.__all__)
    assert shapes.__all__ == sorted(shapes.__all__)


def test_real_and_fake_have_different_axes_and_pairs_share_one():
    assert shapes.RealLogits.dim_str != shapes.FakeLogits.dim_str
    assert shapes.RealBatch.dim_str.split()[0] != shapes.FakeBatch.dim_str.split()[0]
    assert shapes.LatentBatch.dim_str.split()[0] == shapes.FakeBatch.dim_str.split()[0]
    assert issubclass(shapes.Scalar, jaxtyping.AbstractArray)
    assert shapes.Scalar.dim_str == ""
