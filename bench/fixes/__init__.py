"""Whether public packages are as sound after evlint's fixes as they were before."""
