"""What operators tune, read from `schedules/`: sources.toml, topics/*.toml, newsletters/*.toml."""
