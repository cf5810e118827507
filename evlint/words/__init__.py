"""What names say: their words, their tense, and whether they name something sensitive."""
