"""What a worker shows of itself: metrics, health, logs, traces, and where they are offered. Knows no stage's rules."""
