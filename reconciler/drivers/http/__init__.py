"""HTTP to platforms: verified, limited in time and rate. A reader asks what is on its list and nothing else."""
