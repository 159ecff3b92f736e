"""What the road costs: provider calls, CPU seconds, import times and latencies. See docs/measures.md."""
