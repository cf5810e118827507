"""Rules about how events are taken."""
