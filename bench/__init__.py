"""Time evlint beside its peers on public packages."""
