"""The one reader of environment variables: ``NAME_FILE`` names a file with the value, as containers hand over secrets."""

from environ import Env
from environ.fileaware_mapping import FileAwareMapping


class _Files(FileAwareMapping):
    """A file's last line end is the editor's, not the secret's."""

    def __getitem__(self, key: str) -> str:
        return str(super().__getitem__(key)).rstrip("\r\n")


class Environment(Env):
    """``NAME_FILE`` first, then ``NAME``, then the default."""

    ENVIRON = _Files()


env = Environment()
