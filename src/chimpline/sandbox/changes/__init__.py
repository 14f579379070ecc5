"""What can happen to the account: the functions, and how one of them is made."""
