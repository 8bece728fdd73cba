"""What is drawn: small widgets that show one state each and ask nothing."""
