"""Tests of the program, its settings and its files."""
