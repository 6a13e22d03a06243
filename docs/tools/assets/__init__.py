"""What the site ships from npm."""
