"""Package layout: the top-level folders dialects/, native/ and examples/ ship as udfgen.dialects, ….

Folders are found, not listed, so that a new engine's folder ships itself.
"""

from setuptools import find_packages, setup

MAPPED = {"dialects": "udfgen.dialects", "native": "udfgen.native", "examples": "udfgen.examples"}

# Sources, not binaries: native code is compiled where it is used.
NATIVE = ("json", "md", "java", "txt", "cpp", "hpp", "cs")


def mapped(folder: str, package: str) -> list[str]:
    return [package, *(f"{package}.{name}" for name in find_packages(folder))]


setup(
    packages=[
        *find_packages(include=["udfgen", "udfgen.*"]),
        *(name for folder, package in MAPPED.items() for name in mapped(folder, package)),
    ],
    package_dir={"udfgen": "udfgen"} | {package: folder for folder, package in MAPPED.items()},
    package_data={
        "udfgen": ["py.typed", "*.json", "*.md"],
        "udfgen.handler": ["templates/*"],
        "udfgen.examples": ["quickstart/*.yaml", "quickstart/*/*.sql", "quickstart/handlers/*.py"],
        "udfgen.dialects": ["*/templates/*", "*/catalog.sql", "*/*.md"],
        "udfgen.native": [f"*/*.{ending}" for ending in NATIVE],
    },
)
