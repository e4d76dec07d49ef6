"""A teacher with fewer layers: an encoder cut short, that learns from the inside of the whole one."""
