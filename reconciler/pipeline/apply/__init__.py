"""Carries a plan out, stage by stage: gates, writes, reading back, putting back, remembering."""
