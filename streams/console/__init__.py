"""The console: what was learned and why, and the orders of the people who run it. Knows no Faust, no stage's rules."""
