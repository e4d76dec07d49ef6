"""Turn events in, rewrites out: the streaming stages and the programs around them."""
