"""Everything a test may ask for. The guards that hold everywhere are in tests/harness."""

pytest_plugins = [
    "tests.harness.strict",
    "tests.harness.templates",
    "tests.harness.network",
    "tests.harness.files",
    "tests.harness.queries",
]
