"""What a page that is open all day asks again and again: each answer costs a look at some files."""
