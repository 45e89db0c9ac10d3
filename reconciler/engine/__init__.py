"""Who carries out units of work, and in which network. Decides nothing about mail: that is the pipeline's matter.

Imported by a command once it has units to carry out; what needs Celery, or keys, where a selected target has a zone.
"""
