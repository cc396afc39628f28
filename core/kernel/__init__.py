"""Ideas every capability shares and that know none of them."""
