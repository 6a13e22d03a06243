"""The error of this package."""


class DatasetError(RuntimeError):
    """A data set cannot be built or read; the message says what to do about it."""
