"""Package layout: the top-level folders dialects/ and native/ ship as udfgen.dialects and udfgen.native.

Folders are found, not listed, so that a new engine's folder ships itself.
"""

from setuptools import find_packages, setup

MAPPED = {"dialects": "udfgen.dialects", "native": "udfgen.native"}


def mapped(folder: str, package: str) -> list[str]:
    return [package, *(f"{package}.{name}" for name in find_packages(folder))]


setup(
    packages=[
        *find_packages(include=["udfgen", "udfgen.*"]),
        *(name for folder, package in MAPPED.items() for name in mapped(folder, package)),
        "udfgen.quickstart",
    ],
    package_dir={"udfgen": "udfgen", "udfgen.quickstart": "examples/quickstart"}
    | {package: folder for folder, package in MAPPED.items()},
    package_data={
        "udfgen": ["py.typed", "*.json", "*.md"],
        "udfgen.quickstart": ["*.yaml", "*.sql", "handlers/*.py"],
        "udfgen.dialects": ["*/templates/*", "*/catalog.sql", "*/*.md"],
        "udfgen.native": ["contract/*.json", "*/*.java", "*/*.cpp", "*/*.hpp", "*/*.cs", "*/CMakeLists.txt"],
    },
)
