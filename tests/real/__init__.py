"""The connectors against real servers: `make test-servers`. Never part of `make test`.

Each server is a script in tests/real/servers/: `sh NAME.sh install FOLDER` says what it installs and from where, and
does it once; `sh NAME.sh run FOLDER PORT DATA` serves in the foreground, on 127.0.0.1 only, with all that it writes in
DATA. What is installed stays in var/test-servers/, what is written goes with the tests.

A network's tests are `test_real_<network>.py`: the class of tests/connectors/conformance.py with a server that was
started by `tests.real.running.serving`, and what only a real server can show.
"""
