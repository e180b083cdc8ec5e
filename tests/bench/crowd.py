"""People who open one page again and again: eight threads, one connection a request, as behind a proxy without keep-alive.

python -m tests.bench.crowd PORT PATH COOKIE SECONDS THREADS   -> one line of JSON
"""

from __future__ import annotations

import http.client
import json
import statistics
import sys
import threading
import time


def measure(port: int, path: str, cookie: str, seconds: float, threads: int) -> dict[str, float]:
    """Pages a second, milliseconds at the median, the 95th and the 99th of a hundred, kilobytes of a page."""
    taken: list[float] = []
    sizes: list[int] = []
    wrong: list[int] = []
    end = time.perf_counter() + seconds

    def person() -> None:
        while (begun := time.perf_counter()) < end:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
            connection.request("GET", path, headers={"Cookie": cookie})
            answer = connection.getresponse()
            body = answer.read()
            connection.close()
            taken.append((time.perf_counter() - begun) * 1000)
            sizes.append(len(body))
            if answer.status != 200:
                wrong.append(answer.status)

    people = [threading.Thread(target=person) for _ in range(threads)]
    begun = time.perf_counter()
    for one in people:
        one.start()
    for one in people:
        one.join()
    hundredths = statistics.quantiles(taken, n=100) if len(taken) > 1 else taken * 99
    return {
        "rate": len(taken) / (time.perf_counter() - begun),
        "median": statistics.median(taken),
        "p95": hundredths[94],
        "p99": hundredths[98],
        "kb": statistics.median(sizes) / 1024,
        "wrong": len(wrong),
    }


if __name__ == "__main__":
    port, path, cookie, seconds, threads = sys.argv[1:]
    print(json.dumps(measure(int(port), path, cookie, float(seconds), int(threads))))
