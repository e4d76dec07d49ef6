"""Finding out whether anything was lost or counted twice, without the code that does the counting."""
