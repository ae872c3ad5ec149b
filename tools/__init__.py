"""What developers run: `make migration`, `make docs`. Not part of the distribution."""
