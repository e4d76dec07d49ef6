"""Word lists by language, to read and extend. Knows words only; the rules are in text, phrases and counting."""
