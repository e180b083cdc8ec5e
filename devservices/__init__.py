"""Private PostgreSQL and Valkey for development, tests and the embedded installation.

`python -m devservices -- COMMAND` runs COMMAND with DATABASE_URL and REDIS_URL set. The servers belong to the
checkout: the first user starts them, everybody else attaches, and they end with the last one. How:

* a small *keeper* process (keeper.py) owns both servers and listens on a Unix socket;
* every user holds one connection to it, which the kernel closes however the user ends, kill -9 included;
* the keeper ends the servers when no connection is left, and the servers end with the keeper (pdeathsig).

With both DATABASE_URL and REDIS_URL set by the caller nothing is started.
"""
