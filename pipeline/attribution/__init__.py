"""Attribution: the methods, the layers they explain, and the alignment of positions with tokens."""
