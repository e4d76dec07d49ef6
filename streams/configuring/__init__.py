"""How settings are read from their places and refused in words. Knows no setting in particular."""
