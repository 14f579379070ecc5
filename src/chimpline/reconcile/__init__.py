"""Whether the copy holds what Mailchimp holds, where it does not, and why."""
