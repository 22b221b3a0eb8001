"""The program of a handler's process: AWS's own runtime client, which ends when the endpoint does.

Run as a file, not as a module: only the standard library and awslambdaric are imported here.
"""

from __future__ import annotations

import os
import sys
import threading


def main() -> None:
    """Run the handler named by `_HANDLER`; the argument is a pipe that the endpoint holds open while it lives."""
    # In place of this file's folder: what stands beside the handler is what the handler may import.
    sys.path[0] = os.environ["LAMBDA_TASK_ROOT"]
    threading.Thread(target=_end_with_parent, args=(int(sys.argv[1]),), daemon=True).start()
    from awslambdaric.__main__ import main as run  # type: ignore[import-untyped]

    run([sys.argv[0], os.environ["_HANDLER"]])


def _end_with_parent(pipe: int) -> None:
    os.read(pipe, 1)
    os._exit(1)


if __name__ == "__main__":
    main()
