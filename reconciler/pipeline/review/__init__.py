"""What a pull request may do: compares with the reviewed base, says who is not contacted, and who opens what in zones.
Asks git and nobody else."""
