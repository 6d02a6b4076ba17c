"""The live tree in place: git's clean and smudge filter, and the sync of the working tree."""
