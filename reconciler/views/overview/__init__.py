"""The page of `report`: a section in each file, all of them out of one picture.

Whatever comes from outside is text; nothing is loaded, and all of it can be read without script and style.
"""
