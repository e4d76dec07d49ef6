"""What each command of ``reprise`` does, one module a command. Knows files and terminals, no rules of learning."""
