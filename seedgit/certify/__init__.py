"""Whether a merge's result is right, by a program that shares nothing with the merge engine."""
