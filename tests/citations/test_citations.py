"""Citations: valid BibTeX, and one truth with the docstrings and the pages."""

import ast
import re
import unicodedata
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import jax
import jax.numpy as jnp
import pytest

import gantheory as gt
from gantheory import deviations, games, losses, penalties
from gantheory.citations import BIBLIOGRAPHY, SOURCES, bibtex, cite

PACKAGE = Path(gt.__file__).parent
DOCS = PACKAGE.parent / "docs"
MODULES = sorted(PACKAGE.rglob("*.py"))
PAGES = sorted((DOCS / "site").rglob("*.md"))

NAME = r"[A-Z][\w-]+"
NAMES = rf"{NAME}(?:(?:, {NAME})* and {NAME}| et al\.)?"
CITATION = re.compile(rf"({NAMES}) \((\d{{4}})\)|[(;] ?({NAMES}), (\d{{4}})(?=[);])")


def works(text: str) -> set[str]:
    """The works that a text cites as `Authors (year)` or `(Authors, year)`; fails on one that is
    not known."""
    found = set()
    for match in CITATION.finditer(" ".join(text.split())):
        names, year = match[1] or match[3], int(match[2] or match[4])
        [key] = [key for key in BIBLIOGRAPHY if is_cited_as(key, names, year)] or [None]
        assert key, f"{match[0]!r} names no work of the bibliography (gantheory/citations/)"
        found.add(key)
    return found


def is_cited_as(key: str, names: str, year: int) -> bool:
    families = [author.partition(", ")[0] for author in BIBLIOGRAPHY[key].authors]
    if names.endswith(" et al."):
        agree = len(families) > 2 and families[0] == names.removesuffix(" et al.")
    else:
        agree = families == re.split(", | and ", names)
    return agree and BIBLIOGRAPHY[key].year == year


def docstrings(path: Path) -> Iterator[tuple[str, str]]:
    """Public name and docstring of a module, and of what it defines at its top; data may have one
    below it."""
    module = path.relative_to(PACKAGE).with_suffix("").parts[0]
    tree = ast.parse(path.read_text(encoding="utf-8"))
    yield module, ast.get_docstring(tree) or ""
    for node, after in zip(tree.body, [*tree.body[1:], None], strict=True):
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            yield f"{module}.{node.name}", ast.get_docstring(node) or ""
        elif isinstance(node, ast.AnnAssign) and isinstance(after, ast.Expr):
            yield f"{module}.{ast.unparse(node.target)}", str(ast.literal_eval(after.value))


def source(docstring: str) -> str:
    """The section on the source, which is the last one of a docstring."""
    return docstring.partition("Source:\n")[2]


def parse(text: str) -> dict[str, dict[str, str]]:
    """Key to fields; a small and strict reader of BibTeX."""
    entries: dict[str, dict[str, str]] = {}
    for block in text.split("\n\n"):
        head, *lines, end = block.split("\n")
        opening = re.fullmatch(r"@(misc|inproceedings|article)\{([a-z]+\d{4}[a-z]*),", head)
        assert opening, head
        assert end == "}"
        fields = {"kind": opening[1]}
        for number, line in enumerate(lines, start=1):
            field = re.fullmatch(r"  ([a-z]+) = \{(.+)\}(,?)", line)
            assert field, line
            assert bool(field[3]) == (number < len(lines)), f"commas stand between fields: {line}"
            assert field[1] not in fields, f"twice: {line}"
            assert is_balanced(field[2]), line
            assert not re.search(r"(?<!\\)[&%$#_]", field[2]), f"TeX would stumble over {line}"
            fields[field[1]] = field[2]
        assert opening[2] not in entries, f"twice: {opening[2]}"
        entries[opening[2]] = fields
    return entries


def is_balanced(value: str) -> bool:
    depth = 0
    for letter in value:
        depth += {"{": 1, "}": -1}.get(letter, 0)
        if depth < 0:
            return False
    return depth == 0


def cited(*used: object) -> list[str]:
    return list(parse(cite(*used)))


def test_every_entry_is_valid_bibtex_of_its_work():
    entries = parse("\n\n".join(bibtex(key) for key in BIBLIOGRAPHY))
    assert list(entries) == sorted(BIBLIOGRAPHY)
    for key, fields in entries.items():
        work = BIBLIOGRAPHY[key]
        assert "".join(fields.values()).isascii()
        assert fields["author"].count(" and ") == len(work.authors) - 1
        assert fields["year"] == str(work.year)
        assert (fields["kind"] == "inproceedings") == ("booktitle" in fields)
        assert (fields["kind"] == "article") == ("journal" in fields) == ("pages" in fields)
        assert fields["title"].startswith("{")
        assert is_balanced(fields["title"][1:-1])
        assert ("archiveprefix" in fields) == ("eprint" in fields)


def test_every_work_is_well_formed_and_is_there_once():
    for key, work in BIBLIOGRAPHY.items():
        assert all(re.fullmatch(rf"{NAME}(?: {NAME})?, [A-Z].+", author) for author in work.authors)
        family = unicodedata.normalize("NFKD", work.authors[0].partition(",")[0])
        first = re.sub(r"[^a-z]", "", family.lower().replace("ø", "o"))
        assert key.startswith(f"{first}{work.year}")
        assert work.arxiv is None or re.fullmatch(r"\d{4}\.\d{4,5}", work.arxiv)
        assert work.arxiv is None or abs(2000 + int(work.arxiv[:2]) - work.year) <= 1
    for field in ("title", "arxiv"):
        values = [value for work in BIBLIOGRAPHY.values() if (value := getattr(work, field))]
        assert len(set(values)) == len(values)


def test_accents_and_quotes_are_written_for_tex():
    assert r"Bottou, L{\'e}on" in bibtex("arjovsky2017principled")
    assert "``Art''" in bibtex("elgammal2017")


def test_the_table_says_what_the_docstrings_say():
    named = {
        name: works(source(text))
        for path in MODULES
        for name, text in docstrings(path)
        if works(source(text))
    }
    assert named == {name: set(keys) for name, keys in SOURCES.items()}


def test_no_source_stands_where_the_test_above_does_not_look():
    for path in MODULES:
        sections = re.findall(r"^ *Source:$", path.read_text(encoding="utf-8"), re.MULTILINE)
        assert len(sections) == sum(bool(source(text)) for _, text in docstrings(path)), path


def test_every_name_of_the_table_is_public():
    for name in SOURCES:
        module, _, attribute = name.partition(".")
        assert module in gt.__all__
        assert not attribute or attribute in getattr(gt, module).__dict__
        assert not attribute.startswith("_")


def test_every_work_is_used_and_every_work_that_a_page_names_is_known():
    on_pages = set().union(*(works(path.read_text(encoding="utf-8")) for path in PAGES))
    by_objects = {key for keys in SOURCES.values() for key in keys}
    assert on_pages | by_objects == set(BIBLIOGRAPHY)


def test_an_unknown_citation_is_found():
    for text in ("Goodfellow et al. (2015)", "Arjovsky (2017)", "see (Nobody and Else, 2001)"):
        with pytest.raises(AssertionError, match="names no work"):
            works(text)
    assert works("after Arjovsky and Bottou (2017), not before") == {"arjovsky2017principled"}
    assert works("(Mao et al., 2017; Lim\nand Ye, 2017)") == {"mao2017", "lim2017"}


@pytest.mark.parametrize("name", sorted(SOURCES))
def test_a_public_object_cites_its_source(name):
    module, _, attribute = name.partition(".")
    used = getattr(gt, module)
    assert set(cited(getattr(used, attribute) if attribute else used)) >= set(SOURCES[name])


@pytest.mark.parametrize("name", sorted(games.OBJECTIVES))
def test_an_objective_cites_the_same_by_name_by_builder_and_once_built(name):
    builder = games.OBJECTIVES[name]
    assert cite(name) == cite(builder) == cite(games.build(name))
    function = builder.func if isinstance(builder, partial) else builder
    assert set(cited(name)) >= set(SOURCES[f"games.{function.__name__}"])


@pytest.mark.parametrize(
    ("name", "keys"),
    [
        ("nonsaturating", ["goodfellow2014"]),
        ("wgan", ["arjovsky2017wasserstein"]),
        ("wgan_gp", ["arjovsky2017wasserstein", "gulrajani2017"]),
        ("dragan", ["goodfellow2014", "kodali2017"]),
        ("relativistic_r1_r2", ["huang2024", "jolicoeurmartineau2018", "mescheder2018"]),
        ("began", ["berthelot2017"]),
        ("f_gan_kl", ["nowozin2016"]),
    ],
)
def test_a_built_game_cites_its_parts(name, keys):
    assert cited(games.build(name)) == keys


def test_numbers_do_not_matter_but_parts_do():
    assert cite(games.wgan_gp(penalty_weight=3.0)) == cite("wgan_gp")
    own = games.AdversarialGame(
        generator_loss=lambda real, fake: -jnp.mean(fake),
        discriminator_loss=losses.relativistic_discriminator_loss,
        penalties=(games.WeightedPenalty("own", lambda *_: jnp.zeros(()), 1.0),),
        projection=jax.tree_util.Partial(penalties.clip_weights, bound=1.0),
    )
    assert cited(own) == ["arjovsky2017wasserstein", "jolicoeurmartineau2018"]


def test_a_creative_game_cites_its_deviation_and_its_adversarial_game():
    adversarial = games.build("hinge")
    assert cited(games.can(adversarial, weight=1.0)) == ["elgammal2017", "lim2017"]
    assert cited(games.can_holistic(adversarial, weight=1.0)) == ["lim2017", "sbai2018"]
    deviation = jax.tree_util.Partial(deviations.sharma_mittal_deviation, alpha=0.5, beta=0.5)
    game = games.CreativeGame(adversarial, deviation, weight=1.0)
    assert cited(game) == ["lim2017", "nielsen2011", "sbai2018"]
    without_source = games.CreativeGame(adversarial, deviations.entropy_deviation, weight=1.0)
    assert cited(without_source) == ["lim2017"]


def test_a_regression_game_cites_its_source_and_its_adversarial_game():
    game = games.RegressionGame(
        games.build("hinge"), lambda made, wanted: jnp.sum(made - wanted), adversarial_weight=1.0
    )
    assert cited(game) == ["isola2017", "lim2017"]


def test_a_walk_game_cites_its_source_and_its_adversarial_game():
    game = games.WalkGame(games.build("hinge"), weight=1.0, steps=3, discount=0.7, visit_weight=1.0)
    assert cited(game) == ["jha2021", "jha2022", "lim2017"]


def test_a_variational_game_cites_the_autoencoder():
    assert cited(games.VariationalGame(games.Bernoulli(), beta=4.0)) == ["kingma2014"]


def test_each_work_comes_once_and_in_the_order_of_the_bibliography():
    used = ("wgan_gp", losses.hinge_generator_loss, penalties.wgan_gp, "wgan", gt.dynamics)
    keys = ["arjovsky2017wasserstein", "gulrajani2017", "lim2017", "mescheder2018"]
    assert cited(*used) == cited(*reversed(used)) == keys
    assert gt.cite is cite


def test_a_wrapped_loss_is_still_the_loss():
    assert cited(jax.jit(losses.hinge_generator_loss)) == ["lim2017"]
    assert cited(partial(penalties.dragan, noise_scale=0.5)) == ["kodali2017"]


@pytest.mark.parametrize(
    ("used", "name"),
    [
        (deviations.entropy_deviation, r"gantheory\.deviations\.posteriors\.entropy_deviation"),
        (games.AdversarialGame, r"gantheory\.games\.adversarial\.AdversarialGame"),
        (gt.metrics, r"gantheory\.metrics"),
        (3, "an object of the class builtins.int"),
        ("vgan", r"'vgan': a name must be one of began, .*wgan_gp"),
    ],
)
def test_what_has_no_source_is_refused_by_name(used, name):
    with pytest.raises(ValueError, match=f"^nothing is cited for {name}"):
        cite("wgan", used)


def test_nothing_and_unknown_keys_are_refused():
    with pytest.raises(ValueError, match="at least one object"):
        cite()
    with pytest.raises(
        ValueError, match=r"key must be one of anil2019, arjovsky2017principled, .*'nobody'"
    ):
        bibtex("nobody")


def test_dependencies_point_one_way():
    importers = [
        path.relative_to(PACKAGE).as_posix()
        for path in MODULES
        if path.parent.name != "citations"
        and re.search(r"^ *(from|import) .*\bcitations\b", path.read_text(), re.MULTILINE)
    ]
    assert importers == ["__init__.py"]
