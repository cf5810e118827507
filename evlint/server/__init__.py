"""The language server, which tells an editor what it asks about events."""
