#!/bin/sh
# End of a session, as its user, who has 60 seconds. The first argument is the launcher. The session ends either way.
exec 2>&1
umask 077
cd / || exit 0
"${1:-pose-launcher}" session end --deadline 55 || echo "pose-launcher: not everything is saved (exit code $?)"
exit 0
