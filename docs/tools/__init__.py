"""What the pages and their build use; see README.md beside this file."""
