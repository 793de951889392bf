"""Our own measure: it must find what a person would see cut off, and nothing else."""

from playwright.async_api import Page

from .pages import PHONE, overflows

CARD = """
<style>body { margin: 0 } ha-card { display: block; width: 300px }</style>
<main><ha-card><template shadowrootmode="open">%s</template></ha-card></main>
"""
LONG = "Terraria Friends and all of their own friends too"


CASES: tuple[tuple[str, list[str]], ...] = (
    (f"<p>{LONG}</p>", []),
    ('<div style="width: 310px">wide</div>', ["hangs out: <div"]),
    ('<div style="width: 700px">wider</div>', ["the page is", "hangs out: <div"]),
    (f'<div style="overflow: hidden; white-space: nowrap; width: 90px">{LONG}</div>', ["cut off: <div"]),
    ('<div style="overflow: auto; width: 90px"><p style="width: 200px">scrolls</p></div>', ["cut off: <div"]),
    ('<div style="display: none; width: 700px">hidden</div>', []),
)


async def test_overflows(page: Page) -> None:
    """Each kind is found, in a shadow root too."""
    await page.set_viewport_size(PHONE)
    for inside, expected in CASES:
        await page.set_content(CARD % inside)
        found = await overflows(page.locator("main"))
        assert len(found) == len(expected), (inside, found)
        assert all(map(str.startswith, found, expected, strict=True)), (inside, found)
