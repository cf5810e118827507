"""How much of the event flow of labelled packages evlint finds, and how much of what it finds is true."""
