owner_locked owner_become ended '' || { owner_print; exit 1; }
