"""What several tests share and no example needs: sites on disk, small values, strategies, runs of the command line.

Test folders keep what only they use in their `conftest.py`.
"""
