"""Small image files of many kinds, built by Pillow, by OpenCV, and byte by byte."""

import io
import struct
import zlib
from collections.abc import Sequence

import cv2
import numpy as np
from PIL import Image, ImageOps

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
DEEP = (300 + np.arange(HEIGHT)[:, None] * 5 + np.arange(WIDTH) * 3).astype(np.uint16)  # 300 to 692


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
    planes: Sequence[np.ndarray], *, bits: int = 8, form: int = 1, photometric: int = 1, **more: int
) -> bytes:
    """A little-endian TIFF without compression; each plane is a strip. more: tags, as t284=2."""
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
    return b"II*\0" + struct.pack("<IH", 8, len(tags)) + entries + bytes(4) + lists + b"".join(strips)


def pam(kind: str, depth: int, maxval: int = 255) -> bytes:
    header = f"P7\n# made by a test\nWIDTH {WIDTH}\nHEIGHT {HEIGHT}\nDEPTH {depth}\nMAXVAL {maxval}\n"
    return f"{header}TUPLTYPE {kind}\nENDHDR\n".encode() + pam_samples(depth, maxval).tobytes()


def pam_samples(depth: int, maxval: int) -> np.ndarray:
    image = np.asarray(ALPHA if depth in (2, 4) else COLOUR)
    gray = np.asarray(GRAY)[..., None]
    chosen = {1: gray, 2: np.dstack([gray, image[..., -1:]]), 3: image, 4: image}[depth]
    return (chosen.astype(int) * maxval // 255).astype(np.uint8)


def chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def black_png(side: int) -> bytes:
    """A gray PNG that is small whatever its side: a block of zeros, compressed once, many times."""
    packer = zlib.compressobj()
    size = (side + 1) * 100
    first = packer.compress(bytes(size)) + packer.flush(zlib.Z_FULL_FLUSH)
    block = packer.compress(bytes(size)) + packer.flush(zlib.Z_FULL_FLUSH)
    total = size * (side // 100)
    end = packer.flush()[:-4] + struct.pack(">HH", total % 65521, 1)  # Adler's sum of that many zeros
    header = struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0)
    data = first + block * (side // 100 - 1) + end
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


def shown(data: bytes) -> np.ndarray:
    """The image as Pillow shows it: upright, 16 bits by their high byte, red, green, blue."""
    with Image.open(io.BytesIO(data)) as image:
        image.load()
        upright = ImageOps.exif_transpose(image)
        if upright.mode.startswith("I"):
            return np.dstack([np.asarray(upright).astype(int) >> 8] * 3).astype(np.uint8)
        return np.asarray(upright.convert("RGB"))


def planes(image: Image.Image) -> list[np.ndarray]:
    return [np.asarray(channel) for channel in image.split()]


PALETTE = COLOUR.quantize(16)
RGB16 = np.dstack([DEEP, DEEP + 50, DEEP * 3])
FIRST = "only the first of 3 frames is used"
NARROW = "samples 300 to 692 of 65535 became 1 to 2"
TURN = "turned upright, as its EXIF orientation says"
NO_ALPHA = "alpha is ignored"

# The file, and the notes on it.
GOOD: dict[str, tuple[bytes, list[str]]] = {
    "animated with a still.png": (animated("PNG", default_image=True), [FIRST]),
    "animated.png": (animated("PNG"), [FIRST]),
    "animated.gif": (animated("GIF"), [FIRST]),
    "animated.webp": (animated("WEBP", lossless=True), [FIRST]),
    "two.mpo": (animated("MPO", quality=95), [FIRST]),
    "pages.tif": (animated("TIFF"), ["only the first of 3 pages is used"]),
    "15.pgm": (f"P5 {WIDTH} {HEIGHT} 15\n".encode() + pam_samples(1, 15).tobytes(), []),
    "1023.pgm": (
        f"P5 {WIDTH} {HEIGHT} 1023\n".encode() + DEEP.astype(">u2").tobytes(),
        ["samples 19218 to 44331 of 65535 became 75 to 173"],
    ),
    "255.ppm": (saved(COLOUR, "PPM"), []),
    "1.pbm": (saved(COLOUR.convert("1"), "PPM"), []),
    "65535.pgm": (encoded(".pgm", DEEP), [NARROW]),
    "planar.tif": (tiff(planes(COLOUR), photometric=2, t284=2), []),
    "alpha.tif": (saved(ALPHA, "TIFF"), [NO_ALPHA]),
    "opaque.png": (saved(COLOUR.convert("RGBA"), "PNG"), []),
    "alpha.png": (saved(ALPHA, "PNG"), [NO_ALPHA]),
    "alpha.webp": (saved(ALPHA, "WEBP", lossless=True), [NO_ALPHA]),
    "alpha.jp2": (saved(ALPHA, "JPEG2000"), [NO_ALPHA]),
    "gray alpha.jp2": (saved(ALPHA.convert("LA"), "JPEG2000"), [NO_ALPHA]),
    "alpha.gif": (saved(PALETTE, "GIF", transparency=3), [NO_ALPHA]),
    "palette.png": (saved(PALETTE, "PNG", bits=4, transparency=3), [NO_ALPHA]),
    "gray tRNS.png": (saved(GRAY, "PNG", transparency=GRAY.getpixel((3, 3))), [NO_ALPHA]),
    "1 bit.png": (saved(COLOUR.convert("1"), "PNG"), []),
    "2 bits.png": (saved(GRAY.quantize(4), "PNG", bits=2), []),
    "4 bits.png": (saved(GRAY.quantize(16), "PNG", bits=4), []),
    "narrow.png": (saved(Image.fromarray(DEEP), "PNG"), [NARROW]),
    "narrow.tif": (saved(Image.fromarray(DEEP), "TIFF"), [NARROW]),
    "narrow.jp2": (saved(Image.fromarray(DEEP), "JPEG2000"), [NARROW]),
    "rgb16.png": (encoded(".png", RGB16), ["samples 300 to 2076 of 65535 became 1 to 8"]),
    "rgb16.tif": (encoded(".tif", RGB16), ["samples 300 to 2076 of 65535 became 1 to 8"]),
    "rgba16.png": (
        encoded(".png", np.dstack([RGB16, DEEP])),
        ["samples 300 to 2076 of 65535 became 1 to 8", NO_ALPHA],
    ),
    "cmyk.jpg": (saved(COLOUR.convert("CMYK"), "JPEG"), []),
    "cmyk.tif": (saved(COLOUR.convert("CMYK"), "TIFF"), []),
    "plain.bmp": (saved(COLOUR, "BMP"), []),
    "plain.webp": (saved(COLOUR, "WEBP"), []),
    "trailer.jpg": (saved(COLOUR, "JPEG") + b"more", []),
} | {
    f"turned {turn}.{suffix}": (saved(COLOUR, form, exif=exif(turn), **options), [TURN] * (turn > 1))
    for turn in range(1, 9)
    for suffix, form, options in [
        ("jpg", "JPEG", {}),
        ("png", "PNG", {}),
        ("webp", "WEBP", {"lossless": True}),
    ]
} | {
    f"turned {turn}.tif": (tiff([np.asarray(COLOUR)], photometric=2, t274=turn), [TURN] * (turn > 1))
    for turn in range(1, 9)
} | {
    f"turned {turn} of 16 bits.tif": (tiff([DEEP], bits=16, t274=turn), [NARROW, *[TURN] * (turn > 1)])
    for turn in (1, 3, 8)
}  # fmt: skip

UNREAD: dict[str, tuple[bytes, str]] = {
    "planar cut.tif": (
        tiff(planes(COLOUR), photometric=2, t284=2)[:-900],
        "TIFF image of 60 x 44, damaged or cut short",
    ),
    "planar16.tif": (tiff([DEEP] * 3, bits=16, photometric=2, t284=2), "samples of 16 bits are in separate"),
    "int16.tif": (tiff([DEEP.astype(np.int16)], bits=16, form=2), "samples are int16; save it with 8 bits"),
    "int8.tif": (tiff([np.asarray(GRAY).view(np.int8)], form=2), "samples are int8; save it with 8 bits"),
    "float32.tif": (tiff([DEEP.astype(np.float32)], bits=32, form=3), "samples are float32; save it with"),
    "uint32.tif": (tiff([DEEP.astype(np.uint32)], bits=32), "samples are uint32; save it with 8 bits"),
    "float rgb.tif": (
        tiff([RGB16.astype(np.float32)], bits=32, form=3, photometric=2),
        "a TIFF image that is",
    ),
    "photo.heic": (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(40), "a HEIC image; save it as JPEG"),
    "layers.psd": (b"8BPS\0\1" + bytes(6) + struct.pack(">HIIHH", 3, 9, 9, 8, 3) + bytes(40), "PSD file"),
    "drawing.svg": (b'<?xml version="1.0"?>\n<svg xmlns="http://www.w3.org/2000/svg"/>', "an SVG drawing"),
    "icon.ico": (saved(COLOUR, "ICO"), "ICO file (Windows Icon); save it as PNG"),
    "photo.jxl": (b"\xff\x0a\xf8\x01" + bytes(40), "a JPEG XL image; save it as PNG"),
    "film.mp4": (b"\0\0\0\x20ftypisom\0\0\2\0isomavc1mp41" + bytes(40), "a video; save a frame as PNG"),
    "film.avi": (b"RIFF\0\0\0\0AVI LIST" + bytes(40), "a video; save a frame as PNG"),
    "array.npy": (b"\x93NUMPY\1\0v\0{'descr': '|u1'}", "a NumPy array; save it as PNG, with cv2.imwrite"),
    "arrays.npz": (b"PK\3\4" + bytes(26) + b"a.npy", "a NumPy array; save it as PNG, with cv2.imwrite"),
    "text.docx": (
        b"PK\3\4" + bytes(26) + b"word/a.xml",
        "a ZIP archive, as .docx and .xlsx files are too, not",
    ),
    "slice.dcm": (bytes(128) + b"DICM" + bytes(40), "a DICOM image; save it as PNG"),
    "sky.fits": (b"SIMPLE  =                    T".ljust(2880), "FITS file; save it as PNG"),
    "layers.xcf": (b"gimp xcf v011\0" + bytes(40), "a GIMP image; export it as PNG"),
    "head.nii": (b"\x5c\1\0\0" + bytes(340) + b"n+1\0" + bytes(40), "a NIfTI image; save a slice as PNG"),
    "data.mat": (b"MATLAB 5.0 MAT-file, Platform: posix\0\1", "a MATLAB file; save the image in it as PNG"),
    "photo.png.gz": (b"\x1f\x8b\x08\0" + bytes(40), "a gzip archive; unpack it"),
    "photo.jpg": (b"<!DOCTYPE html>\n<title>caf\xc3\xa9</title>", "a web page, not an image"),
    "page.pdf": (saved(COLOUR, "PDF"), "a PDF document, not an image"),
    "photo.cr2": (b"II*\0\x10\0\0\0CR\2\0\0\0\0\0" + tiff([DEEP], bits=16)[8:], "a TIFF that begins"),
    "photo.dng": (tiff([np.asarray(GRAY)], t254=1), "a TIFF that begins with a thumbnail"),
    "photo.orf": (b"IIRO\x08\0\0\0" + bytes(40), "a raw camera file; save it as JPEG"),
    "radiance.hdr": (b"#?RADIANCE\n" + bytes(40), "samples are floats; save it with 8 bits"),
    "short.pam": (pam("RGB", 3)[:-1], "a PAM image, damaged or cut short"),
}
