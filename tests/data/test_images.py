"""Images in one folder per class: order, sizes, channels, and every file that cannot be used."""

import io
import os
import struct
import subprocess
import sys
import zlib
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jaxtyping import TypeCheckError
from PIL import Image, ImageOps

from gantheory.data import Dataset, ImageFolder, Scaled, Uniform, to_bytes, to_signed

RED, WHITE, BLUE = (255, 0, 0), (255, 255, 255), (0, 0, 255)


def save(path: Path, colour=RED, size=(6, 4), mode="RGB", **options) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new(mode, size, colour).save(path, **options)
    return path


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Two classes, written out of order, with things beside them that are not images."""
    save(tmp_path / "pop" / "b.png", RED)
    save(tmp_path / "pop" / "a.PNG", BLUE)
    save(tmp_path / "Baroque" / "10.webp", WHITE, lossless=True)
    save(tmp_path / "Baroque" / "9.jpg", WHITE)
    save(tmp_path / "Baroque" / ".hidden.png")
    save(tmp_path / ".thumbnails" / "a.png")
    (tmp_path / "pop" / "notes.txt").write_text("no image")
    (tmp_path / "styles.csv").write_text("no image")
    return tmp_path


def test_classes_and_files_are_in_the_order_of_their_names(root):
    folder = ImageFolder(root)
    assert folder.class_names == ("Baroque", "pop")
    assert [path.name for path in folder.paths] == ["10.webp", "9.jpg", "a.PNG", "b.png"]
    assert len(folder) == 4
    assert repr(folder) == f"ImageFolder({str(root)!r}, 4 images in 2 classes)"


def test_images_are_read_one_by_one_and_all_together(root):
    folder = ImageFolder(str(root))
    image, label = folder[2]
    assert image.dtype == np.uint8
    assert image.shape == (4, 6, 3)
    assert label == 1
    assert image[0, 0].tolist() == list(BLUE)
    read = folder.load()
    assert read.images.shape == (4, 4, 6, 3)
    assert read.images.dtype == jnp.uint8
    assert read.labels.tolist() == [0, 0, 1, 1]
    assert read.class_names == folder.class_names
    for index in range(4):
        np.testing.assert_array_equal(read.images[index], folder[index][0])
    np.testing.assert_array_equal(folder[-1][0], folder[3][0])
    with pytest.raises(IndexError):
        folder[4]


def test_what_was_read_is_a_source_with_classes(root, key):
    read = ImageFolder(root, size=4).load()
    source = Dataset(to_signed(read.images), Uniform(2), 16, read.labels)
    batch = source(key)
    assert source.classes == 2
    assert batch.real.shape == (16, 4, 4, 3)
    white = np.asarray(batch.real[:, 0, 0, 1]) > 0.9
    np.testing.assert_array_equal(white, np.asarray(batch.label) == 0)


def test_scaled_items_suit_a_stream(root):
    scaled = Scaled(ImageFolder(root))
    image, label = scaled[3]
    assert len(scaled) == 4
    assert label == 1
    assert image.dtype == np.float32
    assert image[0, 0].tolist() == [1, -1, -1]
    assert "ImageFolder" in repr(scaled)


def test_size_takes_the_middle_square(tmp_path):
    picture = np.full((8, 24, 3), WHITE, np.uint8)
    picture[:, 8:16] = RED
    (tmp_path / "wide").mkdir()
    Image.fromarray(picture).save(tmp_path / "wide" / "a.png")
    image, _ = ImageFolder(tmp_path, size=4)[0]
    np.testing.assert_array_equal(image, np.broadcast_to(np.uint8(RED), (4, 4, 3)))


def test_channels_convert_and_transparent_images_lie_on_white(tmp_path):
    save(tmp_path / "a" / "1.png", 100, mode="L")
    save(tmp_path / "a" / "2.png", (255, 0, 0, 0), mode="RGBA")
    save(tmp_path / "a" / "3.png", RED)
    colour = ImageFolder(tmp_path, channels=3)
    assert [colour[index][0][0, 0].tolist() for index in range(3)] == [[100] * 3, [255] * 3, [*RED]]
    grey = ImageFolder(tmp_path, channels=1)
    assert grey[0][0].shape == (4, 6, 1)
    assert [grey[index][0][0, 0, 0] for index in range(3)] == [100, 255, 76]


def test_a_photograph_is_turned_the_right_way_up(tmp_path):
    turned = Image.Exif()
    turned[0x0112] = 6
    save(tmp_path / "a" / "1.jpg", exif=turned)
    assert ImageFolder(tmp_path)[0][0].shape == (6, 4, 3)


# Scaling


def test_bytes_survive_the_way_there_and_back():
    every = np.arange(256, dtype=np.uint8)
    for images in (every, jnp.asarray(every)):
        scaled = to_signed(images)
        assert type(scaled) is type(images) or isinstance(scaled, jax.Array)
        assert scaled.dtype == np.float32
        assert (float(scaled[0]), float(scaled[-1])) == (-1.0, 1.0)
        np.testing.assert_allclose(scaled, np.arange(256) / 127.5 - 1, atol=1e-7)
        np.testing.assert_array_equal(to_bytes(scaled), every)


def test_scaling_is_one_step_only():
    with pytest.raises(TypeError, match=r"images must hold bytes \(uint8\), got dtype float32"):
        to_signed(np.zeros(3, np.float32))
    with pytest.raises(
        TypeError, match="samples must hold floating-point numbers, got dtype uint8"
    ):
        to_bytes(np.zeros(3, np.uint8))


@pytest.mark.parametrize("bad", [1.01, -2.0, np.nan, np.inf])
def test_samples_out_of_range_are_not_cut_off(bad):
    with pytest.raises(ValueError, match=r"samples must lie in \[-1, 1\]"):
        to_bytes(np.asarray([0.0, bad]))


# Refusals


def refusal(root: Path, words: str, **options) -> None:
    """One by one or all together, the file is named."""
    with pytest.raises(ValueError, match=words):
        ImageFolder(root, **options).load()
    folder = ImageFolder(root, **options)
    with pytest.raises(ValueError, match=words):
        folder[len(folder) - 1]


def test_mixed_sizes_name_the_first_that_differs(root):
    save(root / "pop" / "c.png", size=(6, 5))
    refusal(root, r"pop.c\.png is 6 × 5 with 3 channels, but .*10\.webp is 6 × 4 .*: give size=")
    assert ImageFolder(root, size=5).load().images.shape == (5, 5, 5, 3)


def test_mixed_channels_name_the_first_that_differs(root):
    save(root / "pop" / "c.png", 7, mode="L")
    refusal(root, r"c\.png is 6 × 4 with 1 channel, but .*10\.webp is 6 × 4 with 3 channels")
    assert ImageFolder(root, channels=1).load().images.shape == (5, 4, 6, 1)


@pytest.mark.parametrize("mode", ["RGBA", "P", "1", "LA"])
def test_unusual_channels_must_be_converted_on_purpose(root, mode):
    save(root / "pop" / "c.png", 0 if mode in "P1" else None, mode=mode)
    refusal(root, rf"c\.png is neither plain grey nor plain colour \(its mode is '{mode}'\)")
    assert ImageFolder(root, channels=3).load().images.shape == (5, 4, 6, 3)


def test_deep_images_are_refused(root):
    save(root / "pop" / "c.png", 1000, mode="I;16")
    refusal(root, r"c\.png cannot be read as an image: more than 8 bits a channel", channels=3)


@pytest.mark.parametrize("keep", [0, 3, 40, 80, -400])
@pytest.mark.parametrize("suffix", ["png", "jpg", "webp"])
def test_unreadable_and_truncated_files_are_named(root, suffix, keep):
    path = save(root / "pop" / f"z.{suffix}")
    noise = np.random.default_rng(0).integers(0, 256, (32, 32, 3), np.uint8)
    Image.fromarray(noise).save(path)
    path.write_bytes(path.read_bytes()[:keep])
    refusal(root, rf"z\.{suffix} cannot be read as an image", size=4)


def test_huge_images_are_refused_before_they_are_decoded(root, monkeypatch):
    save(root / "pop" / "z.png", size=(40, 30))
    for limit in (1000, 500):  # Pillow itself warns above its limit and raises above its double
        monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", limit)
        refusal(root, rf"z\.png is too large to be safe: .*1200 pixels.* at most {limit}", size=4)


@pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning")
def test_huge_images_are_refused_where_the_warning_is_off(root, monkeypatch):
    save(root / "pop" / "z.png", size=(40, 30))
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 1000)
    refusal(root, r"z\.png is too large to be safe: 40 × 30 pixels, at most 1000", size=4)


def test_folders_that_are_none(tmp_path):
    with pytest.raises(FileNotFoundError, match="root must be a folder that holds one folder per"):
        ImageFolder(tmp_path / "absent")
    with pytest.raises(FileNotFoundError, match="root must be a folder"):
        ImageFolder(save(tmp_path / "file.png"))
    with pytest.raises(ValueError, match="holds no folders: expected one per class"):
        ImageFolder(tmp_path)


def test_an_empty_class_is_named(root):
    (root / "cubism").mkdir()
    (root / "cubism" / "notes.txt").write_text("no image")
    with pytest.raises(
        ValueError, match=r"cubism holds no image: expected files that end in \.jpeg"
    ):
        ImageFolder(root)


# Nothing is left out in silence


@pytest.mark.parametrize(
    ("picture", "words"),
    [
        ("pop/c.bmp", r"c\.bmp would be left out: convert it to one of \.jpeg"),
        ("pop/c.GIF", r"c\.GIF would be left out"),
        ("pop/c.tif", r"c\.tif would be left out"),
        ("pop/1960s/c.png", r"1960s.c\.png would be left out: images must lie in the folder of"),
        ("pop/a/b/c.tif", r"a.b.c\.tif would be left out"),
        ("c.png", r"c\.png lies beside the folders of the classes"),
    ],
)
def test_a_picture_that_would_be_left_out_is_named(root, picture, words):
    save(root / picture)
    with pytest.raises(ValueError, match=words):
        ImageFolder(root)


@pytest.mark.parametrize("link", ["pop/c.png", "pop/folder", "cubism"])
def test_a_broken_link_is_named(root, link):
    (root / link).symlink_to(root / "elsewhere")
    with pytest.raises(ValueError, match=rf"{link} is a broken link: .*elsewhere does not exist"):
        ImageFolder(root)


def test_a_class_may_be_a_link_to_a_folder(root, tmp_path_factory):
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    save(elsewhere / "x.png")
    (root / "cubism").symlink_to(elsewhere)
    assert ImageFolder(root).class_names == ("Baroque", "cubism", "pop")


def test_what_is_neither_a_file_nor_a_folder_is_named(root):
    os.mkfifo(root / "pop" / "c.png")
    with pytest.raises(ValueError, match=r"c\.png is neither a file nor a folder"):
        ImageFolder(root)


def test_what_systems_leave_behind_is_passed_over(root):
    before = ImageFolder(root)
    for left in ("__MACOSX/pop/._a.png", "@eaDir/pop/a.jpg", "pop/@eaDir/a.jpg/SYNO.jpg"):
        save(root / left)
    save(root / "pop" / ".thumbnails" / "a.png")
    for left in (".DS_Store", "pop/.DS_Store", "pop/Thumbs.db", "pop/desktop.ini", "pop/._a.png"):
        (root / left).write_bytes(b"\0")
    (root / "pop" / "notes").mkdir()
    (root / "pop" / "notes" / "read.txt").write_text("no image")
    assert ImageFolder(root).paths == before.paths


# Only what is named is decoded


def other_formats() -> dict[str, bytes]:
    found = {}
    for format_name in ("BMP", "GIF", "TIFF", "PPM", "ICO"):
        buffer = io.BytesIO()
        Image.new("RGB", (16, 16), RED).save(buffer, format_name)
        found[format_name] = buffer.getvalue()
    found["PostScript"] = (
        b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 4 4\n%%EndComments\nshowpage\n"
    )
    return found


@pytest.mark.parametrize("name", other_formats())
def test_another_format_under_a_known_name_is_not_decoded(root, name, monkeypatch):
    def started(*command: object, **options: object) -> None:
        raise AssertionError(f"a program was started: {command}")

    for function in ("Popen", "run", "call", "check_call"):
        monkeypatch.setattr(subprocess, function, started)
    (root / "pop" / "c.png").write_bytes(other_formats()[name])
    refusal(root, r"c\.png cannot be read as an image: it is not a sound file of JPEG, PNG, WEBP")


def test_the_format_is_told_by_the_content(root):
    """A photograph saved under another suffix is common, and harmless among the formats read."""
    image = root / "pop" / "c.png"
    Image.new("RGB", (6, 4), BLUE).save(image, "JPEG", quality=100)
    assert abs(ImageFolder(root)[4][0][0, 0].astype(int) - BLUE).max() < 5


def test_an_odd_entry_beside_the_orientation_does_no_harm(tmp_path):
    """A signed rational of (-1, 0), which `ImageOps.exif_transpose` cannot write again."""
    entries = struct.pack("<HHIHH", 0x0112, 3, 1, 6, 0) + struct.pack("<HHII", 0x011A, 10, 1, 38)
    exif = b"Exif\0\0II*\0\x08\0\0\0" + struct.pack("<H", 2) + entries + b"\0\0\0\0"
    save(tmp_path / "a" / "1.jpg", exif=exif + struct.pack("<ii", -1, 0))
    assert ImageFolder(tmp_path)[0][0].shape == (6, 4, 3)


@pytest.mark.parametrize("turn", range(1, 9))
def test_every_orientation_is_that_of_pillow(tmp_path, turn):
    exif = Image.Exif()
    exif[0x0112] = turn
    (tmp_path / "a").mkdir()
    pixels = np.random.default_rng(0).integers(0, 256, (4, 6, 3), np.uint8)
    Image.fromarray(pixels).save(tmp_path / "a" / "1.png", exif=exif)
    with Image.open(tmp_path / "a" / "1.png") as image:
        expected = np.asarray(ImageOps.exif_transpose(image))
    np.testing.assert_array_equal(ImageFolder(tmp_path)[0][0], expected)


def test_deep_colours_are_refused_like_deep_greys(root):
    """Pillow itself would cut 16 bits a channel down to 8 without a word."""
    header = struct.pack(">IIBBBBB", 6, 4, 16, 2, 0, 0, 0)
    rows = b"".join(b"\0" + b"\x12\x34" * 18 for _ in range(4))
    content = b"\x89PNG\r\n\x1a\n"
    for kind, body in ((b"IHDR", header), (b"IDAT", zlib.compress(rows)), (b"IEND", b"")):
        checksum = struct.pack(">I", zlib.crc32(kind + body))
        content += struct.pack(">I", len(body)) + kind + body + checksum
    (root / "pop" / "c.png").write_bytes(content)
    refusal(root, r"c\.png cannot be read as an image: more than 8 bits a channel", channels=3)


# Items of another kind


@pytest.mark.parametrize(
    ("item", "words"),
    [
        ({"image": 1, "label": 0}, "must be a pair .* got a dict with the keys image, label: as"),
        ((np.zeros((2, 2, 1), np.uint8), 0, 0), "must be a pair of an image and its label"),
        (np.zeros((2, 2, 1), np.uint8), "must be a pair .* got an array of uint8"),
        ((Image.new("RGB", (2, 2)), 0), r"images\[1\] must be an array, got Image: np.asarray"),
        ((np.zeros((2, 2, 1)), 0), r"images\[1\] must hold bytes \(uint8\), got dtype float64"),
    ],
)
def test_an_item_that_is_not_an_image_with_a_label_is_refused(item, words, without_hook):
    with pytest.raises(TypeError, match=words):
        Scaled([(np.zeros((2, 2, 1), np.uint8), 0), item])[1]


def test_what_has_no_items_is_refused(without_hook):
    with pytest.raises(TypeError, match="images must have a length and integer indexing"):
        Scaled(iter([]))


def test_arguments_out_of_range(root, without_hook):
    for size in (0, -1, 2.5, True):
        with pytest.raises(ValueError, match=r"size must be an? .* of at least 1"):
            ImageFolder(root, size=size)
    with pytest.raises(ValueError, match="channels must be 1 or 3 or None, got 4"):
        ImageFolder(root, channels=4)


def test_arguments_of_another_type(root):
    for options in ({"size": "32"}, {"channels": 4}):
        with pytest.raises(TypeCheckError):
            ImageFolder(root, **options)


def test_without_pillow_the_library_works_and_says_what_is_missing(tmp_path):
    program = """
import sys
sys.modules["PIL"] = None
from gantheory.data import ImageFolder
try:
    ImageFolder(sys.argv[1])
except ImportError as error:
    assert "reading image files needs Pillow: pip install pillow" in str(error), error
else:
    raise SystemExit("nothing was raised")
"""
    run = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path)], capture_output=True, text=True
    )
    assert run.returncode == 0, run.stderr
