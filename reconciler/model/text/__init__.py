"""Texts that several rooms write alike: scalars, places, messages in the words of files or flags, calls of ssh."""
