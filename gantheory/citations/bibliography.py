"""The works."""

from collections.abc import Mapping

from gantheory.citations.since_2018 import SINCE_2018
from gantheory.citations.until_2017 import UNTIL_2017
from gantheory.citations.work import Work

BIBLIOGRAPHY: Mapping[str, Work] = dict(sorted({**UNTIL_2017, **SINCE_2018}.items()))
"""Key to work, in alphabetical order."""
