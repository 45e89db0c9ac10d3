"""How a platform is reached. No platform names in here; opens secrets while a request is written."""
