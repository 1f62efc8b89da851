"""
The limited process that decodes images; a program of its own, started by `workshop`, that imports nothing of ours.

Reads a length (4 bytes) and an image, answers with a length, a JSON line of what came of it, and the JPEGs' bytes;
until standard input ends. Whatever an image does to this process, it does to nothing else.
"""

import io
import json
import resource
import struct
import sys
import warnings
from typing import IO, Any

from PIL import Image, ImageOps, UnidentifiedImageError

MEMORY_BYTES = 1536 * 2**20
CPU_SECONDS = 10
MOST_PIXELS = 100_000_000
QUALITY = 82
FORMATS = ("JPEG", "PNG", "WEBP", "TIFF", "BMP", "GIF", "JPEG2000")


def limit() -> None:
    """Memory for good; no files beyond those open; CPU time anew for each image."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    Image.MAX_IMAGE_PIXELS = MOST_PIXELS
    warnings.simplefilter("error", Image.DecompressionBombWarning)


def allow_cpu() -> None:
    """Ten seconds from now on."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    spent = int(usage.ru_utime + usage.ru_stime)
    resource.setrlimit(resource.RLIMIT_CPU, (spent + CPU_SECONDS, resource.RLIM_INFINITY))


def made(content: bytes, edges: list[int]) -> tuple[dict[str, Any], list[bytes]]:
    """What came of one image: its size in pixels and a JPEG for each edge, upright, with nothing but pixels in it."""
    with Image.open(io.BytesIO(content), formats=FORMATS) as image:
        size = {"width": image.width, "height": image.height}
        image.draft("RGB", (max(edges), max(edges)))
        image.load()
        upright = ImageOps.exif_transpose(image).convert("RGB")
    parts, found = [], []
    for edge in sorted(edges, reverse=True):
        upright.thumbnail((edge, edge), Image.Resampling.LANCZOS)
        clean = Image.frombytes("RGB", upright.size, upright.tobytes())
        out = io.BytesIO()
        clean.save(out, "JPEG", quality=QUALITY)
        parts.append(out.getvalue())
        found.append({"edge": edge, "width": clean.width, "height": clean.height, "bytes": out.tell()})
    return {**size, "thumbnails": found}, parts


def answer(content: bytes, edges: list[int]) -> tuple[dict[str, Any], list[bytes]]:
    """`made`, or why not: `unknown` (no image), `too_large`, `broken`."""
    try:
        return made(content, edges)
    except UnidentifiedImageError:
        return {"error": "unknown"}, []
    except (Image.DecompressionBombError, Image.DecompressionBombWarning, MemoryError):
        return {"error": "too_large"}, []
    except Exception:  # decoders raise whatever they like at broken data
        return {"error": "broken"}, []


def serve(source: IO[bytes], out: IO[bytes], edges: list[int]) -> None:
    """Answer until the source ends."""
    while head := source.read(4):
        allow_cpu()
        result, parts = answer(source.read(struct.unpack(">I", head)[0]), edges)
        line = json.dumps(result).encode()
        out.write(struct.pack(">I", len(line)) + line + b"".join(parts))
        out.flush()


if __name__ == "__main__":
    limit()
    serve(sys.stdin.buffer, sys.stdout.buffer, [int(edge) for edge in sys.argv[1:]])
