"""Data that every screen shares: design tokens, strings, icons and vendored scripts."""
