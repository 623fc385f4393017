"""Understanding what families write of their own accord, where no question says what to expect. Pure."""
