"""What was seen to happen while a program ran, held against what evlint reads in its code."""
