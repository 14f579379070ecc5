"""Who asks: keys, tokens, the OAuth 2 flow, and whose account it is."""
