"""Benchmarks. Each module has a `main()` that measures its figures side by side in one run and prints a table."""
