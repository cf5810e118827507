"""Render what was found: each module turns values into text, and touches nothing else."""
