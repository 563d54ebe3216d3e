"""A job rehearsed: all that can be told of it before it is mined, without a change anywhere and without Ray."""
