"""How it is shown. Scripts live in sub-folders only; each begins with ``open_page`` (convention 15)."""
