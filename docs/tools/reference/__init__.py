"""The API reference: constructors, inventories, and what must be in it."""
