"""What every page stands on: sign-in, navigation, filters, reading, submitting, words, tables, charts."""
