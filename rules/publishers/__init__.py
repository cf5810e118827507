"""Rules about how events are sent."""
