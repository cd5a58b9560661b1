#!/usr/bin/python3 -IS
# Starts one stand-in by its module's name: run.py kubelet [arguments].
# Isolated mode keeps a hostile or slow environment (PYTHONPATH, site) out of the host's tools.
import sys

sys.path.insert(0, "/usr/local/lib/restorectl-lab")
name = sys.argv.pop(1)
module = getattr(__import__("standins." + name), name)
sys.exit(module.main(sys.argv[1:]))
