# In place of the fence where no owner is checked.
fence() { :; }
owner_locked() { "$@"; }
admit() { :; }
claim_as_owner() { claim; }
