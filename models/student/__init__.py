"""The rephrase model of the stream: small, exact whatever the batch, run without torch."""
