"""The rephrase model that reads whole windows with a transformer. Teaches the student; too slow for every pair."""
