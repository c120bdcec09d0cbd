"""What more than one page needs: the link, the pickers, the cached reads, the messages and the pieces drawn twice."""
