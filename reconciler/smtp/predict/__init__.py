"""What the mail client of an application would come to at a relay that one session saw. Pure: contacts nobody."""
