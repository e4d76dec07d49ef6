"""Developer tools that make the data packaged with simulator and training from the published corpora."""
