"""The long files come first, and are there."""

from types import SimpleNamespace

from support.order import LONGEST_FIRST, ROOT, longest_first


def test_every_file_that_is_named_is_there():
    assert len(set(LONGEST_FIRST)) == len(LONGEST_FIRST)
    assert [name for name in LONGEST_FIRST if not (ROOT / name).is_file()] == []


def test_long_files_come_first_and_tests_of_a_file_keep_their_order():
    files = [LONGEST_FIRST[1], "tests/a_short_one.py", LONGEST_FIRST[0], "docs/site/a_short_one.md"]
    tests = [SimpleNamespace(path=ROOT / file, name=name) for file in files for name in "ab"]
    longest_first(tests)
    found = [f"{test.path.relative_to(ROOT)} {test.name}" for test in tests]
    order = [files[2], files[0], files[1], files[3]]
    assert found == [f"{file} {name}" for file in order for name in "ab"]
