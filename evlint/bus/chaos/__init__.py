"""Puts handlers through what may happen to them, on the engine itself, and tells whose effects differ then."""

from evlint.bus.chaos.proving import Chaos, Difference
from evlint.bus.chaos.suspicions import Suspicion, suspicions

__all__ = ["Chaos", "Difference", "Suspicion", "suspicions"]
