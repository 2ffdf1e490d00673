"""Small image files of many kinds, built by Pillow, by OpenCV, and byte by byte."""

import io
import struct
import zlib
from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np
from PIL import Image, ImageCms, ImageOps, PngImagePlugin

WIDTH, HEIGHT = 60, 44


def smooth(seed: int = 0, width: int = WIDTH, height: int = HEIGHT) -> Image.Image:
    """A colour image without sharp edges, so that lossy formats keep it nearly."""
    grid = np.random.default_rng(seed).integers(0, 256, (5, 7, 3), dtype=np.uint8)
    return Image.fromarray(cv2.resize(grid, (width, height), interpolation=cv2.INTER_LINEAR))


COLOUR = smooth()
GRAY = COLOUR.convert("L")
ALPHA = COLOUR.copy()
ALPHA.putalpha(Image.linear_gradient("L").resize(COLOUR.size))
TURNED = [smooth(1), smooth(2)]  # further frames
DEEP = (4100 + np.arange(HEIGHT)[:, None] * 700 + np.arange(WIDTH) * 450).astype(np.uint16)  # to 60,750


def saved(image: Image.Image, form: str, **options: object) -> bytes:
    file = io.BytesIO()
    image.copy().save(file, form, **options)
    return file.getvalue()


def animated(form: str, **options: object) -> bytes:
    # Copies, as save leaves settings of the format in an image.
    return saved(COLOUR, form, save_all=True, append_images=[frame.copy() for frame in TURNED], **options)


def encoded(suffix: str, image: np.ndarray) -> bytes:
    return cv2.imencode(suffix, image)[1].tobytes()


def exif(orientation: int) -> Image.Exif:
    data = Image.Exif()
    data[0x0112] = orientation
    return data


def tiff(
    planes: Sequence[np.ndarray], bits: int = 8, form: int = 1, photometric: int = 1, following: int = 0,
    **more: int,
) -> bytes:  # fmt: skip
    """A little-endian TIFF without compression; each plane is a strip. more: tags, as t284=2.

    following: where the next page begins.
    """
    samples = sum(plane.shape[2] if plane.ndim == 3 else 1 for plane in planes)
    height, width = planes[0].shape[:2]
    strips = [plane.astype(plane.dtype.newbyteorder("<")).tobytes() for plane in planes]
    tags: dict[int, list[int]] = {
        256: [width], 257: [height], 258: [bits] * samples, 259: [1], 262: [photometric],
        273: [0] * len(strips), 277: [samples], 278: [height], 279: [len(strip) for strip in strips],
        339: [form] * samples,
    }  # fmt: skip
    tags |= {int(name[1:]): [value] for name, value in more.items()}
    outside = 8 + 2 + 12 * len(tags) + 4  # lists of values follow the directory, the strips follow them
    start = outside + sum(4 * len(values) for values in tags.values() if len(values) > 1)
    tags[273] = [start + sum(map(len, strips[:number])) for number in range(len(strips))]
    entries, lists = b"", b""
    for tag, values in sorted(tags.items()):
        content = struct.pack(f"<{len(values)}I", *values)
        if len(values) > 1:
            lists, content = lists + content, struct.pack("<I", outside + len(lists))
        entries += struct.pack("<HHI", tag, 4, len(values)) + content
    head = b"II*\0" + struct.pack("<IH", 8, len(tags))
    return head + entries + struct.pack("<I", following) + lists + b"".join(strips)


def sized_png(side: int) -> bytes:
    """A PNG whose header says that it is a gray square of this side."""
    data = saved(GRAY, "PNG")
    header = b"IHDR" + struct.pack(">II", side, side) + data[24:29]
    return data[:12] + header + struct.pack(">I", zlib.crc32(header)) + data[33:]


def shown(data: bytes) -> np.ndarray:
    """The image as Pillow shows it: upright, 16 bits by their high byte, blue, green, red."""
    with Image.open(io.BytesIO(data)) as image:
        image.load()
        upright = ImageOps.exif_transpose(image)
        if upright.mode.startswith("I"):
            return np.dstack([np.asarray(upright).astype(int) >> 8] * 3).astype(np.uint8)
        return np.asarray(upright.convert("RGB"))[..., ::-1]


def planes(image: Image.Image) -> list[np.ndarray]:
    return [np.asarray(channel) for channel in image.split()]


def jp2(samples: np.ndarray, bits: int) -> bytes:
    """A JPEG 2000 file of 9 to 15 bits: one of 16, whose zero and headers are changed."""
    data = bytearray(encoded(".jp2", samples + np.uint16(2**15 - 2 ** (bits - 1))))
    size = data.find(b"\xff\x4f\xff\x51")
    for place in [data.find(b"ihdr") + 14, *range(size + 42, size + 42 + 3 * samples[0, 0].size, 3)]:
        data[place] = bits - 1
    return bytes(data)


def bmp(bits: int, palette: bytes = b"", header: int = 40, compression: int = 0, more: bytes = b"") -> bytes:
    """A BMP file of noise, with a header of OS/2 (12 bytes) or Windows."""
    rows = np.random.default_rng(bits).integers(0, 256, (WIDTH * bits + 31) // 32 * 4 * HEIGHT, np.uint8)
    head = struct.pack("<IHHHH", 12, WIDTH, HEIGHT, 1, bits)
    if header > 12:
        head = struct.pack("<IiiHHI20x", header, WIDTH, HEIGHT, 1, bits, compression) + more
    start = 14 + len(head) + len(palette)
    return b"BM" + struct.pack("<IHHI", start + len(rows), 0, 0, start) + head + palette + rows.tobytes()


def profile(name: str) -> bytes:
    """A colour profile of that name, of 13 letters."""
    data = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    return data.replace("sRGB built-in".encode("utf-16-be"), name.encode("utf-16-be"))


PALETTE = COLOUR.quantize(16)
RGB16 = np.dstack([DEEP, DEEP // 2, 61_000 - DEEP])
COLOURS = np.random.default_rng(0).integers(0, 256, 1024, dtype=np.uint8).tobytes()
MASKS = struct.pack("<4I", 0xFF, 0xFF00, 0xFF0000, 0)
GAMMA, LONG_TEXT = PngImagePlugin.PngInfo(), PngImagePlugin.PngInfo()
GAMMA.add(b"gAMA", struct.pack(">I", 20_000))
LONG_TEXT.add_text("Comment", "x" * 2_000_000, zip=True)
ROUGH = Image.fromarray(np.random.default_rng(0).integers(0, 256, (33, 49, 3), dtype=np.uint8))
ROUGH_ALPHA = ROUGH.copy()
ROUGH_ALPHA.putalpha(ROUGH.convert("L"))
# JPEG, PNG, BMP and WebP files.
ORDINARY = [
    *[saved(ROUGH, "JPEG", subsampling=kind) for kind in ("4:4:4", "4:2:2", "4:2:0")],
    *[saved(ROUGH, "JPEG", exif=exif(turn), progressive=turn % 2) for turn in range(1, 9)],
    *[saved(ROUGH.convert(mode), "JPEG") for mode in ("L", "CMYK")],
    *[saved(ROUGH.convert(mode), form) for mode in ("1", "L", "RGB") for form in ("BMP", "PNG")],
    *[bmp(bits, COLOURS[: 4 << bits]) for bits in (1, 4, 8)],
    *[bmp(bits) for bits in (16, 24, 32)],
    *[saved(ROUGH.quantize(2**bits), "PNG", bits=bits) for bits in (1, 2, 4, 8)],
    *[saved(ROUGH.quantize(2**bits), "PNG", bits=bits, transparency=1) for bits in (1, 2, 4, 8)],
    *[saved(ROUGH_ALPHA.convert(mode), "PNG", pnginfo=GAMMA) for mode in ("LA", "RGBA", "RGB")],
    *[saved(image, "WEBP", lossless=exact) for image in (ROUGH, ROUGH_ALPHA) for exact in (True, False)],
]  # fmt: skip

FIRST = "only the first of 3 frames is used"
TURN = "turned upright, as its EXIF orientation says"
NO_ALPHA = "alpha is ignored"
FROM_16 = "samples of 0 to 65535 became 0 to 255"
PROFILE = "its colour profile (Display P3 v4) is not applied"
BESIDE = "its metadata or further frames cannot be read"
ALONE = "only its pixels can be read, and nothing else in the file"

MPO = animated("MPO", quality=95)  # which Pillow 10.1 writes as a broken JPEG
# Files that Pillow shows as they are, each followed by the notes on it.
SHOWN: list[tuple[Any, ...]] = [
    ("animated with a still.png", animated("PNG", default_image=True), FIRST),
    ("animated.png", animated("PNG"), FIRST),
    ("animated.gif", animated("GIF"), FIRST),
    ("animated.webp", animated("WEBP", lossless=True), FIRST),
    *[("two.mpo", MPO, FIRST)] * (Image.open(io.BytesIO(MPO)).format == "MPO"),
    ("pages.tif", animated("TIFF"), "only the first of 3 pages is used"),
    ("15.pgm", f"P5 {WIDTH} {HEIGHT} 15\n".encode() + bytes(range(16)) * (WIDTH * HEIGHT // 16)),
    ("Bär 図.ppm", saved(COLOUR, "PPM")),
    ("1.pbm", saved(COLOUR.convert("1"), "PPM")),
    ("65535.pgm", encoded(".pgm", DEEP), FROM_16),
    ("planar.tif", tiff(planes(COLOUR), photometric=2, t284=2)),
    ("opaque.png", saved(COLOUR.convert("RGBA"), "PNG")),
    ("alpha.tif", saved(ALPHA, "TIFF"), NO_ALPHA),
    ("alpha.png", saved(ALPHA, "PNG"), NO_ALPHA),
    ("alpha.jp2", saved(ALPHA, "JPEG2000"), NO_ALPHA),
    ("gray alpha.jp2", saved(ALPHA.convert("LA"), "JPEG2000"), NO_ALPHA),
    ("alpha.gif", saved(PALETTE, "GIF", transparency=3), NO_ALPHA),
    ("palette.png", saved(PALETTE, "PNG", bits=4, transparency=3), NO_ALPHA),
    ("gray tRNS.png", saved(GRAY, "PNG", transparency=GRAY.getpixel((3, 3))), NO_ALPHA),
    ("deep.png", saved(Image.fromarray(DEEP), "PNG"), FROM_16),
    ("deep.tif", saved(Image.fromarray(DEEP), "TIFF"), FROM_16),
    ("deep.jp2", saved(Image.fromarray(DEEP), "JPEG2000"), FROM_16),
    ("constant.png", encoded(".png", np.full_like(DEEP, 3000)), FROM_16),
    ("rgb16.png", encoded(".png", RGB16), FROM_16),
    ("rgb16.tif", encoded(".tif", RGB16), FROM_16),
    ("rgb16.ppm", encoded(".ppm", RGB16), FROM_16),
    ("rgba16.png", encoded(".png", np.dstack([RGB16, DEEP])), FROM_16, NO_ALPHA),
    ("cmyk.tif", saved(COLOUR.convert("CMYK"), "TIFF")),
    ("filled.jpg", b"\xff\xd8\xff\xff" + saved(COLOUR, "JPEG")[2:]),  # FF may stand before any marker
    ("trailer.jpg", saved(COLOUR, "JPEG") + b"more"),
    ("os2.bmp", bmp(4, COLOURS[:48], header=12)),
    ("p3.jpg", saved(COLOUR, "JPEG", icc_profile=profile("Display P3 v4")), PROFILE),
    ("srgb.png", saved(COLOUR, "PNG", icc_profile=profile("sRGB built-in"))),
    ("broken profile.png", saved(COLOUR, "PNG", icc_profile=b"none")),
    ("no next page.tif", tiff([np.asarray(COLOUR)], photometric=2, following=10**6), BESIDE),
    *[
        (f"turned {turn}.png", saved(COLOUR, "PNG", exif=exif(turn)), *[TURN] * (1 < turn < 9))
        for turn in range(10)
    ],
    ("turned 5.jpg", saved(COLOUR, "JPEG", exif=exif(5)), TURN),
    ("turned 6.webp", saved(COLOUR, "WEBP", lossless=True, exif=exif(6)), TURN),
    ("turned 7.tif", tiff([np.asarray(COLOUR)], photometric=2, t274=7), TURN),
    ("turned 8, 16 bits.tif", tiff([DEEP], bits=16, t274=8), FROM_16, TURN),
]  # fmt: skip
BGR = np.asarray(COLOUR)[..., ::-1]
# The file; its gray or blue, green, red pixels where Pillow reads them wrong or not at all; the notes.
READ: dict[str, tuple[bytes, np.ndarray | None, list[str]]] = {
    name: (data, None, notes) for name, data, *notes in SHOWN
} | {
    f"{bits} bits, {samples.ndim}.jp2": (
        jp2(samples >> (16 - bits), bits), samples >> 8, [f"samples of 0 to {2**bits - 1} became 0 to 255"]
    )
    for bits in (9, 10, 12, 15)
    for samples in (DEEP, RGB16)
} | {
    "white is zero.tif": (tiff([DEEP], bits=16, photometric=0), 255 - (DEEP >> 8), [FROM_16]),
    "1023.pgm": (
        f"P5 # largest:\n{WIDTH} {HEIGHT} 1023\n".encode() + (DEEP >> 6).astype(">u2").tobytes(),
        (DEEP >> 6).astype(int) * 65535 // 1023 >> 8, ["samples of 0 to 1023 became 0 to 255"],
    ),
    "broken exif.webp": (saved(COLOUR, "WEBP", lossless=True, exif=b"Exif\0\0more junk"), BGR, [BESIDE]),
    "long text.png": (saved(COLOUR, "PNG", pnginfo=LONG_TEXT), BGR, [ALONE]),
    "masks.bmp": (
        bmp(32, header=56, compression=3, more=MASKS),
        np.frombuffer(bmp(32)[54:], np.uint8).reshape(HEIGHT, WIDTH, 4)[::-1, :, 2::-1], [ALONE],
    ),
}  # fmt: skip

TIFF, ZIP, PNG = "samples are {}; save it with 8 bits", b"PK\3\4" + bytes(26), saved(COLOUR, "PNG")
# Files that are not read, and what is said of them.
UNREAD = [
    (b"", "an empty file"),
    (b"Dear diary,\n" * 20, "text, not an image"),
    (bytes(range(99, 0, -1)), "unknown or damaged data beginning with 63 62 61 60 5f 5e 5d 5c"),
    (sized_png(40_000), "PNG image of 40000 x 40000, larger than OpenCV reads"),
    (saved(COLOUR, "JPEG")[:300], "JPEG image, damaged or cut short"),
    (PNG[:-16] + bytes(4) + PNG[-12:], "PNG image of 60 x 44, damaged or cut short"),  # of a wrong checksum
    (tiff(planes(COLOUR), photometric=2, t284=2)[:-900], "TIFF image of 60 x 44, damaged or cut short"),
    (tiff([DEEP] * 3, bits=16, photometric=2, t284=2), "samples are uint16 in separate planes"),
    (tiff([DEEP.astype(np.int16)], bits=16, form=2), TIFF.format("int16")),
    (tiff([np.asarray(GRAY).view(np.int8)], form=2), TIFF.format("int8")),
    (tiff([DEEP.astype(np.float32)], bits=32, form=3), TIFF.format("float32")),
    (tiff([DEEP.astype(np.uint32)], bits=32), TIFF.format("uint32")),
    (tiff([RGB16.astype("f4")], bits=32, form=3, photometric=2), "TIFF image that is damaged, or has"),
    (encoded(".png", DEEP >> 4), "samples 256 to 3796 of 65535 become 1 to 14: stretch it"),
    (encoded(".png", RGB16 >> 8), "samples of 16 bits become 0 to 0: stretch it first"),
    (b"II*\0\x10\0\0\0CR\2\0\0\0\0\0" + tiff([DEEP], bits=16)[8:], "a TIFF that begins with a thumbnail"),
    (tiff([np.asarray(GRAY)], t254=1), "a TIFF that begins with a thumbnail"),
    (saved(COLOUR, "ICO"), "ICO file (Windows Icon); save it as PNG"),
    (encoded(".ras", np.asarray(COLOUR)), "SUN file (Sun Raster File); save it as PNG"),
    (b"8BPS\0\1" + bytes(6) + struct.pack(">HIIHH", 3, 9, 9, 8, 3) + bytes(40), "PSD file"),
    (saved(COLOUR, "PDF"), "a PDF document, not an image"),
    (b"<!DOCTYPE html>\n<title>caf\xc3\xa9</title>", "a web page, not an image"),
    *[
        (start + bytes(40), said)
        for said, start in [
            ("a HEIC image; save it as PNG", b"\0\0\0\x18ftypheic"), ("a SVG image", b"<?xml?>\n<svg />"),
            ("a JPEG XL image", b"\xff\x0a\xf8\x01"), ("a JPEG XR image", b"II\xbc\x01"),
            ("a DICOM image", bytes(128) + b"DICM"), ("a FITS image", b"SIMPLE  ="),
            ("a NIfTI image", b"\x5c\1\0\0" + bytes(340) + b"n+1\0"), ("a MATLAB image", b"MATLAB 5.0"),
            ("a GIMP image", b"gimp xcf v011"), ("a PAM image", b"P7\nWIDTH 2\n"),
            ("a Photoshop image", b"8BPS\0\2"), ("a raw camera image", b"IIRO\x08"),
            ("a IFF image", b"FORM\0\0\0\x99ILBMBMHD"), ("a float image", b"#?RADIANCE\n"),
            ("a layered image", ZIP + b"mimetypeimage/openraster"),
            ("a layered image", ZIP + b"mimetypeapplication/x-krita"),
            ("a NumPy image", b"\x93NUMPY\1\0"), ("a NumPy image", ZIP + b"a.npy"),
            ("a JPEG-LS image", b"\xff\xd8\xff\xf7\0\x0b\x08\0\4\0\4\1\1\x11\0"),
            ("a 12-bit JPEG image", b"\xff\xd8\xff\xdb\0\3\0\xff\xc1\0\x0b\x0c\0\4\0\4\1\1\x11\0"),
            ("a video", b"\0\0\0\x20ftypisom"), ("a video", b"RIFF\0\0\0\0AVI LIST"),
            ("a gzip archive", b"\x1f\x8b\x08"), ("a ZIP archive", ZIP + b"word/a.xml"),
        ]
    ],
]  # fmt: skip
