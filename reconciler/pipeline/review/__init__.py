"""What a pull request may do: compares with the reviewed base, says who is not contacted. Asks git and nobody else."""
