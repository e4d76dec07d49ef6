"""How many cores, partitions and gigabytes a given traffic needs, computed from what was measured. Knows no stage."""
