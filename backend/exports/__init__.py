"""What leaves the program as a file or a page of its own: figures for print, data, reports."""
