"""A landscape of one's own, from nothing or from what there is: what somebody runs in the first hour."""
