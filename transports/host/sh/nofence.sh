# In place of the fence where nobody need be asked.
fence() { :; }
owner_locked() { "$@"; }
admit() { :; }
claim_as_owner() { claim; }
