"""The contracts of events: read from a program, kept in a lock file, compared, and judged."""
