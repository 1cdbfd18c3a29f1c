"""Tool environments, and started tools: build, start, watch, adopt, stop."""
