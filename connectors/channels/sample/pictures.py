"""The pictures of the invented customers, drawn: nobody took them, and nothing has to be fetched to look at them."""

import hashlib
import io
import math
from random import Random

from PIL import Image, ImageColor, ImageDraw

WIDTH, HEIGHT = 960, 640
# Drawn at this many times the size and shrunk: Pillow's own edges are jagged.
_FINE = 2
_SKIES = (("#c9e4f5", "#fdf3df"), ("#f7c9a9", "#fbe9d5"), ("#8fb6dd", "#e8f0f6"), ("#2f3a5f", "#8a7ea6"))
_HILLS = (("#a9c3b0", "#7fa48a", "#5c8570"), ("#c2aa93", "#96806f", "#6f6259"), ("#9fb1c9", "#7288a6", "#4f6584"))
_PAINTS = ("#d9dde2", "#3f6b57", "#c0533f", "#35507d", "#e2b74b", "#8a8f98")
_GLASS, _TYRE, _ROAD, _LINE = "#26303d", "#1f2228", "#6d7078", "#f2efe6"


def drawn(url: str) -> bytes:
    """A picture for an address, the same at every call, as PNG: a car in a landscape, or a screen where it is one."""
    random = Random(hashlib.sha256(url.encode()).digest())
    picture = Image.new("RGB", (WIDTH * _FINE, HEIGHT * _FINE))
    (_screen if url.endswith(".png") else _outdoors)(ImageDraw.Draw(picture), random)
    made = io.BytesIO()
    picture.resize((WIDTH, HEIGHT), Image.Resampling.LANCZOS).save(made, "PNG")
    return made.getvalue()


def _outdoors(draw: ImageDraw.ImageDraw, random: Random) -> None:
    width, height = WIDTH * _FINE, HEIGHT * _FINE
    top, bottom = (ImageColor.getrgb(shade) for shade in random.choice(_SKIES))
    for y in range(height):
        draw.line(((0, y), (width, y)), tuple(int(a + (b - a) * y / height) for a, b in zip(top, bottom, strict=True)))
    sun, radius = (random.uniform(0.15, 0.85) * width, random.uniform(0.12, 0.3) * height), 0.06 * height
    draw.ellipse((sun[0] - radius, sun[1] - radius, sun[0] + radius, sun[1] + radius), "#fff7e3")
    for shade, level in zip(random.choice(_HILLS), (0.5, 0.6, 0.7), strict=True):
        waves = [(random.uniform(0.6, 2.2), random.uniform(0, math.tau), random.uniform(0.02, 0.06)) for _ in range(2)]
        ridge = [
            (x, height * (level - sum(size * math.sin(pace * math.tau * x / width + at) for pace, at, size in waves)))
            for x in range(0, width + 1, 8)
        ]
        draw.polygon([*ridge, (width, height), (0, height)], shade)
    draw.rectangle((0, 0.8 * height, width, height), _ROAD)
    for x in range(0, width, width // 8):
        draw.rectangle((x, 0.915 * height, x + width // 16, 0.925 * height), _LINE)
    _car(draw, random, left=random.uniform(0.18, 0.42) * width, ground=0.86 * height, unit=0.044 * width)


def _car(draw: ImageDraw.ImageDraw, random: Random, *, left: float, ground: float, unit: float) -> None:
    def at(*points: tuple[float, float]) -> list[tuple[float, float]]:
        return [(left + x * unit, ground - y * unit) for x, y in points]

    paint, is_van = random.choice(_PAINTS), random.random() < 0.35
    roof = 4.3 if is_van else 3.5
    back, front = (0.5, 6.6) if is_van else (1.7, 6.0)
    draw.polygon(at((0.3, 0.7), (0.2, 2.2), (back, roof), (front, roof), (8.0, 2.2), (9.4, 1.9), (9.7, 0.7)), paint)
    draw.polygon(at((back + 0.5, 2.3), (back + 0.6, roof - 0.35), (4.0, roof - 0.35), (4.0, 2.3)), _GLASS)
    draw.polygon(at((4.3, 2.3), (4.3, roof - 0.35), (front - 0.1, roof - 0.35), (7.5, 2.3)), _GLASS)
    draw.polygon(at((9.1, 1.75), (9.5, 1.65), (9.55, 1.3), (9.0, 1.35)), "#fdf0c4")
    draw.polygon(at((0.22, 1.9), (0.5, 1.9), (0.5, 1.4), (0.25, 1.4)), "#b9412f")
    for middle in (2.1, 7.7):
        for size, shade in ((1.0, _TYRE), (0.5, "#c3c7cd")):
            draw.ellipse(at((middle - size, 0.85 + size), (middle + size, 0.85 - size)), shade)


def _screen(draw: ImageDraw.ImageDraw, random: Random) -> None:
    width, height = WIDTH * _FINE, HEIGHT * _FINE
    draw.rectangle((0, 0, width, height), "#e9ebef")
    draw.rounded_rectangle((0.08 * width, 0.08 * height, 0.92 * width, 0.92 * height), 0.02 * width, "#ffffff")
    draw.rounded_rectangle((0.12 * width, 0.14 * height, 0.4 * width, 0.18 * height), 0.01 * width, "#26303d")
    highlighted = random.randrange(2, 6)
    for line in range(8):
        y = (0.27 + line * 0.075) * height
        if line == highlighted:
            draw.rounded_rectangle((0.1 * width, y - 0.018 * height, 0.9 * width, y + 0.045 * height), 12, "#fdeccb")
        shade = "#925000" if line == highlighted else "#c3c7cd"
        end = random.uniform(0.45, 0.8)
        draw.rounded_rectangle((0.12 * width, y, end * width, y + 0.027 * height), 0.006 * width, shade)
        draw.rounded_rectangle((0.82 * width, y, 0.88 * width, y + 0.027 * height), 0.006 * width, "#dfe2e7")
