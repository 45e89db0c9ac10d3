"""Texts that several rooms write alike: scalars, places, messages for files and for flags, calls of ssh. No I/O."""
