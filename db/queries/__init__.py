"""The read side: frozen rows shaped for one screen."""
