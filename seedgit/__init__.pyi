from seedgit.api import MergedBytes as MergedBytes
from seedgit.api import Repo as Repo
from seedgit.api import merge_bytes as merge_bytes
from seedgit.api import open as open
from seedgit.errors import SeedgitError as SeedgitError

__version__: str
