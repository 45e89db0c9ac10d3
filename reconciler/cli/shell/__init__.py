"""What every command shares: options, output, endings, interrupts. Knows no command."""
