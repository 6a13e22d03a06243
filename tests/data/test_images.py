"""Images in one folder per class: order, sizes, channels, and every file that cannot be used."""

import subprocess
import sys
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jaxtyping import TypeCheckError
from PIL import Image

from gantheory.data import Dataset, ImageFolder, Scaled, Uniform, to_bytes, to_signed

RED, WHITE, BLUE = (255, 0, 0), (255, 255, 255), (0, 0, 255)


def save(path: Path, colour=RED, size=(6, 4), mode="RGB", **options) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new(mode, size, colour).save(path, **options)
    return path


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Two classes, written in an order that is not theirs, with things beside them that are no images."""
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


def test_arguments_out_of_range(root, without_hook):
    for size in (0, -1, 2.5, True):
        with pytest.raises(ValueError, match="size must be a whole number of at least 1"):
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
