"""Rules about what a project declares of its own flow."""
