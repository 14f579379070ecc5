"""What people use: pages made here and sent whole; htmx exchanges parts of them."""
