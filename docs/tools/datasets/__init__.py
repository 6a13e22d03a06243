"""Real images with style labels, built once on each machine from npm packages at pinned versions.

    from tools.datasets import avatars
    art = avatars()   # images, labels, names, credits

The first call takes about half a minute, later ones a tenth of a second. Nothing of the artists'
work is in the repository. `nox -s datasets -- avatars emoji distinct-emoji` builds ahead of time.
They lie in the user's cache folder, or in the one that GANTHEORY_DATA names.
"""

from tools.datasets.credits import Credit, credits_table
from tools.datasets.dicebear import avatars
from tools.datasets.iconify import distinct_emoji, emoji, few_emoji
from tools.datasets.problems import DatasetError
from tools.datasets.store import Artwork, digest

__all__ = [
    "Artwork",
    "Credit",
    "DatasetError",
    "avatars",
    "credits_table",
    "digest",
    "distinct_emoji",
    "emoji",
    "few_emoji",
]
