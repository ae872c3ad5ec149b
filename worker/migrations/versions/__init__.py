"""The revisions, oldest first by their `After`. `make migration` writes a new one."""
