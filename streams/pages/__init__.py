"""What all pages for people share: plots, tables, style, and one file that needs no network. Knows no result."""
