"""What pages of one capability share: panels, forms and figures too long for a page script."""
