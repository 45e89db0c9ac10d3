"""What a pull request may do: compares with the reviewed base, and says who is not contacted."""
