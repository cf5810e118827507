"""Rules about evlint's own house."""
