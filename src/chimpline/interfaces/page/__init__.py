"""The page at the redirect URI: it shows a code, and hands it over to the chimpline that waits."""
