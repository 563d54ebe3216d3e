"""A text that does harm wherever it is obeyed: HTML, a terminal, Markdown, UTF-8."""

HOSTILE = "</style><script>alert(1)</script>\"'`|<b>&amp;\u202e\0\x1b[31m\ud800\n* [a](http://b)"
HOSTILE_AS_SHOWN = "</style><script>alert(1)</script>\"'`|<b>&amp;\\u202e␀␛[31m\ufffd␊* [a](http://b)"
"""How a page shows it on one line."""
