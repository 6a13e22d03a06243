"""Images in one folder per class: the layout of most copies of WikiArt and ArtBench."""

import os
from pathlib import Path
from typing import Any, Literal

import jax.numpy as jnp
import numpy as np

from gantheory._checks import require_count
from gantheory.data.images import ByteImage, LabelledImages

__all__ = ["ImageFolder"]

SUFFIXES = (".jpeg", ".jpg", ".png", ".webp")
FORMATS = ("JPEG", "PNG", "WEBP")  # all that Pillow may decode, whatever a file is called
PICTURES = (
    *SUFFIXES,
    *(".avif", ".bmp", ".gif", ".heic", ".heif", ".ico", ".jfif", ".jp2", ".jpe", ".jxl"),
    *(".pbm", ".pgm", ".ppm", ".psd", ".svg", ".tga", ".tif", ".tiff"),
    *(".arw", ".cr2", ".cr3", ".dng", ".nef", ".orf", ".raf", ".rw2"),  # cameras' raw files
)
SYSTEM = ("__MACOSX", "@eaDir")  # copies of names and thumbnails, left by macOS and by Synology
DEEP_MODES = ("I", "F")  # 16 or more bits a channel: "I;16", "I", "F"
ORIENTATION = 0x0112
TURNS = {
    2: "FLIP_LEFT_RIGHT",
    3: "ROTATE_180",
    4: "FLIP_TOP_BOTTOM",
    5: "TRANSPOSE",
    6: "ROTATE_270",
    7: "TRANSVERSE",
    8: "ROTATE_90",
}


class ImageFolder:
    """Labelled images in files `root/<class>/<image>`, read when they are asked for.

    Classes are the folders of `root` in the order of their names; images are the files in them that
    end in .png, .jpg, .jpeg or .webp, in the same order. An item is a pair of an image, as bytes,
    and a label counted from 0. `load` reads all into memory; `Scaled(folder)` is for a stream.

    Hidden files and folders (also `.DS_Store`), the folders `__MACOSX` and `@eaDir`, and files that
    are not pictures, such as `Thumbs.db`, are skipped. A picture that would be left out is an
    error: one in another format, beside the class folders or in a folder within one; so is a broken
    link.

    Examples:
        >>> import pathlib, tempfile
        >>> import numpy as np
        >>> from PIL import Image
        >>> from gantheory import data
        >>> with tempfile.TemporaryDirectory() as root:
        ...     for style in ("cubism", "fauvism"):
        ...         (pathlib.Path(root) / style).mkdir()
        ...         Image.fromarray(np.zeros((8, 8, 3), np.uint8)).save(f"{root}/{style}/one.png")
        ...     read = data.ImageFolder(root, size=4).load()
        >>> print(read.images.shape, read.labels, read.class_names)
        (2, 4, 4, 3) [0 1] ('cubism', 'fauvism')
    """

    root: Path
    class_names: tuple[str, ...]
    paths: tuple[Path, ...]
    labels: tuple[int, ...]

    def __init__(
        self,
        root: str | os.PathLike[str],
        *,
        size: int | None = None,
        channels: Literal[1, 3] | None = None,
    ):
        """List the files; none is opened yet.

        Args:
            root: The folder of class folders.
            size: The height and width of all images: the largest square in the middle of each is
                resized to it. Without it images stay as they are and must all have the size of the
                first.
            channels: 3 makes all images coloured and 1 makes all grey, transparent ones on white.
                Without it images stay as they are, must all have the channels of the first, and be
                plain grey or colour.

        Raises:
            ImportError: Pillow is missing.
            FileNotFoundError: There is no such folder.
            ValueError: There are no class folders, one holds no images, a picture would be left
                out, or an argument is out of range.
        """
        _pillow()
        if size is not None:
            require_count(size=size)
        if channels not in (None, 1, 3):
            raise ValueError(f"channels must be 1 or 3 or None, got {channels!r}.")
        self.root, self._size, self._channels = Path(root), size, channels
        by_class = _files(self.root)
        self.class_names = tuple(by_class)
        self.paths = tuple(path for paths in by_class.values() for path in paths)
        self.labels = tuple(label for label, paths in enumerate(by_class.values()) for _ in paths)
        self._shape: tuple[int, ...] | None = None

    def __len__(self) -> int:
        return len(self.paths)

    def __getitem__(self, index: int, /) -> tuple[ByteImage, int]:
        """Read one image, and its label.

        Raises:
            IndexError: There is no such image.
            ValueError: The file cannot be read as an image, is too large, or does not fit the
                first; the message names it.
        """
        image = self._read(self.paths[index])
        if self._shape is None:
            self._shape = self._read(self.paths[0]).shape
        if image.shape != self._shape:
            raise ValueError(
                f"{self.paths[index]} is {_described(image.shape)}, but {self.paths[0]} is "
                f"{_described(self._shape)}: give size= to crop and resize all images, channels= "
                "to convert all to grey or colour."
            )
        return image, self.labels[index]

    def load(self) -> LabelledImages:
        """Read all images into memory.

        Raises:
            ValueError: A file cannot be read, is too large, or does not fit the first; the message
                names it.
        """
        first, _ = self[0]
        images = np.empty((len(self), *first.shape), np.uint8)
        for index in range(len(self)):
            images[index], _ = self[index]
        labels = jnp.asarray(self.labels, jnp.int32)
        return LabelledImages(jnp.asarray(images), labels, self.class_names)

    def fingerprint(self) -> tuple[object, ...]:
        """What a checkpoint knows of it: names and sizes of the files, wherever they lie."""
        files = [(path.relative_to(self.root), path.stat().st_size) for path in self.paths]
        return files, self.labels, self._size, self._channels

    def __repr__(self) -> str:
        count = f"{len(self)} images in {len(self.class_names)} classes"
        return f"ImageFolder({str(self.root)!r}, {count})"

    def _read(self, path: Path) -> ByteImage:
        image = _decoded(path)
        if self._channels is None and image.mode not in ("L", "RGB"):
            raise ValueError(
                f"{path} is neither plain grey nor plain colour (its mode is {image.mode!r}): "
                "give channels=1 or channels=3."
            )
        if self._channels is not None:
            image = _converted(image, self._channels)
        if self._size is not None:
            image = _middle_square(image).resize((self._size, self._size))
        pixels = np.asarray(image)
        return pixels if pixels.ndim == 3 else pixels[:, :, None]


def _pillow() -> Any:
    try:
        from PIL import Image
    except ImportError as error:
        raise ImportError("reading image files needs Pillow: pip install pillow.") from error
    return Image


def _files(root: Path) -> dict[str, list[Path]]:
    """The images of each class."""
    if not root.is_dir():
        raise FileNotFoundError(
            f"root must be a folder that holds one folder per class, got {root}."
        )
    entries = _entries(root)
    folders = [entry for entry in entries if entry.is_dir()]
    if not folders:
        raise ValueError(
            f"{root} holds no folders: expected one per class, with the images in them."
        )
    for entry in entries:
        if not entry.is_dir() and _suffix(entry.name) in PICTURES:
            raise ValueError(
                f"{entry.path} lies beside the folders of the classes: move it into one of them."
            )
    found = {folder.name: _images_in(folder.path) for folder in folders}
    for folder in folders:
        if not found[folder.name]:
            raise ValueError(
                f"{folder.path} holds no image: expected files that end in {', '.join(SUFFIXES)}."
            )
    return found


def _entries(folder: str | Path) -> list[os.DirEntry[str]]:
    """What a folder holds, by name, without what is hidden or left there by an operating system."""
    with os.scandir(folder) as found:
        entries = sorted((one for one in found if _counts(one.name)), key=lambda one: one.name)
    for entry in entries:
        if entry.is_symlink() and not Path(entry.path).exists():
            raise ValueError(
                f"{entry.path} is a broken link: {Path(entry.path).readlink()} does not exist."
            )
    return entries


def _counts(name: str) -> bool:
    return not name.startswith(".") and name not in SYSTEM


def _suffix(name: str) -> str:
    return Path(name).suffix.lower()


def _images_in(folder: str) -> list[Path]:
    """The images of one class; raise for a picture that would be left out."""
    images = []
    for entry in _entries(folder):
        suffix = _suffix(entry.name)
        if entry.is_dir():
            _require_no_pictures(entry.path)
        elif suffix in SUFFIXES and not entry.is_file():
            raise ValueError(f"{entry.path} is neither a file nor a folder.")
        elif suffix in SUFFIXES:
            images.append(Path(entry.path))
        elif suffix in PICTURES:
            raise ValueError(
                f"{entry.path} would be left out: convert it to one of {', '.join(SUFFIXES)}, "
                "or move it elsewhere."
            )
    return images


def _require_no_pictures(folder: str) -> None:
    for place, folders, names in os.walk(folder):
        folders[:] = filter(_counts, folders)
        for name in sorted(names):
            if _counts(name) and _suffix(name) in PICTURES:
                raise ValueError(
                    f"{Path(place) / name} would be left out: images must lie in the folder of "
                    "their class itself, not in a folder within it."
                )


def _decoded(path: Path) -> Any:
    """The image the right way up; every way in which that fails becomes an error with its name."""
    images = _pillow()
    limit = images.MAX_IMAGE_PIXELS
    try:
        with images.open(path, formats=FORMATS) as image:
            if limit is not None and image.width * image.height > limit:
                raise images.DecompressionBombError(f"{image.width} × {image.height} pixels")
            deep = any(
                ";16" in str(tile[3]) for tile in image.tile
            )  # colours that Pillow would cut
            image.load()
            if deep or image.mode.startswith(DEEP_MODES):
                raise ValueError("more than 8 bits a channel; save it with 8")
            # ImageOps.exif_transpose writes all of the EXIF data again and fails at an odd entry
            turn = TURNS.get(image.getexif().get(ORIENTATION))
            return image.transpose(getattr(images.Transpose, turn)) if turn else image.copy()
    except (images.DecompressionBombError, images.DecompressionBombWarning) as error:
        raise ValueError(
            f"{path} is too large to be safe: {error}, at most {limit} are read."
        ) from error
    except images.UnidentifiedImageError as error:
        raise ValueError(
            f"{path} cannot be read as an image: it is not a sound file of {', '.join(FORMATS)}."
        ) from error
    except Exception as error:  # damaged files make Pillow raise errors of many types
        why = str(error) or repr(error)
        raise ValueError(f"{path} cannot be read as an image: {why}.") from error


def _converted(image: Any, channels: int) -> Any:
    images = _pillow()
    if image.has_transparency_data:
        layer = image.convert("RGBA")
        image = images.alpha_composite(images.new("RGBA", layer.size, "white"), layer)
    return image.convert("L" if channels == 1 else "RGB")


def _middle_square(image: Any) -> Any:
    side = min(image.size)
    left, top = (image.width - side) // 2, (image.height - side) // 2
    return image.crop((left, top, left + side, top + side))


def _described(shape: tuple[int, ...]) -> str:
    height, width, channels = shape
    return f"{width} × {height} with {channels} channel{'' if channels == 1 else 's'}"
