"""The built-in pack of rules: pages with their checks, and dialects."""
