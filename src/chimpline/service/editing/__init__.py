"""What people and programs change of the settings while `chimpline serve` goes on."""
