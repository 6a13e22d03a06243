"""`nox -s datasets`: build data sets ahead of their first use, by default those that pages show."""

import sys

from tools import datasets

BUILDERS = {
    "avatars": datasets.avatars,
    "distinct-emoji": datasets.distinct_emoji,
    "emoji": datasets.emoji,
}

if __name__ == "__main__":
    for name in sys.argv[1:] or ["avatars"]:
        if name not in BUILDERS:
            raise SystemExit(f"no data set is called {name!r}; there are: {', '.join(BUILDERS)}")
        try:
            art = BUILDERS[name]()
        except datasets.DatasetError as error:
            raise SystemExit(f"error: {error}") from None
        print(
            f"{name}: {len(art.images)} images in {len(art.names)} styles, {datasets.digest(art)}"
        )
