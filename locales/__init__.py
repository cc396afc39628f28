"""The words people read: catalogs, labels of codes, and how numbers and days are written."""
