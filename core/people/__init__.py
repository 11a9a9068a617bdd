"""People: accounts and sign-in, persons, posts, roles and permissions."""
