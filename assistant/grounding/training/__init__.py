"""How the check of sentences is taught: for developers; the product never imports it."""
