"""The demo's first page."""

from typing import Any

KEYS = ("status", "running", "node_online", "memory", "address")


def dashboard(devices: list[dict[str, Any]], entities: list[dict[str, Any]]) -> dict[str, Any]:
    """Return a dashboard with a section for each server among Home Assistant's devices and entities."""
    sections = []
    for device in sorted(devices, key=lambda device: device["name"] or ""):
        found = {
            entity["translation_key"]: entity["entity_id"]
            for entity in entities
            if entity["device_id"] == device["id"] and entity["platform"] == "stellarstack"
        }
        if "status" not in found:
            continue
        cards: list[dict[str, Any]] = [
            {
                "type": "heading",
                "heading": device["name_by_user"] or device["name"],
                "icon": "mdi:controller-classic",
                "badges": [{"type": "entity", "entity": found["node_online"], "show_state": True}],
            }
        ]
        cards += [{"type": "tile", "entity": found[key]} for key in KEYS if key in found]
        sections.append({"type": "grid", "cards": cards})
    return {"title": "Game servers", "views": [{"title": "Game servers", "type": "sections", "sections": sections}]}
