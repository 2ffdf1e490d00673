"""What people look at: panels, the viewer, and the files of both."""
