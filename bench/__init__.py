"""How fast evlint is, held against tools that read the same files in the same run."""
