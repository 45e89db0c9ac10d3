"""Carries a plan out, and nothing else: gates, writes, reading back, putting back, remembering, stage by stage."""
