"""The containers' health check: `python docker/healthcheck.py PORT PATH`, 0 if it answers 200."""

import http.client
import sys

SECONDS = 4
OK = 200


def healthy(port: int, path: str) -> bool:
    """Tell whether this container's server answers a path with 200."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=SECONDS)
    try:
        connection.request("GET", path)
        return connection.getresponse().status == OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


if __name__ == "__main__":
    sys.exit(not healthy(int(sys.argv[1]), sys.argv[2]))
