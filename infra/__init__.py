"""What the product runs on: broker, metrics and deployment files. Knows nothing of the code."""
