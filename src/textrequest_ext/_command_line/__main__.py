"""`python -m textrequest_ext._command_line` is the command `textrequest`."""

from textrequest_ext._command_line import main

main()
