"""Rules about what events are."""
