"""The page of `report`: a section in each file, all of them out of one picture."""
