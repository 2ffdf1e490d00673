"""Everything visible: panels, arithmetic, sheet, viewer, and their files."""
