"""Brings rephrase models to the stages: which one scores, when it is read anew, what a second one says."""
