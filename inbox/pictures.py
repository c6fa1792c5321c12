"""Makes foreign pictures safe to show: decoded, shrunk and encoded anew, so that nothing of the file itself survives.

Run in a process of its own (connectors/isolation.py) because decoders are written in C and pictures can be bombs.
"""

import io
from base64 import b64encode

from PIL import Image, ImageOps, UnidentifiedImageError

# Nothing exotic: each decoder more is one more way in.
FORMATS = ("JPEG", "PNG", "GIF", "WEBP")
MOST_PIXELS = 40_000_000


class NotShowable(Exception):
    """No picture that we would show, and why."""


def shrink(content: bytes, side: int) -> str:
    """`content` as a WebP picture of at most `side` pixels each way, its first frame, in base64. Raises NotShowable."""
    try:
        with Image.open(io.BytesIO(content), formats=FORMATS) as picture:
            if picture.width * picture.height > MOST_PIXELS:
                raise NotShowable(f"{picture.width} × {picture.height} pixels are too many.")
            picture.draft("RGB", (side, side))
            upright = ImageOps.exif_transpose(picture)
            upright.thumbnail((side, side))
            shown = upright.convert("RGBA" if "A" in upright.mode or "transparency" in upright.info else "RGB")
            made = io.BytesIO()
            shown.save(made, "WEBP", quality=82, method=2)
            return b64encode(made.getvalue()).decode()
    except UnidentifiedImageError as error:
        raise NotShowable(f"It is no picture in one of {', '.join(FORMATS)}.") from error
    except (Image.DecompressionBombError, OSError, ValueError, SyntaxError, MemoryError) as error:
        raise NotShowable("It cannot be decoded.") from error
