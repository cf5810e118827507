"""Rules about the graph of events as a whole."""
