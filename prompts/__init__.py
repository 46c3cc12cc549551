"""The texts that are sent to a language model; placeholders are `$name`."""
