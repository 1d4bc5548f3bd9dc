"""Launches: the evidence gates of a quiet launch, and the kit of the loud one."""
