"""English. `opened` hands a combination to the grammar of its genre."""
