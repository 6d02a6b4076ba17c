"""The checks of `seedgit doctor`, one module for each subject. `findings` defines a finding."""
