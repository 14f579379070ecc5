"""The emulated account: audiences, people, campaigns, and what they did."""
