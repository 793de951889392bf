"""The demo's first page."""

from typing import Any


def dashboard(devices: list[dict[str, Any]], entities: list[dict[str, Any]]) -> dict[str, Any]:
    """Return a dashboard with what happens and a section for each server, from Home Assistant's registries."""
    sections = []
    lifecycles = []
    for device in sorted(devices, key=lambda device: device["name"] or ""):
        found = {
            entity["translation_key"]: entity["entity_id"]
            for entity in entities
            if entity["device_id"] == device["id"] and entity["platform"] == "stellarstack"
        }
        if "status" not in found:
            continue
        lifecycles.append(found["lifecycle"])
        sections.append({"type": "grid", "cards": _cards(device["name_by_user"] or device["name"], found)})
    news = {"type": "logbook", "target": {"entity_id": lifecycles}, "hours_to_show": 1}
    grid = {"columns": "full", "rows": 6}
    sections.insert(0, {"type": "grid", "cards": [_heading("What happens", []), news | {"grid_options": grid}]})
    return {"title": "Game servers", "views": [{"title": "Game servers", "type": "sections", "sections": sections}]}


def _heading(text: str, badges: list[dict[str, Any]]) -> dict[str, Any]:
    return {"type": "heading", "heading": text, "icon": "mdi:controller-classic", "badges": badges}


def _cards(name: str, found: dict[str, str]) -> list[dict[str, Any]]:
    """Return the cards of one server; those who may only listen get none to act with."""
    node = {"type": "entity", "entity": found["node_online"], "show_state": True}
    cards = [
        _heading(name, [node]),
        {"type": "tile", "entity": found["status"], "name": "Status"},
        {"type": "tile", "entity": found["memory"], "name": "Memory"},
        {"type": "tile", "entity": found["address"], "name": "Address"},
    ]
    if "power" in found:
        toggle = [{"type": "toggle"}]
        cards.append({"type": "tile", "entity": found["power"], "name": "Power", "features": toggle})
        restart = {
            "action": "perform-action",
            "perform_action": "button.press",
            "target": {"entity_id": found["restart"]},
        }
        asked = {"confirmation": {"text": f"Restart {name}?"}}
        cards.append(
            {
                "type": "tile",
                "entity": found["restart"],
                "name": "Restart",
                "hide_state": True,
                "tap_action": restart | asked,
                "icon_tap_action": restart | asked,
            }
        )
    return cards
