"""Draw the icon and the logo of the integration, from the vector data in this file.

    .venv/bin/python docs/brand/draw.py

writes the eight images of ``custom_components/stellarstack/brand``. Only Pillow is needed, and no font: the letters
are strokes, described below. The drawing is the project's own: three server slabs, stacked, and a star above them.

All shapes live in one coordinate system, y pointing down, in which the icon is ``ICON`` units wide and high. They are
painted ``OVERSAMPLING`` times too large and reduced, which is what makes the edges smooth.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from math import cos, hypot, radians, sin
from pathlib import Path
import zlib

from PIL import Image, ImageChops, ImageDraw

TARGET = Path(__file__).resolve().parents[2] / "custom_components" / "stellarstack" / "brand"
OVERSAMPLING = 8

ICON_SIZE = 256  # in pixels; twice that in the images for fine screens
LOGO_HEIGHT = 192  # Home Assistant allows 128 to 256

type Point = tuple[float, float]
type Path2D = list[Point]


# Colours


@dataclass(frozen=True)
class Slab:
    """The colours of one slab."""

    top: str
    left: str
    right: str


@dataclass(frozen=True)
class Palette:
    """The colours of one variant."""

    slabs: tuple[Slab, Slab, Slab]  # from the highest to the lowest
    light: str
    star: tuple[str, str]  # left half, right half
    words: tuple[str, str]


FOR_LIGHT_BACKGROUND = Palette(
    slabs=(
        Slab(top="#9a8cff", left="#6f5cf2", right="#5743d9"),
        Slab(top="#7d6cf5", left="#5846d8", right="#4433b8"),
        Slab(top="#6353da", left="#4334b4", right="#322592"),
    ),
    light="#7df3e1",
    star=("#ffc233", "#ff9f0a"),
    words=("#241a6b", "#6a57ee"),
)
FOR_DARK_BACKGROUND = Palette(
    slabs=(
        Slab(top="#bdb3ff", left="#9587ff", right="#7b6af5"),
        Slab(top="#a89cff", left="#7f6ff7", right="#6856e8"),
        Slab(top="#978aff", left="#6f5ef0", right="#5b49dc"),
    ),
    light="#b4fff3",
    star=("#ffd766", "#ffb52e"),
    words=("#ffffff", "#aa9eff"),
)


# The icon

ICON = 512.0
SLAB_HALF_WIDTH = 256.0
SLAB_HALF_DEPTH = 102.0  # on the picture
SLAB_CORNER = 0.34  # radius, as a share of half a side
SLAB_HEIGHT = 51.0
SLAB_STEP = 83.0  # from one slab to the next
GAP = 16.0  # what stays empty around a shape that covers another one

LIGHTS = ((54.0, 54.0), (88.0, 144.0))  # on the left side of a slab, from x to x
LIGHT_WIDTH = 18.0

STAR_CENTRE = (256.0, 132.0)
STAR_REACH = (126.0, 132.0)
STAR_WAIST = 0.145  # how far from the centre the sides are bent: 0 would be a very thin star, 0.5 a rhombus
STAR_ROUNDING = 8.0


def arc(centre: Point, radii: Point, start: float, end: float) -> Path2D:
    """Return an arc; the angles are in degrees, anticlockwise, 0 is to the right."""
    steps = max(2, round(abs(end - start) / 2))
    angles = [radians(start + (end - start) * step / steps) for step in range(steps + 1)]
    return [(centre[0] + radii[0] * cos(angle), centre[1] - radii[1] * sin(angle)) for angle in angles]


def cubic(start: Point, first: Point, second: Point, end: Point) -> Path2D:
    """Return a cubic Bézier curve."""
    curve: Path2D = []
    for step in range(41):
        t = step / 40
        weights = ((1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t**2 * (1 - t), t**3)
        points = (start, first, second, end)
        curve.append(
            (
                sum(weight * point[0] for weight, point in zip(weights, points, strict=True)),
                sum(weight * point[1] for weight, point in zip(weights, points, strict=True)),
            )
        )
    return curve


def between(start: Point, end: Point, share: float) -> Point:
    """Return the point at some share of the way."""
    return (start[0] + (end[0] - start[0]) * share, start[1] + (end[1] - start[1]) * share)


def lowered(path: Iterable[Point], distance: float) -> Path2D:
    """Return a path moved down."""
    return [(x, y + distance) for x, y in path]


def slab_outline(centre_y: float) -> Path2D:
    """Return the upper face of a slab: a square with round corners, seen from above one of its corners."""
    inner = 1.0 - SLAB_CORNER
    corners = (((inner, -inner), 0), ((-inner, -inner), 90), ((-inner, inner), 180), ((inner, inner), 270))
    square = [
        point for corner, start in corners for point in arc(corner, (SLAB_CORNER, SLAB_CORNER), start, start + 90)
    ]
    turned = [(u - v, u + v) for u, v in square]
    reach = max(x for x, _ in turned)
    return [(ICON / 2 + x / reach * SLAB_HALF_WIDTH, centre_y + y / reach * SLAB_HALF_DEPTH) for x, y in turned]


def star_outline() -> Path2D:
    """Return the star, still without the rounding of its points."""
    x, y = STAR_CENTRE
    reach_x, reach_y = STAR_REACH[0] - STAR_ROUNDING, STAR_REACH[1] - STAR_ROUNDING
    tips = [(x, y - reach_y), (x + reach_x, y), (x, y + reach_y), (x - reach_x, y)]
    outline: Path2D = []
    for index, tip in enumerate(tips):
        following = tips[(index + 1) % 4]
        # A corner of the box around the star, drawn in towards the centre.
        bend = (x + (tip[0] + following[0] - 2 * x) * STAR_WAIST, y + (tip[1] + following[1] - 2 * y) * STAR_WAIST)
        outline += cubic(tip, between(tip, bend, 2 / 3), between(following, bend, 2 / 3), following)
    return outline


# The letters: strokes, given by their middle lines. The base line is at 0, an x reaches from there to -100.

WEIGHT = 25.0
ASCENDER = 148.0


@dataclass(frozen=True)
class Glyph:
    """One letter, and the room it wants on either side of its middle lines."""

    strokes: tuple[Path2D, ...]
    before: float
    after: float


STRAIGHT = 28.0
ROUND = 22.5
OPEN = 17.0
BOWL = arc((50, -50), (50, 50), 0, 360)
GLYPHS = {
    "S": Glyph(
        (
            [
                *cubic((87, -117), (79, -133), (65, -142), (48, -142)),
                *cubic((48, -142), (23, -142), (6, -127), (6, -106)),
                *cubic((6, -106), (6, -63), (94, -87), (94, -39)),
                *cubic((94, -39), (94, -15), (75, 0), (49, 0)),
                *cubic((49, 0), (28, 0), (11, -10), (2, -28)),
            ],
        ),
        before=ROUND,
        after=ROUND,
    ),
    "t": Glyph(
        (
            [(22, -134), (22, -30), *arc((52, -30), (30, 30), 180, 270), (58, 0)],
            [(0, -100), (56, -100)],
        ),
        before=OPEN,
        after=OPEN,
    ),
    "e": Glyph(([(2, -50), *arc((50, -50), (50, 50), 0, 318)],), before=ROUND, after=ROUND),
    "l": Glyph(([(0, -ASCENDER), (0, 0)],), before=STRAIGHT, after=STRAIGHT),
    "a": Glyph((BOWL, [(100, -100), (100, 0)]), before=ROUND, after=STRAIGHT),
    "r": Glyph(([(0, -100), (0, 0)], arc((46, -54), (46, 46), 180, 72)), before=STRAIGHT, after=OPEN + 3),
    "c": Glyph((arc((50, -50), (50, 50), 48, 312),), before=ROUND, after=OPEN),
    "k": Glyph(([(0, -ASCENDER), (0, 0)], [(68, -100), (0, -40)], [(27, -63), (74, 0)]), before=STRAIGHT, after=OPEN),
}

WORDS = ("Stellar", "Stack")
WORD_SCALE = 1.42
WORD_BASE_LINE = 384.0
WORD_START = 566.0  # where the first letter's ink begins


class Drawing:
    """A picture that is painted shape by shape."""

    def __init__(self, size: tuple[int, int], scale: float) -> None:
        """Start with an empty picture; ``scale`` is how many pixels a unit takes."""
        self._size = size
        self._scale = scale * OVERSAMPLING
        self._image = Image.new("RGBA", self._oversized)

    @property
    def _oversized(self) -> tuple[int, int]:
        return (self._size[0] * OVERSAMPLING, self._size[1] * OVERSAMPLING)

    def filled(self, outline: Path2D, grown: float = 0.0) -> Image.Image:
        """Return the mask of a filled shape, grown by some distance on all sides."""
        mask = Image.new("L", self._oversized)
        ImageDraw.Draw(mask).polygon(self._pixels(outline), fill=255)
        if grown:
            self._stroke(mask, [*outline, outline[0]], 2 * grown)
        return mask

    def stroked(self, strokes: Iterable[Path2D], width: float) -> Image.Image:
        """Return the mask of some lines with round ends."""
        mask = Image.new("L", self._oversized)
        for stroke in strokes:
            self._stroke(mask, stroke, width)
        return mask

    def paint(self, colour: str, mask: Image.Image) -> None:
        """Paint all that a mask covers."""
        self._image.paste(colour, mask=mask)

    def erase(self, mask: Image.Image) -> None:
        """Make empty all that a mask covers."""
        self._image.paste((0, 0, 0, 0), mask=mask)

    def finished(self) -> Image.Image:
        """Return the picture in its real size."""
        return self._image.resize(self._size, Image.Resampling.BOX)

    def _pixels(self, path: Path2D) -> Path2D:
        return [(x * self._scale - 0.5, y * self._scale - 0.5) for x, y in path]

    def _stroke(self, mask: Image.Image, path: Path2D, width: float) -> None:
        """Draw a line with round joints and ends: a rectangle for each piece, a disc for each point."""
        draw = ImageDraw.Draw(mask)
        points = self._pixels(path)
        half = width / 2 * self._scale
        for x, y in points:
            draw.ellipse((x - half, y - half, x + half, y + half), fill=255)
        for (ax, ay), (bx, by) in pairwise(points):
            if length := hypot(bx - ax, by - ay):
                dx, dy = (by - ay) / length * half, (ax - bx) / length * half
                draw.polygon([(ax + dx, ay + dy), (bx + dx, by + dy), (bx - dx, by - dy), (ax - dx, ay - dy)], fill=255)


def draw_slab(drawing: Drawing, centre_y: float, slab: Slab, light: str) -> None:
    """Paint a slab over what is there already, with a gap around it."""
    top = slab_outline(centre_y)
    front = [point for point in top if point[1] >= centre_y]
    front.sort(key=lambda point: point[0])
    side = [*front, *reversed(lowered(front, SLAB_HEIGHT))]
    middle = ICON / 2
    left = [(min(x, middle), y) for x, y in side]
    right = [(max(x, middle), y) for x, y in side]

    drawing.erase(drawing.filled(top, grown=GAP))
    drawing.erase(drawing.filled(side, grown=GAP))
    drawing.paint(slab.left, drawing.filled(left))
    drawing.paint(slab.right, drawing.filled(right))
    drawing.paint(slab.top, drawing.filled(top))

    for start, end in LIGHTS:
        line = [(x, edge_height(front, x) + SLAB_HEIGHT / 2) for x in (start, end)]
        drawing.paint(light, drawing.stroked([line], LIGHT_WIDTH))


def edge_height(front: Path2D, x: float) -> float:
    """Return where the front edge of a slab is at some x."""
    return next(ay + (by - ay) * (x - ax) / (bx - ax) for (ax, ay), (bx, by) in pairwise(front) if ax <= x < bx)


def draw_icon(drawing: Drawing, palette: Palette) -> None:
    """Paint the slabs, the lowest first, and the star."""
    lowest = ICON - SLAB_HALF_DEPTH - SLAB_HEIGHT
    for level, slab in enumerate(reversed(palette.slabs)):
        draw_slab(drawing, lowest - level * SLAB_STEP, slab, palette.light)
    star = star_outline()
    drawing.erase(drawing.filled(star, grown=STAR_ROUNDING + GAP))
    mask = drawing.filled(star, grown=STAR_ROUNDING)
    drawing.paint(palette.star[0], mask)
    right_half = drawing.filled([(STAR_CENTRE[0], 0), (ICON, 0), (ICON, ICON), (STAR_CENTRE[0], ICON)])
    drawing.paint(palette.star[1], ImageChops.multiply(mask, right_half))


def lay_out() -> tuple[list[list[Path2D]], float]:
    """Return the strokes of each of the two words, and where the ink of the last letter ends."""
    words: list[list[Path2D]] = []
    cursor = WORD_START + WEIGHT / 2 * WORD_SCALE
    room = 0.0
    for word in WORDS:
        strokes: list[Path2D] = []
        for letter in word:
            glyph = GLYPHS[letter]
            left = min(x for stroke in glyph.strokes for x, _ in stroke)
            right = max(x for stroke in glyph.strokes for x, _ in stroke)
            if room:
                cursor += (room + glyph.before) * WORD_SCALE
            strokes += [
                [(cursor + (x - left) * WORD_SCALE, WORD_BASE_LINE + y * WORD_SCALE) for x, y in stroke]
                for stroke in glyph.strokes
            ]
            cursor += (right - left) * WORD_SCALE
            room = glyph.after
        words.append(strokes)
    return words, cursor + WEIGHT / 2 * WORD_SCALE


def make_icon(palette: Palette, size: int) -> Image.Image:
    """Return the icon."""
    drawing = Drawing((size, size), size / ICON)
    draw_icon(drawing, palette)
    return drawing.finished()


def make_logo(palette: Palette, height: int) -> Image.Image:
    """Return the logo: the icon and the name."""
    words, width = lay_out()
    scale = height / ICON
    logo = Image.new("RGBA", (round(width * scale), height))
    logo.paste(make_icon(palette, height))
    drawing = Drawing(logo.size, scale)
    for strokes, colour in zip(words, palette.words, strict=True):
        mask = drawing.stroked(strokes, WEIGHT * WORD_SCALE).resize(logo.size, Image.Resampling.BOX)
        coloured = Image.new("RGBA", logo.size, colour)
        coloured.putalpha(mask)
        logo.alpha_composite(coloured)
    return logo


def save(picture: Image.Image, name: str) -> None:
    """Write a picture as a small PNG file."""
    picture.save(TARGET / name, compress_level=9, compress_type=zlib.Z_FILTERED)


def main() -> None:
    """Write all images."""
    TARGET.mkdir(parents=True, exist_ok=True)
    for prefix, palette in (("", FOR_LIGHT_BACKGROUND), ("dark_", FOR_DARK_BACKGROUND)):
        for suffix, factor in (("", 1), ("@2x", 2)):
            save(make_icon(palette, factor * ICON_SIZE), f"{prefix}icon{suffix}.png")
            save(make_logo(palette, factor * LOGO_HEIGHT), f"{prefix}logo{suffix}.png")


if __name__ == "__main__":
    main()
