"""How faithful each method's scores are to what the user's model does."""
