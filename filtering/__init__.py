"""Everything behind the script: see README.md in this folder for the tour."""
