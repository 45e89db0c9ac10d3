"""`make lab-zones`: two networks that do not see each other, a broker between them and us, and a worker in each."""
