"""What revision 0002 is, and how the rows of 0001 become its."""
