"""Cures: what changes a program so that a finding is gone."""
