# One that is gone is no failure. Its Machine object is left alone: the machine API would delete the
# host's virtual machine with it.
for node in $nodes; do
  api delete node "$node" --ignore-not-found --wait=false || exit 1
done
