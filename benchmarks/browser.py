"""What our dashboard costs in a browser, beside tile cards that show the same; and whether it stays as it is.

A real Home Assistant with live data of all servers, and Chromium, as in the tests in a browser.
"""

import asyncio
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from statistics import median
from typing import Any, Final

from playwright.async_api import BrowserContext, CDPSession, Page, ViewportSize, async_playwright

from tests.browser.conftest import ARGUMENTS, CHROMIUM, new_context
from tests.browser.instance import HomeAssistantInstance, running_instance

from .harness import panel_process
from .panel import EMAIL, PASSWORD

LIVE_TIMEOUT: Final = 300.0
SETTLE: Final = 60.0
"""Seconds that a page is open before its memory is looked at for the first time, in a run of ten minutes."""
SCREEN: Final = ViewportSize(width=1600, height=2400)
"""High enough for all compact cards, which are live only near the screen."""
VALUES: Final = ("status", "cpu_usage", "memory_usage")
"""What a compact card shows, by the keys of entities."""
CARDS: Final = ("stellarstack-server-card", "hui-tile-card")

# When the first and all of so many cards were drawn, in milliseconds after the page was asked for.
_DRAWN: Final = """
([names, wanted]) => new Promise((resolve) => {
  const drawn = (node) => {
    if (names.includes(node.localName)) return node.shadowRoot?.querySelector("ha-card") ? 1 : 0;
    let count = 0;
    for (const root of [node, node.shadowRoot]) for (const child of root?.children ?? []) count += drawn(child);
    return count;
  };
  let first;
  const look = () => {
    const count = drawn(document.body);
    if (count) first ??= performance.now();
    if (count >= wanted) requestAnimationFrame(() => setTimeout(() => resolve([first, performance.now(), count])));
    else requestAnimationFrame(look);
  };
  look();
})
"""


@asynccontextmanager
async def _browser(instance: HomeAssistantInstance) -> AsyncGenerator[BrowserContext]:
    """Run a browser in which the user is signed in."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        context = await new_context(browser, instance)
        page = await context.new_page()
        await page.goto("/config/integrations")
        await page.get_by_role("link", name="Settings").wait_for()
        await page.close()
        yield context
        await browser.close()


async def dashboards(servers: int, rounds: int, seconds: float) -> Mapping[str, Any]:
    """Return when our dashboard and ones of tile cards are drawn, and how ours stands so many seconds of live data."""
    async with panel_process(servers, "--generation", "2") as panel, running_instance() as instance:
        await instance.api.add_panel(panel.url, EMAIL, PASSWORD)
        entities = await _shown(instance, list(panel.servers))
        await _save(instance, "strategy", {"strategy": {"type": "custom:stellarstack"}})
        await _save(instance, "tiles", _tiles(entities))
        await _save(instance, "fewest", _tiles([rows[:1] for rows in entities]))
        async with _browser(instance) as context:
            cards = {"strategy": servers, "tiles": servers * len(VALUES), "fewest": servers}
            times: dict[str, list[tuple[float, float]]] = {name: [] for name in cards}
            for number in range(-1, rounds):
                for name, count in cards.items():
                    page = await _open(context, name)
                    first, last, _ = await page.evaluate(_DRAWN, [CARDS, count])
                    await page.close()
                    # What the browser keeps of files is there from the first round on.
                    if number >= 0:
                        times[name].append((first, last))
            steady = await _watch(context, servers, seconds)
    drawn = {
        name: {
            "cards": cards[name],
            "first_ms": median(first for first, _ in found),
            "all_ms": median(last for _, last in found),
        }
        for name, found in times.items()
    }
    return {"servers": servers, "rounds": rounds, "drawn": drawn, "steady": steady}


async def _shown(instance: HomeAssistantInstance, servers: list[str]) -> list[list[str]]:
    """Return what shows the values of each server, once live data of all have come."""
    async with asyncio.timeout(LIVE_TIMEOUT):
        while True:
            _, entities = await instance.api.registries()
            found = {entity["unique_id"]: entity["entity_id"] for entity in entities}
            wanted = [[f"{server}_{key}" for key in VALUES] for server in servers]
            if all(unique_id in found for row in wanted for unique_id in row):
                return [[found[unique_id] for unique_id in row] for row in wanted]
            await asyncio.sleep(1)


def _tiles(entities: list[list[str]]) -> dict[str, Any]:
    """Return a dashboard that has a tile card for each entity, laid out as ours."""
    cards = [{"type": "tile", "entity": entity} for row in entities for entity in row]
    section = {"type": "grid", "column_span": 4, "cards": [{"type": "heading", "heading": "Servers"}, *cards]}
    view = {"type": "sections", "max_columns": 4, "dense_section_placement": True, "path": "overview"}
    return {"views": [view | {"sections": [section]}]}


async def _save(instance: HomeAssistantInstance, name: str, config: dict[str, Any]) -> None:
    await instance.api.command(
        {"type": "lovelace/dashboards/create", "url_path": f"bench-{name}", "title": name},
        {"type": "lovelace/config/save", "url_path": f"bench-{name}", "config": config},
    )


async def _open(context: BrowserContext, name: str) -> Page:
    page = await context.new_page()
    await page.set_viewport_size(SCREEN)
    await page.goto(f"/bench-{name}/overview", wait_until="commit")
    return page


async def _watch(context: BrowserContext, servers: int, seconds: float) -> dict[str, Any]:
    """Return the memory of our dashboard before and after so many seconds of live data, and what its thread did."""
    page = await _open(context, "strategy")
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(error.message))
    await page.evaluate(_DRAWN, [CARDS, servers])
    await page.wait_for_timeout(min(SETTLE, seconds) * 1e3)
    session = await context.new_cdp_session(page)
    await session.send("Performance.enable")
    before = await _metrics(session)
    await page.wait_for_timeout(seconds * 1e3)
    after = await _metrics(session)
    _, _, shown = await page.evaluate(_DRAWN, [CARDS, servers])
    await page.close()
    return {
        "seconds": seconds,
        "cards": shown,
        "errors": len(errors),
        "heap_mib": [metrics["JSHeapUsedSize"] / 2**20 for metrics in (before, after)],
        "nodes": [metrics["Nodes"] for metrics in (before, after)],
        "listeners": [metrics["JSEventListeners"] for metrics in (before, after)],
        "busy_percent": (after["TaskDuration"] - before["TaskDuration"]) / seconds * 100,
    }


async def _metrics(session: CDPSession) -> dict[str, float]:
    """Return what the browser counts of a page, without garbage."""
    await session.send("HeapProfiler.collectGarbage")
    found = await session.send("Performance.getMetrics")
    return {metric["name"]: metric["value"] for metric in found["metrics"]}
