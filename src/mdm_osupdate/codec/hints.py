"""The hints that XML, JSON and the values of messages share."""

FILL_IN = "Fill in the placeholder, then check again."
GET_THE_END = "Get the whole document: its end is missing."
STRAIGHT_QUOTES = "Replace curly quotation marks with straight ones."
