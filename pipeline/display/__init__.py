"""What several outputs share: tables, numbers, sanitizing, HTML, fonts, colors. It imports nothing above it."""
