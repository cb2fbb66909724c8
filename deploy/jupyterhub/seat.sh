#!/bin/sh
# Starts a learner's server, as the learner and in the learner's home folder. It sets the limits, copies the notebooks that
# aren't there yet, and starts the server. What a learner has changed stays as it is.
#   seat.sh PYTHON [option of the server] …
set -eu
python=$1
shift
ulimit -c 0
ulimit -v $((SEAT_MEMORY / 1024))
ulimit -t "$SEAT_SECONDS"
"$python" -m labs_helpers lab --copy-only || echo "Continuing with the notebooks that are there" >&2
exec "$python" -m jupyterhub.singleuser "$@"
