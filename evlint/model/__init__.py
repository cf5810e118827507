"""The nouns that the stages exchange: frozen values, importing nothing of evlint but each other."""
