"""What people type, read and checked before an action takes it."""
