"""The kinds of configuration that are known by the names of their files."""

from __future__ import annotations

from seedgit.named_tuple import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final


class Kind(NamedTuple):
    """One kind of files.

    files   patterns, as in the rules
    only_if patterns: the kind is there only if a file matches one of them; none: always
    keys    the pointers of its lists, and the members that may tell their items apart, best first
    often   what sites often own in such files: shown as comments, for a person to choose from
    """

    name: str
    files: tuple[str, ...]
    keys: tuple[tuple[str, tuple[str, ...]], ...] = ()
    often: tuple[str, ...] = ()
    only_if: tuple[str, ...] = ()


KINDS: Final = (
    Kind(
        "Helm charts and their values",
        (
            "**/Chart.yaml",
            "**/values.yaml",
            "**/values-*.yaml",
            "**/values.*.yaml",
            "**/*-values.yaml",
        ),
        (
            ("/dependencies", ("name", "alias")),
            ("/maintainers", ("name",)),
            ("/**/env", ("name",)),
            ("/**/extraEnv", ("name",)),
            ("/**/volumes", ("name",)),
            ("/**/volumeMounts", ("mountPath", "name")),
            ("/**/extraVolumes", ("name",)),
            ("/**/extraVolumeMounts", ("mountPath", "name")),
            ("/**/initContainers", ("name",)),
            ("/**/containers", ("name",)),
            ("/**/imagePullSecrets", ("name",)),
            ("/**/hosts", ("host", "name")),
        ),
        ("/**/replicaCount", "/**/image/tag", "/**/resources"),
        only_if=("**/Chart.yaml", "**/values.yaml"),
    ),
    Kind(
        "Docker Compose",
        tuple(
            f"**/{stem}{variant}{suffix}"
            for stem in ("compose", "docker-compose")
            for variant in ("", ".*")
            for suffix in (".yaml", ".yml")
        ),
        (
            ("/services/*/ports", ("target", "published")),
            ("/services/*/volumes", ("target",)),
            ("/services/*/secrets", ("source",)),
            ("/services/*/configs", ("source",)),
        ),
        ("/services/*/image", "/services/*/ports", "/services/*/environment"),
    ),
    Kind(
        "GitHub workflows",
        (".github/workflows/*.yml", ".github/workflows/*.yaml"),
        (("/jobs/*/steps", ("id", "name")), ("/**/matrix/include", ("name", "os"))),
        ("/jobs/*/runs-on", "/jobs/*/timeout-minutes", "/on/schedule"),
    ),
    Kind(
        "Home Assistant",
        (
            "**/configuration.yaml",
            "**/automations.yaml",
            "**/scripts.yaml",
            "**/scenes.yaml",
            "**/blueprints/**/*.yaml",
        ),
        (
            ("", ("id", "alias")),
            ("/**/triggers", ("id", "alias")),
            ("/**/trigger", ("id", "alias")),
            ("/**/actions", ("id", "alias")),
            ("/**/action", ("id", "alias")),
        ),
        ("/**/mode", "/**/initial_state"),
        only_if=(
            "**/automations.yaml",
            "**/blueprints/automation/**/*.yaml",
            "**/blueprints/script/**/*.yaml",
        ),
    ),
    Kind(
        "VS Code",
        ("**/.vscode/*.json", "**/*.code-workspace"),
        (
            ("/tasks", ("label", "taskName")),
            ("/inputs", ("id",)),
            ("/configurations", ("name",)),
            ("/compounds", ("name",)),
        ),
        ("/**/editor.fontSize", "/**/python.defaultInterpreterPath"),
    ),
    Kind(
        "pyproject.toml",
        ("**/pyproject.toml",),
        (
            ("/project/authors", ("email", "name")),
            ("/project/maintainers", ("email", "name")),
            ("/tool/mypy/overrides", ("module",)),
            ("/tool/uv/index", ("name",)),
            ("/tool/poetry/source", ("name",)),
        ),
        ("/tool/**/python_version", "/tool/**/line-length"),
    ),
    Kind(
        "package.json",
        ("**/package.json",),
        (("/contributors", ("email", "name")), ("/maintainers", ("email", "name"))),
        ("/scripts/start", "/engines", "/private"),
    ),
)
