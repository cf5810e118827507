"""Rules about what events carry."""
