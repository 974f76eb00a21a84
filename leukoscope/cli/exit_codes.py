"""What a command returns to the shell."""

OK, FAILED, SOME_FAILED, STOPPED = 0, 1, 2, 130
