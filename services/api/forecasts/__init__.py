"""What a plan may bring, simulated before it starts, and how it compared with what came."""
