"""What ``xbarsim doctor`` looks at: each function gives what it found."""
