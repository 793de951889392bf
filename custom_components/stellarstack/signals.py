"""Dispatcher signals, one per server id, that outlive a reload."""

from homeassistant.util.signal_type import SignalTypeFormat

from .client.lifecycle import LifecycleEvent

SIGNAL_LIFECYCLE: SignalTypeFormat[LifecycleEvent] = SignalTypeFormat("stellarstack_lifecycle_{}")
"""Something happened to the server of this id; sent after its status was written."""
