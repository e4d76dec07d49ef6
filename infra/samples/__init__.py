"""Developer tools that make the packaged data of ``streams/simulate/data`` from the published corpora."""
